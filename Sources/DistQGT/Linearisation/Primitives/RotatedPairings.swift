import LinearAlgebra

/// The packed pairings F^b of several rotations of a packed F, below each other: rotations × M(M−1)/2 numbers.
///
/// Values only: what reads them has a linear map of its own on F, so that no tangents of all rotations are kept.
package struct RotatedPairings: Primitive {
    let rotations: [PairRotation]
    let modeCount: Int
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let y = context.value(output)
        y.setToZero(count: output.reals)
        for (number, rotation) in rotations.enumerated() {
            rotation.add(
                context.value(input), to: y + number * input.reals, modes: modeCount, complex: input.isComplex)
        }
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}
