import CKernels

/// What is taken of a square matrix.
public enum MatrixForm: Sendable, Hashable {
    /// log det.
    case determinant
    /// log Pf of an antisymmetric matrix.
    case pfaffian
}

extension TapeScalar {
    /// Reals of working memory that `logarithms` needs.
    public static func eliminationWork(size: Int, complex: Bool) -> Int {
        ck_elimination_work(tag(complex: complex), size)
    }

    /// log det or log Pf of `count` matrices of size × size numbers: two reals each, log |·| and the phase, which is 0 or
    /// π of real matrices. A matrix without a pivot has (−∞, 0).
    ///
    /// - Parameter slope: nil, or where the derivatives by the entries go; 0 throughout a matrix without a pivot.
    public static func logarithms(
        _ form: MatrixForm, _ x: UnsafePointer<Self>, value: UnsafeMutablePointer<Self>,
        slope: UnsafeMutablePointer<Self>?, work: UnsafeMutablePointer<Self>, count: Int, size: Int, complex: Bool
    ) {
        switch form {
        case .determinant: ck_log_determinants(tag(complex: complex), x, value, slope, work, count, size)
        case .pfaffian: ck_log_pfaffians(tag(complex: complex), x, value, slope, work, count, size)
        }
    }

    /// y[s,v] = Σ_{r,f} slope[s,r,f] x[s,r,v,f]: two reals, the second of which is 0 for real numbers.
    public static func matrixSlopeSums(
        _ slope: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, samples: Int,
        vectors: Int, size: Int, complex: Bool
    ) { ck_matrix_slope_sums(tag(complex: complex), slope, x, y, samples, vectors, size) }

    /// Its transpose: x[s,r,v,f] = or += the conjugate of slope[s,r,f] times y[s,v].
    public static func spreadMatrixSlopes(
        _ slope: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ x: UnsafeMutablePointer<Self>, samples: Int,
        vectors: Int, size: Int, complex: Bool, accumulate: Bool
    ) { ck_matrix_slope_spread(tag(complex: complex), slope, y, x, samples, vectors, size, accumulate ? 1 : 0) }

    /// Reals of working memory that `logarithmsOfExponentials` needs.
    public static func exponentialDeterminantWork(size: Int, complex: Bool) -> Int {
        ck_exponential_determinant_work(tag(complex: complex), size)
    }

    /// log det of `count` matrices of size × size entries exp(x): two reals each, log |·| and the phase, which is 0 or π
    /// where x is real; (−∞, 0) where the determinant is lost in rounding, NaN where an x is NaN or +∞.
    ///
    /// - Parameters:
    ///   - phases: of real x the multiples of π that tell signs; nil where all are positive, and where x is complex.
    ///   - slope: nil, or where the derivatives by x go.
    public static func logarithmsOfExponentials(
        _ x: UnsafePointer<Self>, phases: UnsafePointer<Self>?, value: UnsafeMutablePointer<Self>,
        slope: UnsafeMutablePointer<Self>?, work: UnsafeMutablePointer<Self>, count: Int, size: Int, complex: Bool
    ) { ck_log_exponential_determinants(tag(complex: complex), x, phases, value, slope, work, count, size) }
}
