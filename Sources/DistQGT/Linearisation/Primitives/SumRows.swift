import LinearAlgebra

/// y[sample, f] = factor · Σ_r x[sample, r, f]: the sum over a sample's rows.
package struct SumRows: Primitive {
    package let factor: Double
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        sum(context.value(input), context.value(output), groups: context.rows(output), columns: input.rowReals)
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        sum(x, y, groups: context.rows(output), columns: context.vectors * input.rowReals)
    }

    private func sum<R: TapeScalar>(
        _ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>, groups: Int, columns: Int
    ) {
        for group in 0..<groups {
            let target = y + group * columns
            R.columnSums(
                x + group * input.rows * columns, target, rows: input.rows, columns: columns, accumulate: false)
            if factor != 1 { R.combine(R(factor), target, target, count: columns, accumulate: false) }
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        let columns = context.vectors * input.rowReals
        for group in 0..<context.rows(output) {
            for row in 0..<input.rows {
                R.combine(
                    R(factor), y + group * columns, x + (group * input.rows + row) * columns, count: columns,
                    accumulate: context.accumulates(0))
            }
        }
    }
}
