import LinearAlgebra

/// y_k = x_i x_j with k = i(i−1)/2 + j for i > j: the pair features of spins or occupations. They carry no tangent, so
/// there is nothing to differentiate.
package struct PairProducts: Primitive {
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        R.pairProducts(
            context.value(input), context.value(output), rows: context.rows(input), sites: input.features)
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}
