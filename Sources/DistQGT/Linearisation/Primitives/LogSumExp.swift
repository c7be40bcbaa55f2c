import LinearAlgebra

/// y = ln Σ_f w_f exp(x_f) over the features of each row, evaluated from the largest Re x_f, with constant weights of
/// which none is 0. The slope is w_f exp(x_f)/Σ.
///
/// Of real x and real weights it is ln |Σ|; the sign is `PhaseOfSum`'s. A row whose sum is exactly 0 has y = −∞ and
/// slope 0: what is not a number would spread over all parameters.
package struct LogSumExp: Primitive {
    package let form: LogSumExpForm
    /// Real, or real and imaginary part in turn.
    package let weights: [Double]
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    package var slopeReals: Int { input.hasTangent ? form.slopeComponents * input.elements : 0 }
    package var multiplications: Int { 4 * input.reals }
    package var tangentMultiplications: Int { input.hasTangent ? form.slopeComponents * input.reals : 0 }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        weights.withUnsafeBufferPointer { weights in
            guard let base = weights.baseAddress else { return }
            R.logSumExp(
                form, context.value(input), weights: base, value: context.value(output), phase: nil,
                slope: input.hasTangent ? context.slope : nil, rows: context.rows(input), columns: input.features)
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        R.slopeSums(
            form, context.savedSlope, x, y, rows: context.rows(input), vectors: context.vectors, columns: input.features
        )
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        R.spreadSlopes(
            form, context.savedSlope, y, x, rows: context.rows(input), vectors: context.vectors,
            columns: input.features,
            accumulate: context.accumulates(0))
    }
}

/// 0 or π by the sign of Σ_f w_f exp(x_f), for real x and real weights: constant but for jumps where the sum
/// vanishes, so that there is nothing to differentiate.
package struct PhaseOfSum: Primitive {
    package let weights: [Double]
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    package var multiplications: Int { 4 * input.reals }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        weights.withUnsafeBufferPointer { weights in
            guard let base = weights.baseAddress else { return }
            R.logSumExp(
                .real, context.value(input), weights: base, value: nil, phase: context.value(output), slope: nil,
                rows: context.rows(input), columns: input.features)
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}
