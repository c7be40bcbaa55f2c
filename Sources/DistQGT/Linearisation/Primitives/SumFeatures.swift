import LinearAlgebra

/// y[row] = factor · Σ_f x[row, f].
package struct SumFeatures: Primitive {
    package let factor: Double
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        sum(context.value(input), context.value(output), rows: context.rows(input))
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        sum(x, y, rows: context.rows(input) * context.vectors)
    }

    private func sum<R: TapeScalar>(_ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>, rows: Int) {
        R.rowSums(
            x, y, rows: rows, columns: input.features, factor: R(factor), complex: input.isComplex, accumulate: false)
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        R.broadcastRows(
            y, x, rows: context.rows(input) * context.vectors, columns: input.features, factor: R(factor),
            complex: input.isComplex, accumulate: context.accumulates(0))
    }
}
