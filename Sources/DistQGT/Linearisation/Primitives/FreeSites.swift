import LinearAlgebra

/// y_i = 1 where the spins before site i leave its direction open in a sector of `upSpins` up spins, 0 where they
/// decide it. The samples carry no tangent, so there is nothing to differentiate.
package struct FreeSites: Primitive {
    package let upSpins: Int
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        R.freeSites(
            context.value(input), context.value(output), rows: context.rows(input), sites: input.features,
            upSpins: upSpins)
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}
