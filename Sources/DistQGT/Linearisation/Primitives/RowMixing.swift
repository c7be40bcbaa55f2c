import LinearAlgebra

/// y[o, f] = Σ_i A[o, i, head(f)] x[i, f]: the rows of a sample are mixed by coefficients that depend on the head that
/// a feature belongs to, features / heads consecutive ones each. The weights of factored attention; with one head a
/// dense layer on positions instead of features.
///
/// A is a parameter node of (output rows · input rows) × heads, the input row fastest. Linear map: ẏ = A ẋ + Ȧ x.
/// Transpose: x̄ += A† ȳ, Ā[o, i, h] += Σ_{samples, f of h} x̄*[i, f] ȳ[o, f].
package struct RowMixing: ParameterPrimitive {
    package let input: Node
    package let coefficients: Node
    package let output: Node

    package var inputs: [Node] { [input, coefficients] }
    package var keptInputs: [Int] { coefficients.hasTangent ? [0] : [] }
    package var separable: SeparableRow? { nil }

    package var multiplications: Int { output.rows * input.rows * input.features * (input.isComplex ? 4 : 1) }
    /// A product for the coefficients' tangent, and one for the input's where it has one.
    package var tangentMultiplications: Int {
        multiplications * ((coefficients.hasTangent ? 1 : 0) + (input.hasTangent ? 1 : 0))
    }

    private var heads: Int { coefficients.features }
    private var features: Int { input.features }

    /// - Parameter vectors: of y; x and A may have fewer.
    private func shape(
        groups: Int, vectors: Int, coefficientVectors: Int, inputVectors: Int, transposed: Bool = false
    ) -> RowMixingShape {
        let block = coefficientVectors * heads
        return RowMixingShape(
            groups: groups, outputRows: transposed ? input.rows : output.rows,
            inputRows: transposed ? output.rows : input.rows, vectors: vectors, features: features, heads: heads,
            coefficientStrides: (
                output: transposed ? block : input.rows * block, input: transposed ? input.rows * block : block,
                vector: coefficientVectors > 1 ? heads : 0
            ),
            inputStrides: (row: inputVectors * features, vector: inputVectors > 1 ? features : 0))
    }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        R.mixRows(
            shape(groups: context.samples, vectors: 1, coefficientVectors: 1, inputVectors: 1),
            context.value(coefficients), context.value(input), context.value(output), complex: output.isComplex,
            conjugate: false, accumulate: false)
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let (samples, vectors) = (context.samples, context.vectors)
        var written = false
        if let tangent = context.tangent(coefficients) {
            R.mixRows(
                shape(groups: samples, vectors: vectors, coefficientVectors: vectors, inputVectors: 1),
                tangent, context.value(input), y, complex: output.isComplex, conjugate: false, accumulate: false)
            written = true
        }
        if let tangent = context.tangent(input) {
            R.mixRows(
                shape(groups: samples, vectors: vectors, coefficientVectors: 1, inputVectors: vectors),
                context.value(coefficients), tangent, y, complex: output.isComplex, conjugate: false,
                accumulate: written)
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        // Cotangents of parameters gather over chunks: `accumulates` holds for them throughout.
        if let cotangent = context.tangent(coefficients) {
            addCoefficients(context.value(input), y, to: cotangent, groups: context.samples, vectors: context.vectors)
        }
        transposeInput(context, y)
    }

    package func transposeRows<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        if coefficients.hasTangent {
            let x = context.value(input)
            for sample in 0..<context.samples {
                addCoefficients(
                    x + sample * input.reals, y + sample * output.reals, to: context.row(coefficients, sample: sample),
                    groups: 1, vectors: 1)
            }
        }
        transposeInput(context, y)
    }

    private func addCoefficients<R: TapeScalar>(
        _ x: UnsafePointer<R>, _ y: UnsafePointer<R>, to a: UnsafeMutablePointer<R>, groups: Int, vectors: Int
    ) {
        R.addMixingCoefficients(
            shape(groups: groups, vectors: vectors, coefficientVectors: vectors, inputVectors: 1), x, y, a,
            complex: output.isComplex)
    }

    private func transposeInput<R: TapeScalar>(_ context: TapeContext<R>, _ y: UnsafeMutablePointer<R>) {
        guard let cotangent = context.tangent(input) else { return }
        R.mixRows(
            shape(
                groups: context.samples, vectors: context.vectors, coefficientVectors: 1,
                inputVectors: context.vectors, transposed: true),
            context.value(coefficients), y, cotangent, complex: output.isComplex, conjugate: true,
            accumulate: context.accumulates(0))
    }
}
