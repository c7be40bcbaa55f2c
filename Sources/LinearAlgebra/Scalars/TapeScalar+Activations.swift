import CKernels

extension TapeScalar {
    /// Value and slope of an activation on `count` real numbers; `slope` may be nil, `value` may be `x`.
    public static func activate(
        _ activation: Activation, _ x: UnsafePointer<Self>, value: UnsafeMutablePointer<Self>,
        slope: UnsafeMutablePointer<Self>?, count: Int
    ) { ck_activate(tag, activation.kernel(complex: false), x, value, slope, count) }

    /// The same on `count` complex numbers; the slope is complex, or two reals where the
    /// activation acts on real and imaginary part apart.
    public static func activateComplex(
        _ activation: Activation, _ x: UnsafePointer<Self>, value: UnsafeMutablePointer<Self>,
        slope: UnsafeMutablePointer<Self>?, count: Int
    ) { ck_activate(complexTag, activation.kernel(complex: true), x, value, slope, count) }

    /// ln Σ_j w_j exp(x_j) for each row of `columns` numbers, without overflow; −∞ where the sum is exactly 0.
    ///
    /// - Parameters:
    ///   - weights: real, or complex as `form` says; none is 0.
    ///   - phase: for real numbers: 0 or π by the sign of the sum.
    ///   - slope: w_j exp(x_j)/Σ; 0 where the sum is.
    public static func logSumExp(
        _ form: LogSumExpForm, _ x: UnsafePointer<Self>, weights: UnsafePointer<Double>,
        value: UnsafeMutablePointer<Self>?, phase: UnsafeMutablePointer<Self>?, slope: UnsafeMutablePointer<Self>?,
        rows: Int, columns: Int
    ) { ck_log_sum_exp(tag(form), form.hasComplexWeights ? 1 : 0, x, weights, value, phase, slope, rows, columns) }

    /// y[r,v] = Σ_j slope[r,j] x[r,v,j].
    public static func slopeSums(
        _ form: LogSumExpForm, _ slope: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>,
        rows: Int, vectors: Int, columns: Int
    ) { ck_slope_sums(tag(form), form.hasComplexWeights ? 1 : 0, slope, x, y, rows, vectors, columns) }

    /// Its transpose: x[r,v,j] = or += the conjugate of slope[r,j] · y[r,v], or the real part of that.
    public static func spreadSlopes(
        _ form: LogSumExpForm, _ slope: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ x: UnsafeMutablePointer<Self>,
        rows: Int, vectors: Int, columns: Int, accumulate: Bool
    ) {
        ck_slope_spread(
            tag(form), form.hasComplexWeights ? 1 : 0, slope, y, x, rows, vectors, columns, accumulate ? 1 : 0)
    }

    private static func tag(_ form: LogSumExpForm) -> ck_type { form == .complex ? complexTag : tag }
}

extension LogSumExpForm { fileprivate var hasComplexWeights: Bool { self != .real } }

extension Activation {
    /// The recorder admits each only for numbers that it is defined for; of reals, reim_selu is selu.
    fileprivate func kernel(complex: Bool) -> ck_activation {
        switch self {
        case .tanh: CK_TANH
        case .relu: CK_RELU
        case .selu: CK_SELU
        case .reimSELU: complex ? CK_REIM_SELU : CK_SELU
        case .gelu: CK_GELU
        case .logCosh: CK_LOG_COSH
        case .logSigmoid: CK_LOG_SIGMOID
        case .identity: preconditionFailure("the identity is never recorded")
        }
    }
}
