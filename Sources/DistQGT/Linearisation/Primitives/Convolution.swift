import LinearAlgebra

/// y[o](t) = b[o](t) + Σ_i Σ_s κ[o,i](t − s) x[i](s) on a periodic lattice, from the modes w of the kernel
/// (`KernelWeights`): y = Aᵀ(w · A x) + b with the real Fourier transform A of `LatticeWaves`.
///
/// Linear map: ẏ = Aᵀ(w · A ẋ + ẇ · A x) + ḃ, so the tape keeps A x. Transpose: x̄ += Aᵀ(w† · A ȳ), w̄ += (A x)† ⊗ A ȳ mode
/// by mode, b̄ += Σ ȳ. Transforms, products and transforms back of some samples follow each other while they are in
/// cache. x and κ are both real or both complex.
package struct Convolution: ParameterPrimitive {
    package let waves: LatticeWaves
    package let channels: (in: Int, out: Int)
    package let input: Node
    package let weights: Node
    /// What the weights are the modes of.
    package let kernel: Node
    package let bias: Node?
    package let output: Node
    /// Where the weights come from kernels that are rotated, which rows are written for.
    package var rotation: RotatedWeights?

    package var inputs: [Node] { bias.map { [input, weights, $0] } ?? [input, weights] }
    /// A x.
    package var slopeReals: Int { weights.hasTangent ? input.reals : 0 }
    package var separable: SeparableRow? {
        // A kernel that is used once for each operation has no row of two factors.
        guard weights.hasTangent, rotation == nil else { return nil }
        return SeparableRow(
            form: .modes(waves, channels: channels), input: input, output: output, weights: weights, kernel: kernel)
    }
    package var rowNodes: [Node] { [rotation?.input ?? weights] + (bias.map { [$0] } ?? []) }

    package var interleaving: Interleaving { .any }
    package var multiplications: Int { waves.multiplications(channels: channels) }
    package var tangentMultiplications: Int {
        multiplications + (weights.hasTangent && input.hasTangent ? waves.products(channels: channels) : 0)
    }

    package var scratchReals: Int {
        Self.scratchReals(waves, channels: channels.in + channels.out) + blockRows * output.reals + Self.readable
            + (rotation?.rowScratchReals ?? 0)
    }
    static func scratchReals(_ waves: LatticeWaves, channels: Int) -> Int {
        max(Float.convolutionScratch(waves, channels: channels), Double.convolutionScratch(waves, channels: channels))
    }
    /// Reals that products of modes may read beyond the last one.
    static let readable = 16
    /// Samples whose modes of ȳ are kept until they are multiplied by those of x: a quarter of a megabyte, whole vectors.
    private var blockRows: Int { max(1, 32768 / output.reals / 16) * 16 }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        R.convolve(
            waves, (UnsafePointer(context.value(input)), input.reals), weights: weightValues(context), adjoint: false,
            adding: nil, bias: bias.map { UnsafePointer(context.value($0)) },
            modes: weights.hasTangent ? context.slope : nil, (context.value(output), output.reals), accumulate: false,
            channels: channels, samples: context.samples,
            interleaved: (context.isInterleaved(input), context.isInterleaved(output)), scratch: context.scratch)
    }

    private func weightValues<R: TapeScalar>(_ context: TapeContext<R>) -> (modes: UnsafePointer<R>, stride: Int) {
        (UnsafePointer(context.value(weights)), weights.features)
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let vectors = context.vectors
        let modes = savedModes(context)
        for vector in 0..<vectors {
            let x = context.tangent(input).map { (UnsafePointer($0 + vector * input.reals), vectors * input.reals) }
            let tangent = context.tangent(weights).flatMap { tangent in
                modes.map { ($0, UnsafePointer(tangent + vector * weights.features), vectors * weights.features) }
            }
            R.convolve(
                waves, x, weights: weightValues(context), adjoint: false, adding: tangent,
                bias: bias.flatMap { context.tangent($0) }.map { UnsafePointer($0 + vector * output.reals) },
                modes: nil,
                (y + vector * output.reals, vectors * output.reals), accumulate: false, channels: channels,
                samples: context.samples, interleaved: (false, false), scratch: context.scratch)
        }
    }

    private func savedModes<R: TapeScalar>(_ context: TapeContext<R>) -> UnsafePointer<R>? {
        weights.hasTangent ? context.slope.map { UnsafePointer($0) } : nil
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let vectors = context.vectors
        if let bias, let cotangent = context.tangent(bias) {
            R.columnSums(
                y, cotangent, rows: context.samples, columns: vectors * output.reals,
                accumulate: context.accumulates(2))
        }
        for vector in 0..<vectors {
            transposeBlocks(context, y, vector: vector) { x, modes, samples, _ in
                guard let cotangent = context.tangent(weights) else { return }
                // Cotangents of the parameter part always add up.
                R.addModeProducts(
                    waves, x, modes, channels: channels, samples: samples, to: cotangent + vector * weights.features,
                    stride: vectors * weights.features)
            }
        }
    }

    package func transposeRows<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        addBiasRows(context, y)
        let rowScratch = rotation.map { context.scratch + scratchReals - $0.rowScratchReals }
        transposeBlocks(context, y, vector: 0) { x, modes, samples, first in
            for sample in 0..<samples {
                let (x, y) = (x + sample * input.reals, modes + sample * output.reals)
                if let rotation, let rowScratch {
                    rotation.addRow(
                        x, y, to: context.row(rotation.input, sample: first + sample), scratch: rowScratch)
                } else {
                    R.addModeProducts(
                        waves, x, y, channels: channels, samples: 1, to: context.row(weights, sample: first + sample),
                        stride: weights.features)
                }
            }
        }
    }

    private func addBiasRows<R: TapeScalar>(_ context: TapeContext<R>, _ y: UnsafePointer<R>) {
        guard let bias, bias.hasTangent else { return }
        for sample in 0..<context.samples {
            R.columnSums(
                y + sample * output.reals, context.row(bias, sample: sample), rows: 1, columns: output.reals,
                accumulate: true)
        }
    }

    /// x̄ of one vector of a block, some samples at a time.
    ///
    /// - Parameter products: called for these samples with the modes of x and ȳ, their number and the first of them, where
    ///   the kernel has a cotangent.
    private func transposeBlocks<R: TapeScalar>(
        _ context: TapeContext<R>, _ y: UnsafeMutablePointer<R>, vector: Int,
        products: (UnsafePointer<R>, UnsafePointer<R>, Int, Int) -> Void
    ) {
        let vectors = context.vectors
        let modes = context.scratch
        let work = modes + blockRows * output.reals + Self.readable
        let saved = savedModes(context)
        for first in stride(from: 0, to: context.samples, by: blockRows) {
            let samples = min(blockRows, context.samples - first)
            R.convolve(
                waves, (UnsafePointer(y + (first * vectors + vector) * output.reals), vectors * output.reals),
                weights: weightValues(context), adjoint: true, adding: nil, bias: nil,
                modes: saved == nil ? nil : modes,
                context.tangent(input).map { ($0 + (first * vectors + vector) * input.reals, vectors * input.reals) },
                accumulate: context.accumulates(0), channels: (channels.out, channels.in), samples: samples,
                interleaved: (false, false), scratch: work)
            if let saved { products(saved + first * input.reals, UnsafePointer(modes), samples, first) }
        }
    }
}

extension Convolution: ModewiseSeparable {
    package func transposeFactors<R: TapeScalar>(
        _ context: TapeContext<R>, input modes: UnsafeMutablePointer<R>?, cotangent: UnsafeMutablePointer<R>
    ) {
        guard let y = context.tangent(output) else { return }
        addBiasRows(context, y)
        transposeBlocks(context, y, vector: 0) { x, yModes, samples, first in
            modes.map { ($0 + first * input.reals).update(from: x, count: samples * input.reals) }
            (cotangent + first * output.reals).update(from: yModes, count: samples * output.reals)
        }
    }
}
