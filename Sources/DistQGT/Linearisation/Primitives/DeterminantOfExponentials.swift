import LinearAlgebra

/// log det A of the n × n matrix A = exp(x) of each sample, whose entries are given by their logarithms. The slope is
/// A⁻ᵀ times A, entry by entry: ∂ log det A/∂x_ij.
///
/// Of real x the result is two features, log |det| and the phase 0 or π, which has the tangent 0; signs of the entries are
/// a second input without a tangent. A determinant that is lost in rounding, as that of two equal rows, has (−∞, 0) and
/// slope 0: what is not a number would spread over all parameters.
package struct DeterminantOfExponentials: MatrixFunction {
    package let input: Node
    /// Multiples of π, of real x; nil where all entries are positive.
    package let phases: Node?
    package let output: Node

    package var inputs: [Node] { [input] + (phases.map { [$0] } ?? []) }
    package var scratchReals: Int {
        // Rows are padded to vectors, which of single precision hold more numbers.
        max(
            Float.exponentialDeterminantWork(size: input.rows, complex: input.isComplex),
            Double.exponentialDeterminantWork(size: input.rows, complex: input.isComplex))
    }
    package var multiplications: Int { (4 + input.rows * (input.isComplex ? 2 : 1) / 3) * input.reals }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        R.logarithmsOfExponentials(
            context.value(input), phases: phases.map { UnsafePointer(context.value($0)) }, value: context.value(output),
            slope: input.hasTangent ? context.slope : nil, work: context.scratch, count: context.samples,
            size: input.rows, complex: input.isComplex)
    }
}
