import LinearAlgebra

/// y = c ∘ x, element by element, with real numbers c that depend on the sample and on no parameter. The same scaling
/// is its transpose.
package struct FixedProduct: Primitive {
    package let input: Node
    package let factor: Node
    package let output: Node

    package var inputs: [Node] { [input, factor] }
    package var keptInputs: [Int] { input.hasTangent ? [1] : [] }
    package var worksInPlace: Bool { true }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        scale(context, context.value(input), context.value(output), vectors: 1, accumulate: false)
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        scale(context, x, y, vectors: context.vectors, accumulate: false)
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        scale(context, y, x, vectors: context.vectors, accumulate: context.accumulates(0))
    }

    private func scale<R: TapeScalar>(
        _ context: TapeContext<R>, _ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>, vectors: Int, accumulate: Bool
    ) {
        R.scaleRows(
            context.value(factor), x, y, rows: context.rows(input), vectors: vectors, features: input.features,
            accumulate: accumulate)
    }
}
