import LinearAlgebra

/// Layer normalisation without scale and offset (Ba, Kiros, Hinton, arXiv:1607.06450): each row of n real
/// features becomes ŝ = (x − μ)/√(variance + ε).
///
/// Linear map: ẏ = (ẋ − 1·(1ᵀẋ)/n − ŝ·(ŝᵀẋ)/n)/√(variance + ε), a symmetric matrix: it is its own transpose. What
/// is saved for it is ŝ and the inverse root. A scale and an offset would be those of the dense layer that reads the
/// result.
package struct LayerNormalisation: Primitive {
    package let epsilon: Double
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    package var slopeReals: Int { input.hasTangent ? input.rows * (input.features + 1) : 0 }
    package var worksInPlace: Bool { true }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        R.normaliseRows(
            context.value(input), value: context.value(output), slope: input.hasTangent ? context.slope : nil,
            rows: context.rows(input), features: input.features, epsilon: R(epsilon))
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        project(context, x, y, accumulate: false)
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        project(context, y, x, accumulate: context.accumulates(0))
    }

    private func project<R: TapeScalar>(
        _ context: TapeContext<R>, _ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>, accumulate: Bool
    ) {
        let slope = context.savedSlope
        R.normaliseTangents(
            slope, x, y, rows: context.rows(input), vectors: context.vectors, features: input.features,
            accumulate: accumulate)
    }
}
