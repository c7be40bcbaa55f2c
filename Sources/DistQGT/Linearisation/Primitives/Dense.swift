import LinearAlgebra

/// y = x W (+ b): a matrix product with the kernel W [in, out] and an optional bias b [1, out].
///
/// Linear map: ẏ = ẋ W + x Ẇ + ḃ. Transpose: x̄ += ȳ W†, W̄ += x† ȳ, b̄ += Σ ȳ (real parts taken where an
/// input is real). A real x with a complex W is one real product of twice the width: the interleaved
/// columns of W are just columns. A complex x has a complex W (the recorder sees to it).
package struct Dense: ParameterPrimitive {
    package let input: Node
    package let kernel: Node
    package let bias: Node?
    package let output: Node
    /// Where x W is a convolution of periodic arrays.
    package var convolution: WrittenOut?

    /// W is a convolution's kernel written out: T times as many numbers.
    package struct WrittenOut: Sendable {
        /// Of the arrays of reals.
        package let waves: LatticeWaves
        /// Of such arrays. The parts of a complex y of a real x are channels of their own.
        package let channels: (in: Int, out: Int)
        /// (C_out·C_in) × T.
        package let kernel: Node
    }

    package var inputs: [Node] { bias.map { [input, kernel, $0] } ?? [input, kernel] }
    package var keptInputs: [Int] { kernel.hasTangent ? [0] : [] }

    package var separable: SeparableRow? {
        guard input.rows == 1, kernel.hasTangent, bias?.hasTangent ?? true else { return nil }
        if let convolution {
            return SeparableRow(
                form: .modes(convolution.waves, channels: convolution.channels), input: input, output: output,
                weights: kernel, kernel: convolution.kernel)
        }
        return SeparableRow(form: .product(bias: bias), input: input, output: output, weights: kernel, kernel: kernel)
    }

    /// A kernel written out has T times as many numbers as its own row.
    package var rowNodes: [Node] { [convolution?.kernel ?? kernel] + (bias.map { [$0] } ?? []) }

    package var multiplications: Int { input.rows * width * columns * (input.isComplex ? 4 : 1) }
    /// A product for the weights' tangent, and one for the input's where it has one.
    package var tangentMultiplications: Int {
        multiplications * ((kernel.hasTangent ? 1 : 0) + (input.hasTangent ? 1 : 0))
    }

    private var width: Int { input.features }
    /// Columns of W and y as real columns where x is real, as complex ones where it is complex.
    private var columns: Int { input.isComplex ? output.features : output.rowReals }

    /// From so many spins and rows on, tables of sums that they share are cheaper than a matrix product.
    private static let leastSigns = 32
    private static let leastSignColumns = 8

    /// result = or += x b, or x† b, for n columns of the field of y.
    private func multiplyInput<R: TapeScalar>(
        _ use: MatrixUse, _ context: TapeContext<R>, _ n: Int, _ b: UnsafePointer<R>,
        _ result: UnsafeMutablePointer<R>, accumulate: Bool
    ) {
        let x = context.value(input)
        let rows = context.rows(input)
        let (m, k) = use == .plain ? (rows, width) : (width, rows)
        if input.isSpins, min(m, k) >= Self.leastSigns, n >= Self.leastSignColumns {
            R.multiplySigns(use, m, n, k, x, width, b, n, result, n, accumulate: accumulate)
        } else {
            R.multiply(
                isComplex: input.isComplex, use, .plain, m, n, k, x, width, b, n, result, n, accumulate: accumulate)
        }
    }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let rows = context.rows(input)
        let y = context.value(output)
        if let bias {
            R.addRow(context.value(bias), y, rows: rows, columns: output.rowReals, accumulate: false)
        }
        guard !context.separatesSamples else {
            R.multiplyRows(
                isComplex: input.isComplex, rows, columns, width, context.value(input), width, context.value(kernel),
                columns, y, columns, accumulate: bias != nil)
            return
        }
        multiplyInput(.plain, context, columns, context.value(kernel), y, accumulate: bias != nil)
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let rows = context.rows(input)
        let vectors = context.vectors
        var written = false
        if let bias, let tangent = context.tangent(bias) {
            R.addRow(tangent, y, rows: rows, columns: vectors * output.rowReals, accumulate: false)
            written = true
        }
        if let tangent = context.tangent(kernel) {
            multiplyInput(.plain, context, vectors * columns, tangent, y, accumulate: written)
            written = true
        }
        if let tangent = context.tangent(input) {
            R.multiply(
                isComplex: input.isComplex,
                .plain, .plain, rows * vectors, columns, width, tangent, width,
                context.value(kernel), columns, y, columns, accumulate: written)
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let rows = context.rows(input)
        let vectors = context.vectors
        if let bias, let cotangent = context.tangent(bias) {
            R.columnSums(
                y, cotangent, rows: rows, columns: vectors * output.rowReals, accumulate: context.accumulates(2))
        }
        if let cotangent = context.tangent(kernel) {
            multiplyInput(
                .adjoint, context, vectors * columns, y, cotangent, accumulate: context.accumulates(1))
        }
        transposeInput(context, y)
    }

    package func transposeRows<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        addBiasRows(context, y)
        if kernel.hasTangent, let convolution {
            addRows(convolution, context, y)
        } else if kernel.hasTangent {
            let x = UnsafePointer(context.value(input))
            for sample in 0..<context.samples {
                R.multiply(
                    isComplex: input.isComplex,
                    .adjoint, .plain, width, columns, input.rows, x + sample * input.reals, width,
                    y + sample * output.reals, columns, context.row(kernel, sample: sample), columns, accumulate: true)
            }
        }
        transposeInput(context, y)
    }

    private func addBiasRows<R: TapeScalar>(_ context: TapeContext<R>, _ y: UnsafePointer<R>) {
        guard let bias, bias.hasTangent else { return }
        for sample in 0..<context.samples {
            R.columnSums(
                y + sample * output.reals, context.row(bias, sample: sample), rows: output.rows,
                columns: output.rowReals, accumulate: true)
        }
    }

    private func transposeInput<R: TapeScalar>(_ context: TapeContext<R>, _ y: UnsafeMutablePointer<R>) {
        guard let cotangent = context.tangent(input) else { return }
        R.multiply(
            isComplex: input.isComplex,
            .plain, .adjoint, context.rows(input) * context.vectors, width, columns, y, columns,
            context.value(kernel), columns, cotangent, width, accumulate: context.accumulates(0))
    }
}

// MARK: Kernels written out

extension Dense: ModewiseSeparable {
    /// Samples whose modes are found at a time.
    private static let samplesAtATime = 16

    package var scratchReals: Int {
        guard let convolution else { return 0 }
        let (waves, channels) = (convolution.waves, convolution.channels)
        // The modes of x and ȳ and what belongs to a pair of channels, for rows; the parts of ȳ.
        return Convolution.scratchReals(waves, channels: max(channels.in, channels.out))
            + Self.samplesAtATime * (input.reals + 2 * output.reals) + Convolution.readable
            + 2 * waves.elements * channels.in * channels.out
    }

    package func transposeFactors<R: TapeScalar>(
        _ context: TapeContext<R>, input modes: UnsafeMutablePointer<R>?, cotangent: UnsafeMutablePointer<R>
    ) {
        guard let y = context.tangent(output), let convolution else { return }
        addBiasRows(context, y)
        if let modes {
            R.modes(
                convolution.waves, UnsafePointer(context.value(input)), channels: convolution.channels.in,
                samples: context.samples, into: modes, scratch: context.scratch)
        }
        for first in stride(from: 0, to: context.samples, by: Self.samplesAtATime) {
            cotangentModes(
                convolution, y + first * output.reals, samples: min(Self.samplesAtATime, context.samples - first),
                into: cotangent + first * output.reals, scratch: context.scratch)
        }
        transposeInput(context, y)
    }

    /// The kernel's part of rows, from products of modes: the products of elements would be T times as many.
    private func addRows<R: TapeScalar>(
        _ convolution: WrittenOut, _ context: TapeContext<R>, _ y: UnsafeMutablePointer<R>
    ) {
        let (waves, channels) = (convolution.waves, convolution.channels)
        let pairs = channels.in * channels.out
        let xModes = context.scratch
        let yModes = xModes + Self.samplesAtATime * input.reals
        let weights = yModes + Self.samplesAtATime * output.reals + Convolution.readable
        let kernel = weights + waves.elements * pairs
        let work = kernel + waves.elements * pairs
        let separatesParts = output.isComplex && !input.isComplex
        for first in stride(from: 0, to: context.samples, by: Self.samplesAtATime) {
            let samples = min(Self.samplesAtATime, context.samples - first)
            R.modes(
                waves, UnsafePointer(context.value(input)) + first * input.reals, channels: channels.in,
                samples: samples,
                into: xModes, scratch: work)
            cotangentModes(convolution, y + first * output.reals, samples: samples, into: yModes, scratch: work)
            for sample in 0..<samples {
                weights.setToZero(count: waves.elements * pairs)
                R.addModeProducts(
                    waves, xModes + sample * input.reals, yModes + sample * output.reals, channels: channels,
                    samples: 1,
                    to: weights, stride: pairs)
                let row = context.row(convolution.kernel, sample: first + sample)
                if separatesParts { kernel.setToZero(count: waves.elements * pairs) }
                R.weightsToKernel(
                    waves, weights, stride: pairs, channels: channels, addingTo: separatesParts ? kernel : row,
                    kernelStride: waves.elements, scratch: work)
                if separatesParts { addParts(kernel, to: row, channels: channels, sites: waves.elements) }
            }
        }
    }

    /// Aȳ of some samples, at most `samplesAtATime`; each part of a complex y of a real x is an array of its own.
    private func cotangentModes<R: TapeScalar>(
        _ convolution: WrittenOut, _ y: UnsafePointer<R>, samples: Int, into modes: UnsafeMutablePointer<R>,
        scratch: UnsafeMutablePointer<R>
    ) {
        let (waves, channels) = (convolution.waves, convolution.channels)
        guard output.isComplex, !input.isComplex else {
            return R.modes(waves, y, channels: channels.out, samples: samples, into: modes, scratch: scratch)
        }
        let parts = scratch
        for array in 0..<samples * output.features / waves.elements {
            let (source, target) = (y + 2 * array * waves.elements, parts + 2 * array * waves.elements)
            for site in 0..<waves.elements {
                target[site] = source[2 * site]
                target[waves.elements + site] = source[2 * site + 1]
            }
        }
        R.modes(
            waves, parts, channels: channels.out, samples: samples, into: modes,
            scratch: parts + Self.samplesAtATime * output.reals)
    }

    /// The kernel of complex numbers from that of their parts, whose channels follow each other.
    private func addParts<R: TapeScalar>(
        _ kernel: UnsafePointer<R>, to row: UnsafeMutablePointer<R>, channels: (in: Int, out: Int), sites: Int
    ) {
        for channel in 0..<channels.out / 2 {
            let source = kernel + 2 * channel * channels.in * sites
            let target = row + 2 * channel * channels.in * sites
            for element in 0..<channels.in * sites {
                target[2 * element] += source[element]
                target[2 * element + 1] += source[channels.in * sites + element]
            }
        }
    }
}
