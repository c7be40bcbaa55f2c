import LinearAlgebra

/// log det or log Pf of the n × n matrix x of each sample. The slope is A⁻ᵀ, or half of it: n² numbers.
///
/// Of real x the result is two features, log |·| and the phase 0 or π, which has the tangent 0. A matrix without a pivot
/// has (−∞, 0) and slope 0: what is not a number would spread over all parameters. Without a tape nothing is inverted.
package struct MatrixLogarithm: MatrixFunction {
    package let form: MatrixForm
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    package var scratchReals: Int {
        // Rows are padded to vectors, which of single precision hold more numbers.
        max(
            Float.eliminationWork(size: input.rows, complex: input.isComplex),
            Double.eliminationWork(size: input.rows, complex: input.isComplex))
    }
    package var multiplications: Int { input.rows * input.reals * (input.isComplex ? 2 : 1) / 3 }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        R.logarithms(
            form, context.value(input), value: context.value(output), slope: input.hasTangent ? context.slope : nil,
            work: context.scratch, count: context.samples, size: input.rows, complex: input.isComplex)
    }
}
