import LinearAlgebra

extension Recorder {
    /// y[o](t) = bias[o](t) + Σ_i Σ_s kernel[o,i](t − s) x[i](s), on a lattice that is periodic in every direction.
    ///
    /// The form is chosen by the number of multiplications: products of Fourier modes, or one matrix product for very
    /// small lattices. Layers on the spins themselves are matrix products always: flips then change a few rows.
    ///
    /// - Parameters:
    ///   - x: 1 × (C_in·T), channel by channel, sites row-major.
    ///   - kernel: a parameter node, (C_out·C_in) × T: row o·C_in + i holds the kernel from i to o, by displacement.
    ///   - bias: a parameter node, 1 × (C_out·T).
    ///   - extents: of the lattice, one to three of them; T is their product.
    /// - Returns: 1 × (C_out·T); complex where x or kernel is.
    public func convolution(_ x: Node, kernel: Node, bias: Node? = nil, extents: [Int]) -> Node {
        let channels = channelCounts(x, kernel: kernel, extents: extents)
        let isComplex = x.isComplex || kernel.isComplex
        return !x.isSpins && prefersModes(channels: channels, extents: extents, isComplex: isComplex)
            ? fourierConvolution(x, kernel: kernel, bias: bias, extents: extents)
            : directConvolution(x, kernel: kernel, bias: bias, extents: extents)
    }

    /// Whether products of modes take fewer multiplications than a matrix product.
    func prefersModes(channels: (in: Int, out: Int), extents: [Int], isComplex: Bool) -> Bool {
        let sites = extents.reduce(1, *)
        let direct = channels.in * channels.out * sites * sites * (isComplex ? 4 : 1)
        return waves(extents, isComplex: isComplex).multiplications(channels: channels) < direct
    }

    private func channelCounts(_ x: Node, kernel: Node, extents: [Int], points: Int = 1) -> (in: Int, out: Int) {
        let sites = extents.reduce(1, *)
        precondition(x.part == .sample && kernel.part == .parameter, "convolution: a sample node with a parameter node")
        precondition(1...3 ~= extents.count && extents.allSatisfy { $0 > 0 }, "convolution: extents \(extents)")
        precondition(x.rows == 1 && x.features % sites == 0, "convolution: \(x.rows) × \(x.features) on \(sites) sites")
        let channels = x.features / sites
        precondition(
            kernel.features == sites && channels % points == 0 && points * kernel.rows % channels == 0,
            "convolution: a kernel of \(kernel.rows) × \(kernel.features) for \(channels) channels of \(sites) sites")
        return (channels, points * kernel.rows / channels)
    }

    /// The convolution as a matrix product with a kernel written out: T times as many numbers.
    package func directConvolution(_ x: Node, kernel: Node, bias: Node? = nil, extents: [Int]) -> Node {
        let channels = channelCounts(x, kernel: kernel, extents: extents)
        let differences = siteDifferences(extents)
        let sites = differences.count
        var index: [Int] = []
        index.reserveCapacity(channels.in * channels.out * sites * sites)
        for i in 0..<channels.in {
            for s in 0..<sites {
                for o in 0..<channels.out {
                    for t in 0..<sites { index.append((o * channels.in + i) * sites + differences[t][s]) }
                }
            }
        }
        let parts = kernel.isComplex && !x.isComplex ? 2 : 1
        let writtenOut = Dense.WrittenOut(
            waves: waves(extents, isComplex: x.isComplex),
            channels: (channels.in, parts * channels.out), kernel: kernel)
        // A real kernel of a complex x is embedded in the complex numbers first, and its row is only a part of this.
        return dense(
            x, kernel: gather(kernel, index: index, rows: channels.in * sites), bias: bias,
            convolution: x.isComplex && !kernel.isComplex ? nil : writtenOut)
    }

    /// The site t − s for every t and s.
    private func siteDifferences(_ extents: [Int]) -> [[Int]] {
        let sites = extents.reduce(1, *)
        let all = (0..<sites).map { LatticeWaves.coordinates($0, extents: extents) }
        return all.map { t in
            all.map { s in
                extents.indices.reduce(0) { $0 * extents[$1] + (t[$1] - s[$1] + extents[$1]) % extents[$1] }
            }
        }
    }

    /// The convolution by products of Fourier modes.
    ///
    /// - Parameter points: of a space group, whose `translations` and `quotients` are those of `ModeRotations`: channels of x
    ///   and of the result are (feature, point operation), and row (o·P + c)·F_in + i of the kernel, unrotated, holds that of
    ///   operation c from feature i to feature o.
    package func fourierConvolution(
        _ x: Node, kernel: Node, bias: Node? = nil, extents: [Int],
        points: (translations: [[Int]], quotients: [[Int]])? = nil
    ) -> Node {
        let pointCount = points?.quotients.count ?? 1
        let channels = channelCounts(x, kernel: kernel, extents: extents, points: pointCount)
        let (inputs, outputs) = channels
        let (inputFeatures, outputFeatures) = (inputs / pointCount, outputs / pointCount)
        let isComplex = x.isComplex || kernel.isComplex
        precondition(isComplex || bias?.isComplex != true, "convolution: a complex bias needs a complex kernel")
        let waves = self.waves(extents, isComplex: isComplex)
        let x = isComplex ? complexified(x) : x
        let kernel = isComplex ? complexified(kernel) : kernel
        let bias = isComplex ? bias.map(complexified) : bias
        precondition(
            bias.map { $0.part == .parameter && $0.elements == channels.out * kernel.features } ?? true,
            "convolution: a bias of \(bias?.elements ?? 0) elements for \(channels.out) channels of \(kernel.features) sites"
        )
        let unrotated = makeNode(
            part: .parameter, rows: waves.elements, features: inputs * outputFeatures, isComplex: false,
            hasTangent: kernel.hasTangent)
        append(
            KernelWeights(
                waves: waves, channels: (inputFeatures, channels.out), input: kernel, output: unrotated))
        let rotation = points.map { points in
            RotatedWeights(
                waves: waves,
                rotations: ModeRotations(waves, translations: points.translations, quotients: points.quotients),
                features: (inputFeatures, outputFeatures), input: unrotated,
                output: makeNode(
                    part: .parameter, rows: waves.elements, features: channels.in * channels.out, isComplex: false,
                    hasTangent: kernel.hasTangent))
        }
        if let rotation { append(rotation) }
        let weights = rotation?.output ?? unrotated
        let output = makeNode(
            part: .sample, rows: 1, features: channels.out * kernel.features, isComplex: isComplex,
            hasTangent: x.hasTangent || weights.hasTangent || bias?.hasTangent == true)
        append(
            Convolution(
                waves: waves, channels: channels, input: x, weights: weights, kernel: kernel, bias: bias,
                output: output,
                rotation: rotation))
        return output
    }
}
