import LinearAlgebra

/// y[r] = x[patch r] W (+ b): a matrix product with patches of each sample's numbers, the rows of y; a convolution.
/// The same as `Gather` and `Dense` one after the other, but the tape keeps x and not the patches, which repeat each
/// number many times: they are gathered when they are needed, for so many samples as stay in cache.
///
/// Linear map: ẏ = ẋ[patches] W + x[patches] Ẇ + ḃ. Transpose: x̄[patches] += ȳ W†, W̄ += x[patches]† ȳ, b̄ += Σ ȳ.
package struct PatchProduct: ParameterPrimitive {
    /// rows × patch: the element of x, counted row by row, or −1 for a zero.
    package let patches: [Int32]
    package let input: Node
    package let kernel: Node
    package let bias: Node?
    package let output: Node

    package var inputs: [Node] { bias.map { [input, kernel, $0] } ?? [input, kernel] }
    package var keptInputs: [Int] { kernel.hasTangent ? [0] : [] }
    package var separable: SeparableRow? { nil }
    package var scratchReals: Int { block * patchReals }

    package var multiplications: Int { output.rows * width * columns * (input.isComplex ? 4 : 1) }
    /// A product for the weights' tangent, and one for the input's where it has one.
    package var tangentMultiplications: Int {
        multiplications * ((kernel.hasTangent ? 1 : 0) + (input.hasTangent ? 1 : 0))
    }

    /// Numbers of a patch.
    private var width: Int { kernel.rows }
    /// Columns of W and y as real columns where x is real, as complex ones where it is complex.
    private var columns: Int { input.isComplex ? output.features : output.rowReals }
    /// Reals of the patches of a sample.
    private var patchReals: Int { patches.count * (input.isComplex ? 2 : 1) }
    /// Samples whose patches are gathered together: a quarter of a megabyte.
    private var block: Int { max(1, 32768 / patchReals) }

    /// Calls `body` with the index of patches in tangents of k vectors, which is that of every vector from its own
    /// first element on.
    private func withIndex(vectors: Int, _ body: (UnsafePointer<Int32>) -> Void) {
        patches.withUnsafeBufferPointer { plain in
            guard let base = plain.baseAddress else { return }
            guard vectors > 1, input.rows > 1 else { return body(base) }
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: patches.count) { spread in
                guard let pointer = spread.baseAddress else { return }
                let features = Int32(input.features)
                for (position, element) in plain.enumerated() {
                    pointer[position] =
                        element < 0 ? -1 : element / features * Int32(vectors) * features + element % features
                }
                body(pointer)
            }
        }
    }

    /// Calls `body` with the first sample and the number of samples of each block.
    private func forEachBlock(_ samples: Int, _ body: (Int, Int) -> Void) {
        for first in stride(from: 0, to: samples, by: block) { body(first, min(block, samples - first)) }
    }

    private func gather<R: TapeScalar>(
        _ x: UnsafePointer<R>, _ index: UnsafePointer<Int32>, vectors: Int, count: Int, into y: UnsafeMutablePointer<R>
    ) {
        R.gather(
            x, index, y, rows: count, stride: vectors * input.elements, count: patches.count, complex: input.isComplex,
            accumulate: false)
    }

    /// `forEachBlock` with the block's patches of x in the scratch.
    private func forEachBlockOfPatches<R: TapeScalar>(_ context: TapeContext<R>, _ body: (Int, Int) -> Void) {
        let x = context.value(input)
        withIndex(vectors: 1) { index in
            forEachBlock(context.samples) { first, count in
                gather(x + first * input.reals, index, vectors: 1, count: count, into: context.scratch)
                body(first, count)
            }
        }
    }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let y = context.value(output)
        if let bias {
            R.addRow(context.value(bias), y, rows: context.rows(output), columns: output.rowReals, accumulate: false)
        }
        forEachBlockOfPatches(context) { first, count in
            let (rows, target) = (count * output.rows, y + first * output.reals)
            if context.separatesSamples {
                R.multiplyRows(
                    isComplex: input.isComplex, rows, columns, width, context.scratch, width, context.value(kernel),
                    columns, target, columns, accumulate: bias != nil)
            } else {
                R.multiply(
                    isComplex: input.isComplex,
                    .plain, .plain, rows, columns, width, context.scratch, width, context.value(kernel), columns,
                    target, columns, accumulate: bias != nil)
            }
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let vectors = context.vectors
        var written = false
        if let bias, let tangent = context.tangent(bias) {
            R.addRow(
                tangent, y, rows: context.rows(output), columns: vectors * output.rowReals, accumulate: false)
            written = true
        }
        if let tangent = context.tangent(kernel) {
            forEachBlockOfPatches(context) { first, count in
                R.multiply(
                    isComplex: input.isComplex,
                    .plain, .plain, count * output.rows, vectors * columns, width, context.scratch, width, tangent,
                    vectors * columns, y + first * vectors * output.reals, vectors * columns, accumulate: written)
            }
            written = true
        }
        guard let tangent = context.tangent(input) else { return }
        withIndex(vectors: vectors) { index in
            forEachBlock(context.samples) { first, count in
                for vector in 0..<vectors {
                    gather(
                        tangent + first * vectors * input.reals + vector * input.rowReals, index, vectors: vectors,
                        count: count, into: context.scratch)
                    R.multiply(
                        isComplex: input.isComplex,
                        .plain, .plain, count * output.rows, columns, width, context.scratch, width,
                        context.value(kernel), columns,
                        y + first * vectors * output.reals + vector * output.rowReals, vectors * columns,
                        accumulate: written)
                }
            }
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let vectors = context.vectors
        if let bias, let cotangent = context.tangent(bias) {
            R.columnSums(
                y, cotangent, rows: context.rows(output), columns: vectors * output.rowReals,
                accumulate: context.accumulates(2))
        }
        if let cotangent = context.tangent(kernel) {
            forEachBlockOfPatches(context) { first, count in
                R.multiply(
                    isComplex: input.isComplex,
                    .adjoint, .plain, width, vectors * columns, count * output.rows, context.scratch, width,
                    y + first * vectors * output.reals, vectors * columns, cotangent, vectors * columns,
                    accumulate: first > 0 || context.accumulates(1))
            }
        }
        transposeInput(context, y)
    }

    package func transposeRows<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        for sample in 0..<context.samples {
            let cotangent = y + sample * output.reals
            if let bias, bias.hasTangent {
                R.columnSums(
                    cotangent, context.row(bias, sample: sample), rows: output.rows, columns: output.rowReals,
                    accumulate: true)
            }
            guard kernel.hasTangent else { continue }
            withIndex(vectors: 1) { index in
                gather(
                    context.value(input) + sample * input.reals, index, vectors: 1, count: 1, into: context.scratch)
            }
            R.multiply(
                isComplex: input.isComplex,
                .adjoint, .plain, width, columns, output.rows, context.scratch, width, cotangent, columns,
                context.row(kernel, sample: sample), columns, accumulate: true)
        }
        transposeInput(context, y)
    }

    private func transposeInput<R: TapeScalar>(_ context: TapeContext<R>, _ y: UnsafeMutablePointer<R>) {
        guard let cotangent = context.tangent(input) else { return }
        let vectors = context.vectors
        if !context.accumulates(0) {
            cotangent.setToZero(count: context.samples * vectors * input.reals)
        }
        withIndex(vectors: vectors) { index in
            forEachBlock(context.samples) { first, count in
                for vector in 0..<vectors {
                    R.multiply(
                        isComplex: input.isComplex,
                        .plain, .adjoint, count * output.rows, width, columns,
                        y + first * vectors * output.reals + vector * output.rowReals, vectors * columns,
                        context.value(kernel), columns, context.scratch, width, accumulate: false)
                    R.scatterAdd(
                        context.scratch, index, cotangent + first * vectors * input.reals + vector * input.rowReals,
                        rows: count, stride: vectors * input.elements, count: patches.count, complex: input.isComplex)
                }
            }
        }
    }
}
