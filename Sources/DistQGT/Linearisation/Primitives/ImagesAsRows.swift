import LinearAlgebra

/// The images of a sample, of one row each, as the rows of the sample. Both lie alike: (sample, image, vector,
/// feature) is (sample, row, vector, feature).
package struct ImagesAsRows: Primitive {
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    package var worksInPlace: Bool { true }
    package var multiplications: Int { 0 }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let (x, y) = (context.value(input), context.value(output))
        if x != y { y.update(from: x, count: context.samples * output.reals) }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output), x != y else { return }
        y.update(from: x, count: context.samples * context.vectors * output.reals)
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output), x != y else { return }
        R.combine(
            1, y, x, count: context.samples * context.vectors * output.reals, accumulate: context.accumulates(0))
    }
}
