import LinearAlgebra
import Numerics

/// y = Σ_i a_i x_i with constant coefficients: sums, differences, factors, multiplication by i, and
/// the embedding of the real numbers into the complex ones. The transpose of "times a" is "times ā",
/// followed by the real part where the input is real.
package struct LinearCombination: Primitive {
    package let coefficients: [Complex<Double>]
    package let inputs: [Node]
    package let output: Node

    package var worksInPlace: Bool { inputs.count == 1 && inputs[0].isComplex == output.isComplex }

    /// The parts of an interleaved complex number do not lie side by side.
    package var interleaving: Interleaving {
        inputs.allSatisfy { $0.isComplex == output.isComplex } && coefficients.allSatisfy { $0.imaginary == 0 }
            ? .alike : .none
    }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        for (position, node) in inputs.enumerated() {
            combine(
                coefficients[position], node, context.value(node), context.value(output),
                count: context.rows(node) * node.features, accumulate: position > 0)
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        var written = false
        for (position, node) in inputs.enumerated() {
            guard let x = context.tangent(node) else { continue }
            combine(
                coefficients[position], node, x, y, count: context.rows(node) * context.vectors * node.features,
                accumulate: written)
            written = true
        }
    }

    private func combine<R: TapeScalar>(
        _ coefficient: Complex<Double>, _ node: Node, _ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>,
        count: Int, accumulate: Bool
    ) {
        let re = R(coefficient.real)
        let im = R(coefficient.imaginary)
        switch (node.isComplex, output.isComplex) {
        case (false, false): R.combine(re, x, y, count: count, accumulate: accumulate)
        // No products with 0, which are NaN where x is the logarithm of 0.
        case (true, _) where im == 0: R.combine(re, x, y, count: 2 * count, accumulate: accumulate)
        case (true, _): R.combineComplex(re, im, x, y, count: count, accumulate: accumulate)
        case (false, true):
            if !accumulate { y.setToZero(count: 2 * count) }
            if re != 0 { R.addStrided(re, x, 1, y, 2, count: count) }
            if im != 0 { R.addStrided(im, x, 1, y + 1, 2, count: count) }
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        for (position, node) in inputs.enumerated() {
            guard let x = context.tangent(node) else { continue }
            let count = context.rows(node) * context.vectors * node.features
            let accumulate = context.accumulates(position)
            let re = R(coefficients[position].real)
            let im = R(coefficients[position].imaginary)
            switch (node.isComplex, output.isComplex) {
            case (false, false): R.combine(re, y, x, count: count, accumulate: accumulate)
            case (true, _) where im == 0: R.combine(re, y, x, count: 2 * count, accumulate: accumulate)
            case (true, _): R.combineComplex(re, -im, y, x, count: count, accumulate: accumulate)
            case (false, true):
                if !accumulate { x.setToZero(count: count) }
                if re != 0 { R.addStrided(re, y, 2, x, 1, count: count) }
                if im != 0 { R.addStrided(im, y + 1, 2, x, 1, count: count) }
            }
        }
    }
}
