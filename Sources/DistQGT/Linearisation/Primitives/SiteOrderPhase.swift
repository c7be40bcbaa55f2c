import LinearAlgebra

/// 0, or π where the number of pairs of sites i < j with a down spin at i and an up spin at j is odd. The samples carry
/// no tangent, so there is nothing to differentiate.
package struct SiteOrderPhase: Primitive {
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        R.siteOrderPhases(
            context.value(input), context.value(output), samples: context.samples, sites: input.features)
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}
