import CKernels
import COpenBLAS

extension TapeScalar {
    /// Matrix product: c (m×n) = or += op(a) (m×k) · op(b) (k×n).
    public static func multiply(
        _ useA: MatrixUse, _ useB: MatrixUse, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>, _ leadingA: Int,
        _ b: UnsafePointer<Self>, _ leadingB: Int, _ c: UnsafeMutablePointer<Self>, _ leadingC: Int, accumulate: Bool
    ) {
        switch tag {
        case CK_DOUBLE:
            cblas_dgemm(
                CblasRowMajor, useA.ofReals, useB.ofReals, blasint(m), blasint(n), blasint(k), 1, a.inDouble,
                blasint(leadingA), b.inDouble, blasint(leadingB), accumulate ? 1 : 0, c.inDouble, blasint(leadingC))
        default:
            cblas_sgemm(
                CblasRowMajor, useA.ofReals, useB.ofReals, blasint(m), blasint(n), blasint(k), 1, a.inSingle,
                blasint(leadingA), b.inSingle, blasint(leadingB), accumulate ? 1 : 0, c.inSingle, blasint(leadingC))
        }
    }

    /// The same of complex numbers.
    public static func multiplyComplex(
        _ useA: MatrixUse, _ useB: MatrixUse, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>, _ leadingA: Int,
        _ b: UnsafePointer<Self>, _ leadingB: Int, _ c: UnsafeMutablePointer<Self>, _ leadingC: Int, accumulate: Bool
    ) {
        var one: (Self, Self) = (1, 0)
        var beta: (Self, Self) = (accumulate ? 1 : 0, 0)
        let product = tag == CK_DOUBLE ? cblas_zgemm : cblas_cgemm
        product(
            CblasRowMajor, useA.ofComplexNumbers, useB.ofComplexNumbers, blasint(m), blasint(n), blasint(k), &one, a,
            blasint(leadingA), b, blasint(leadingB), &beta, c, blasint(leadingC))
    }

    /// y (m×n) = or += x (m×k) · w (k×n) in elements of a field, each row by itself: its bits depend on neither m nor its
    /// place. The faster way for few rows.
    @inlinable public static func multiplyRows(
        isComplex: Bool, _ m: Int, _ n: Int, _ k: Int, _ x: UnsafePointer<Self>, _ leadingX: Int,
        _ w: UnsafePointer<Self>, _ leadingW: Int, _ y: UnsafeMutablePointer<Self>, _ leadingY: Int, accumulate: Bool
    ) {
        ck_rows_times_matrix(
            tag(complex: isComplex), x, leadingX, m, k, w, leadingW, n, y, leadingY, accumulate ? 1 : 0)
    }

    /// c (m×n) = or += op(a) (m×k) · b (k×n), for a of elements ±1 that is transposed or not.
    @inlinable public static func multiplySigns(
        _ useA: MatrixUse, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Self>, _ leadingA: Int,
        _ b: UnsafePointer<Self>, _ leadingB: Int, _ c: UnsafeMutablePointer<Self>, _ leadingC: Int, accumulate: Bool
    ) {
        ck_sign_product(tag, a, leadingA, useA == .plain ? 0 : 1, m, n, k, b, leadingB, c, leadingC, accumulate ? 1 : 0)
    }

    /// y += a · x for `count` reals at the given strides (strides of 2 address real or imaginary parts).
    public static func addStrided(
        _ a: Self, _ x: UnsafePointer<Self>, _ strideX: Int, _ y: UnsafeMutablePointer<Self>, _ strideY: Int, count: Int
    ) {
        switch tag {
        case CK_DOUBLE:
            cblas_daxpy(blasint(count), a.inDouble, x.inDouble, blasint(strideX), y.inDouble, blasint(strideY))
        default:
            cblas_saxpy(blasint(count), Float(a.inDouble), x.inSingle, blasint(strideX), y.inSingle, blasint(strideY))
        }
    }

    /// u[r] = Σ_j rows[r,j] x[j], with sums in double.
    @inlinable public static func rowProducts(
        _ rows: UnsafePointer<Self>, _ x: UnsafePointer<Double>, _ u: UnsafeMutablePointer<Double>, count: Int,
        columns: Int
    ) { ck_row_products(tag, rows, x, u, count, columns) }

    /// y[j] += Σ_r u[r] rows[r,j], with sums in double.
    @inlinable public static func addRows(
        _ rows: UnsafePointer<Self>, _ u: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, count: Int,
        columns: Int
    ) { ck_add_rows(tag, rows, u, y, count, columns) }
}

extension MatrixUse {
    fileprivate var ofReals: CBLAS_TRANSPOSE { self == .plain ? CblasNoTrans : CblasTrans }

    fileprivate var ofComplexNumbers: CBLAS_TRANSPOSE {
        switch self {
        case .plain: CblasNoTrans
        case .transposed: CblasTrans
        case .adjoint: CblasConjTrans
        }
    }
}

// The same pointers for functions of one type; the tag has said that it is the right one.
extension UnsafePointer where Pointee: TapeScalar {
    fileprivate var inDouble: UnsafePointer<Double> { UnsafeRawPointer(self).assumingMemoryBound(to: Double.self) }
    fileprivate var inSingle: UnsafePointer<Float> { UnsafeRawPointer(self).assumingMemoryBound(to: Float.self) }
}

extension UnsafeMutablePointer where Pointee: TapeScalar {
    fileprivate var inDouble: UnsafeMutablePointer<Double> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: Double.self)
    }
    fileprivate var inSingle: UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: Float.self)
    }
}
