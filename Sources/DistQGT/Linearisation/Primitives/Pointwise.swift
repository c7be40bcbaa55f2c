import LinearAlgebra

/// An activation: y = f(x) element by element. On the tape it is the linear map "scale by the slope".
///
/// The slope is real for real x; complex where f is holomorphic (the transpose scales by its
/// conjugate); two reals where f acts on real and imaginary part apart.
package struct Pointwise: Primitive {
    package let activation: Activation
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    package var slopeReals: Int { input.hasTangent ? input.reals : 0 }
    package var worksInPlace: Bool { true }
    /// The parts of an interleaved complex number do not lie side by side.
    package var interleaving: Interleaving { input.isComplex && activation.isHolomorphic ? .none : .alike }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let count = context.rows(input) * input.features
        let x = context.value(input)
        let y = context.value(output)
        if input.isComplex {
            R.activateComplex(activation, x, value: y, slope: context.slope, count: count)
        } else {
            R.activate(activation, x, value: y, slope: context.slope, count: count)
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        scale(context, x, y, conjugate: false, accumulate: false)
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        scale(context, y, x, conjugate: true, accumulate: context.accumulates(0))
    }

    private func scale<R: TapeScalar>(
        _ context: TapeContext<R>, _ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>,
        conjugate: Bool, accumulate: Bool
    ) {
        let slope = context.savedSlope
        let rows = context.rows(input)
        if input.isComplex && activation.isHolomorphic {
            R.scaleRowsComplex(
                slope, x, y, rows: rows, vectors: context.vectors, features: input.features,
                conjugate: conjugate, accumulate: accumulate)
        } else {
            R.scaleRows(
                slope, x, y, rows: rows, vectors: context.vectors, features: input.rowReals, accumulate: accumulate)
        }
    }
}
