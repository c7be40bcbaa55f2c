/// y[row, j] = x[row, index[j]]: a selection or permutation of features; its transpose scatters and adds.
package struct Gather: Primitive {
    package let index: [Int32]
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    package func evaluate<R: Precision>(_ context: TapeContext<R>) {
        gather(context.value(input), context.value(output), rows: context.rows(input))
    }

    package func apply<R: Precision>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        gather(x, y, rows: context.rows(input) * context.vectors)
    }

    private func gather<R: Precision>(_ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>, rows: Int) {
        index.withUnsafeBufferPointer { index in
            guard let base = index.baseAddress else { return }
            R.gather(
                x, base, y, rows: rows, stride: input.features, count: output.features, complex: input.isComplex,
                accumulate: false)
        }
    }

    package func transpose<R: Precision>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        let rows = context.rows(input) * context.vectors
        if !context.accumulates(0) { x.update(repeating: 0, count: rows * input.rowReals) }
        index.withUnsafeBufferPointer { index in
            guard let base = index.baseAddress else { return }
            R.scatterAdd(
                y, base, x, rows: rows, stride: input.features, count: output.features, complex: input.isComplex)
        }
    }
}
