import LinearAlgebra

/// y = Re x or y = Im x. In the real pairing the transpose of Re is the embedding x̄ = ȳ, that of Im is
/// x̄ = i ȳ.
package struct ComplexPart: Primitive {
    package enum Part: Sendable { case real, imaginary }

    package let part: Part
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    private var offset: Int { part == .real ? 0 : 1 }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        extract(context.value(input), context.value(output), count: context.rows(input) * input.features)
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        extract(x, y, count: context.rows(input) * context.vectors * input.features)
    }

    private func extract<R: TapeScalar>(_ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>, count: Int) {
        y.setToZero(count: count)
        R.addStrided(1, x + offset, 2, y, 1, count: count)
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        let count = context.rows(input) * context.vectors * input.features
        if !context.accumulates(0) { x.setToZero(count: 2 * count) }
        R.addStrided(1, y, 1, x + offset, 2, count: count)
    }
}
