import CKernels
import COpenBLAS

extension Double: Precision {
    public static func multiply(
        _ useA: MatrixUse, _ useB: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Double>, _ leadingA: Int, _ b: UnsafePointer<Double>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Double>, _ leadingC: Int, accumulate: Bool
    ) {
        cblas_dgemm(
            CblasRowMajor, useA == .plain ? CblasNoTrans : CblasTrans, useB == .plain ? CblasNoTrans : CblasTrans,
            blasint(m), blasint(n), blasint(k), 1, a, blasint(leadingA), b, blasint(leadingB),
            accumulate ? 1 : 0, c, blasint(leadingC))
    }

    public static func multiplyComplex(
        _ useA: MatrixUse, _ useB: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Double>, _ leadingA: Int, _ b: UnsafePointer<Double>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Double>, _ leadingC: Int, accumulate: Bool
    ) {
        func code(_ use: MatrixUse) -> CBLAS_TRANSPOSE {
            switch use {
            case .plain: CblasNoTrans
            case .transposed: CblasTrans
            case .adjoint: CblasConjTrans
            }
        }
        var one: (Double, Double) = (1, 0)
        var beta: (Double, Double) = (accumulate ? 1 : 0, 0)
        cblas_zgemm(
            CblasRowMajor, code(useA), code(useB), blasint(m), blasint(n), blasint(k), &one, a, blasint(leadingA),
            b, blasint(leadingB), &beta, c, blasint(leadingC))
    }

    public static func multiplySigns(
        _ useA: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Double>, _ leadingA: Int, _ b: UnsafePointer<Double>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Double>, _ leadingC: Int, accumulate: Bool
    ) {
        ck_sign_product_d(
            a, leadingA, useA == .plain ? 0 : 1, m, n, k, b, leadingB, c, leadingC, accumulate ? 1 : 0)
    }

    public static func activate(
        _ activation: Activation, _ x: UnsafePointer<Double>, value: UnsafeMutablePointer<Double>,
        slope: UnsafeMutablePointer<Double>?, count: Int
    ) {
        switch activation {
        case .tanh: ck_tanh_d(x, value, slope, count)
        case .relu: ck_relu_d(x, value, slope, count)
        case .selu, .reimSELU: ck_selu_d(x, value, slope, count)
        case .gelu: ck_gelu_d(x, value, slope, count)
        case .logCosh: ck_log_cosh_d(x, value, slope, count)
        case .logSigmoid: ck_log_sigmoid_d(x, value, slope, count)
        case .identity: preconditionFailure("the identity is never recorded")
        }
    }

    public static func activateComplex(
        _ activation: Activation, _ x: UnsafePointer<Double>, value: UnsafeMutablePointer<Double>,
        slope: UnsafeMutablePointer<Double>?, count: Int
    ) {
        switch activation {
        case .tanh: ck_tanh_z(x, value, slope, count)
        case .gelu: ck_gelu_z(x, value, slope, count)
        case .logCosh: ck_log_cosh_z(x, value, slope, count)
        case .reimSELU: ck_reim_selu_z(x, value, slope, count)
        case .identity, .relu, .selu, .logSigmoid:
            preconditionFailure("the recorder admits no \(activation) of complex numbers")
        }
    }

    public static func scaleRows(
        _ slope: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>,
        rows: Int, vectors: Int, features: Int, accumulate: Bool
    ) {
        ck_scale_rows_d(slope, x, y, rows, vectors, features, accumulate ? 1 : 0)
    }

    public static func scaleRowsComplex(
        _ slope: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>,
        rows: Int, vectors: Int, features: Int, conjugate: Bool, accumulate: Bool
    ) {
        ck_scale_rows_z(slope, x, y, rows, vectors, features, conjugate ? 1 : 0, accumulate ? 1 : 0)
    }

    public static func addRow(
        _ row: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, rows: Int, columns: Int, accumulate: Bool
    ) {
        ck_add_row_d(row, y, rows, columns, accumulate ? 1 : 0)
    }

    public static func columnSums(
        _ x: UnsafePointer<Double>, _ sums: UnsafeMutablePointer<Double>, rows: Int, columns: Int, accumulate: Bool
    ) {
        ck_column_sums_d(x, sums, rows, columns, accumulate ? 1 : 0)
    }

    public static func rowSums(
        _ x: UnsafePointer<Double>, _ sums: UnsafeMutablePointer<Double>, rows: Int, columns: Int,
        factor: Double, complex: Bool, accumulate: Bool
    ) {
        if complex {
            ck_row_sums_z(x, sums, rows, columns, factor, accumulate ? 1 : 0)
        } else {
            ck_row_sums_d(x, sums, rows, columns, factor, accumulate ? 1 : 0)
        }
    }

    public static func broadcastRows(
        _ v: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, rows: Int, columns: Int,
        factor: Double, complex: Bool, accumulate: Bool
    ) {
        if complex {
            ck_broadcast_rows_z(v, y, rows, columns, factor, accumulate ? 1 : 0)
        } else {
            ck_broadcast_rows_d(v, y, rows, columns, factor, accumulate ? 1 : 0)
        }
    }

    public static func combine(
        _ a: Double, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, count: Int, accumulate: Bool
    ) {
        if accumulate { ck_axpy_d(a, x, y, count) } else { ck_scaled_copy_d(a, x, y, count) }
    }

    public static func combineComplex(
        _ re: Double, _ im: Double, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, count: Int,
        accumulate: Bool
    ) {
        ck_axpy_z(re, im, x, y, count, accumulate ? 1 : 0)
    }

    public static func addStrided(
        _ a: Double, _ x: UnsafePointer<Double>, _ strideX: Int, _ y: UnsafeMutablePointer<Double>, _ strideY: Int,
        count: Int
    ) {
        cblas_daxpy(blasint(count), a, x, blasint(strideX), y, blasint(strideY))
    }

    public static func normaliseRows(
        _ x: UnsafePointer<Double>, value: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>?,
        rows: Int, features: Int, epsilon: Double
    ) {
        ck_normalise_rows_d(x, value, slope, rows, features, epsilon)
    }

    public static func normaliseTangents(
        _ slope: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>,
        rows: Int, vectors: Int, features: Int, accumulate: Bool
    ) {
        ck_normalise_tangents_d(slope, x, y, rows, vectors, features, accumulate ? 1 : 0)
    }

    public static func mixRows(
        _ shape: RowMixingShape, _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
        _ y: UnsafeMutablePointer<Double>,
        complex: Bool, conjugate: Bool, accumulate: Bool
    ) {
        var shape = shape.kernelArgument
        if complex {
            ck_mix_rows_z(&shape, a, x, y, conjugate ? 1 : 0, accumulate ? 1 : 0)
        } else {
            ck_mix_rows_d(&shape, a, x, y, accumulate ? 1 : 0)
        }
    }

    public static func addMixingCoefficients(
        _ shape: RowMixingShape, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>,
        _ a: UnsafeMutablePointer<Double>,
        complex: Bool
    ) {
        let kernel = complex ? ck_mix_rows_coefficients_z : ck_mix_rows_coefficients_d
        kernel(
            x, y, a, shape.groups, shape.outputRows, shape.inputRows, shape.vectors, shape.features, shape.heads)
    }

    public static func gather(
        _ x: UnsafePointer<Double>, _ index: UnsafePointer<Int32>, _ y: UnsafeMutablePointer<Double>,
        rows: Int, stride: Int, count: Int, complex: Bool, accumulate: Bool
    ) {
        if complex {
            ck_gather_z(x, index, y, rows, stride, count, accumulate ? 1 : 0)
        } else {
            ck_gather_d(x, index, y, rows, stride, count, accumulate ? 1 : 0)
        }
    }

    public static func scatterAdd(
        _ y: UnsafePointer<Double>, _ index: UnsafePointer<Int32>, _ x: UnsafeMutablePointer<Double>,
        rows: Int, stride: Int, count: Int, complex: Bool
    ) {
        if complex {
            ck_scatter_add_z(y, index, x, rows, stride, count)
        } else {
            ck_scatter_add_d(y, index, x, rows, stride, count)
        }
    }

    public static func freeSites(
        _ s: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, rows: Int, sites: Int, upSpins: Int
    ) {
        ck_free_sites_d(s, y, rows, sites, upSpins)
    }

    public static func pairProducts(
        _ s: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, rows: Int, sites: Int
    ) {
        ck_pair_products_d(s, y, rows, sites)
    }

    public static func fromSpins(_ s: UnsafePointer<Int8>, _ x: UnsafeMutablePointer<Double>, count: Int) {
        ck_spins_to_d(s, x, count)
    }

    public static func signedSums(
        offset: UnsafePointer<Double>?, _ w: UnsafePointer<Double>, _ s: UnsafePointer<Int8>,
        _ y: UnsafeMutablePointer<Double>, count: Int, sites: Int, columns: Int
    ) {
        ck_signed_sums_d(offset, w, s, y, count, sites, columns)
    }

    public static func flippedSums(
        _ x: UnsafePointer<Double>, _ w: UnsafePointer<Double>, _ s: UnsafePointer<Int8>,
        _ sites: UnsafePointer<Int32>, flips: Int, _ y: UnsafeMutablePointer<Double>, columns: Int
    ) {
        ck_flipped_sums_d(x, w, s, sites, flips, y, columns)
    }

    public static func flipSums(
        _ x: UnsafeMutablePointer<Double>, _ w: UnsafePointer<Double>, _ s: UnsafePointer<Int8>,
        _ sites: UnsafePointer<Int32>, flips: Int, columns: Int
    ) {
        ck_flip_sums_d(x, w, s, sites, flips, columns)
    }

    public static func blockIn(
        _ x: UnsafePointer<Double>, stride: Int, _ y: UnsafeMutablePointer<Double>, rows: Int, vectors: Int,
        features: Int
    ) {
        ck_block_in_d(x, stride, y, rows, vectors, features)
    }

    public static func blockOut(
        _ y: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>, stride: Int,
        rows: Int, vectors: Int, features: Int, accumulate: Bool
    ) {
        ck_block_out_d(y, x, stride, rows, vectors, features, accumulate ? 1 : 0)
    }

    public static func narrow(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Float>, count: Int) {
        ck_double_to_float(x, y, count)
    }

    public static func rowProducts(
        _ rows: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ u: UnsafeMutablePointer<Double>,
        count: Int, columns: Int
    ) {
        ck_row_products_d(rows, x, u, count, columns)
    }

    public static func addRows(
        _ rows: UnsafePointer<Double>, _ u: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>,
        count: Int, columns: Int
    ) {
        ck_add_rows_d(rows, u, y, count, columns)
    }
}
