import CKernels
import COpenBLAS

extension Float: Precision {
    public static func multiply(
        _ useA: MatrixUse, _ useB: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Float>, _ leadingA: Int, _ b: UnsafePointer<Float>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Float>, _ leadingC: Int, accumulate: Bool
    ) {
        cblas_sgemm(
            CblasRowMajor, useA == .plain ? CblasNoTrans : CblasTrans, useB == .plain ? CblasNoTrans : CblasTrans,
            blasint(m), blasint(n), blasint(k), 1, a, blasint(leadingA), b, blasint(leadingB),
            accumulate ? 1 : 0, c, blasint(leadingC))
    }

    public static func multiplyComplex(
        _ useA: MatrixUse, _ useB: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Float>, _ leadingA: Int, _ b: UnsafePointer<Float>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Float>, _ leadingC: Int, accumulate: Bool
    ) {
        func code(_ use: MatrixUse) -> CBLAS_TRANSPOSE {
            switch use {
            case .plain: CblasNoTrans
            case .transposed: CblasTrans
            case .adjoint: CblasConjTrans
            }
        }
        var one: (Float, Float) = (1, 0)
        var beta: (Float, Float) = (accumulate ? 1 : 0, 0)
        cblas_cgemm(
            CblasRowMajor, code(useA), code(useB), blasint(m), blasint(n), blasint(k), &one, a, blasint(leadingA),
            b, blasint(leadingB), &beta, c, blasint(leadingC))
    }

    public static func multiplySigns(
        _ useA: MatrixUse, _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Float>, _ leadingA: Int, _ b: UnsafePointer<Float>, _ leadingB: Int,
        _ c: UnsafeMutablePointer<Float>, _ leadingC: Int, accumulate: Bool
    ) {
        ck_sign_product_s(
            a, leadingA, useA == .plain ? 0 : 1, m, n, k, b, leadingB, c, leadingC, accumulate ? 1 : 0)
    }

    public static func activate(
        _ activation: Activation, _ x: UnsafePointer<Float>, value: UnsafeMutablePointer<Float>,
        slope: UnsafeMutablePointer<Float>?, count: Int
    ) {
        switch activation {
        case .tanh: ck_tanh_s(x, value, slope, count)
        case .relu: ck_relu_s(x, value, slope, count)
        case .selu, .reimSELU: ck_selu_s(x, value, slope, count)
        case .gelu: ck_gelu_s(x, value, slope, count)
        case .logCosh: ck_log_cosh_s(x, value, slope, count)
        case .logSigmoid: ck_log_sigmoid_s(x, value, slope, count)
        case .identity: preconditionFailure("the identity is never recorded")
        }
    }

    public static func activateComplex(
        _ activation: Activation, _ x: UnsafePointer<Float>, value: UnsafeMutablePointer<Float>,
        slope: UnsafeMutablePointer<Float>?, count: Int
    ) {
        switch activation {
        case .tanh: ck_tanh_c(x, value, slope, count)
        case .gelu: ck_gelu_c(x, value, slope, count)
        case .logCosh: ck_log_cosh_c(x, value, slope, count)
        case .reimSELU: ck_reim_selu_c(x, value, slope, count)
        case .identity, .relu, .selu, .logSigmoid:
            preconditionFailure("the recorder admits no \(activation) of complex numbers")
        }
    }

    public static func scaleRows(
        _ slope: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
        rows: Int, vectors: Int, features: Int, accumulate: Bool
    ) {
        ck_scale_rows_s(slope, x, y, rows, vectors, features, accumulate ? 1 : 0)
    }

    public static func scaleRowsComplex(
        _ slope: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
        rows: Int, vectors: Int, features: Int, conjugate: Bool, accumulate: Bool
    ) {
        ck_scale_rows_c(slope, x, y, rows, vectors, features, conjugate ? 1 : 0, accumulate ? 1 : 0)
    }

    public static func addRow(
        _ row: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int, columns: Int, accumulate: Bool
    ) {
        ck_add_row_s(row, y, rows, columns, accumulate ? 1 : 0)
    }

    public static func columnSums(
        _ x: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>, rows: Int, columns: Int, accumulate: Bool
    ) {
        ck_column_sums_s(x, sums, rows, columns, accumulate ? 1 : 0)
    }

    public static func rowSums(
        _ x: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>, rows: Int, columns: Int,
        factor: Float, complex: Bool, accumulate: Bool
    ) {
        if complex {
            ck_row_sums_c(x, sums, rows, columns, factor, accumulate ? 1 : 0)
        } else {
            ck_row_sums_s(x, sums, rows, columns, factor, accumulate ? 1 : 0)
        }
    }

    public static func broadcastRows(
        _ v: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int, columns: Int,
        factor: Float, complex: Bool, accumulate: Bool
    ) {
        if complex {
            ck_broadcast_rows_c(v, y, rows, columns, factor, accumulate ? 1 : 0)
        } else {
            ck_broadcast_rows_s(v, y, rows, columns, factor, accumulate ? 1 : 0)
        }
    }

    public static func combine(
        _ a: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, count: Int, accumulate: Bool
    ) {
        if accumulate { ck_axpy_s(a, x, y, count) } else { ck_scaled_copy_s(a, x, y, count) }
    }

    public static func combineComplex(
        _ re: Float, _ im: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, count: Int,
        accumulate: Bool
    ) {
        ck_axpy_c(re, im, x, y, count, accumulate ? 1 : 0)
    }

    public static func addStrided(
        _ a: Float, _ x: UnsafePointer<Float>, _ strideX: Int, _ y: UnsafeMutablePointer<Float>, _ strideY: Int,
        count: Int
    ) {
        cblas_saxpy(blasint(count), a, x, blasint(strideX), y, blasint(strideY))
    }

    public static func normaliseRows(
        _ x: UnsafePointer<Float>, value: UnsafeMutablePointer<Float>, slope: UnsafeMutablePointer<Float>?,
        rows: Int, features: Int, epsilon: Float
    ) {
        ck_normalise_rows_s(x, value, slope, rows, features, epsilon)
    }

    public static func normaliseTangents(
        _ slope: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
        rows: Int, vectors: Int, features: Int, accumulate: Bool
    ) {
        ck_normalise_tangents_s(slope, x, y, rows, vectors, features, accumulate ? 1 : 0)
    }

    public static func mixRows(
        _ shape: RowMixingShape, _ a: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
        complex: Bool, conjugate: Bool, accumulate: Bool
    ) {
        var shape = shape.kernelArgument
        if complex {
            ck_mix_rows_c(&shape, a, x, y, conjugate ? 1 : 0, accumulate ? 1 : 0)
        } else {
            ck_mix_rows_s(&shape, a, x, y, accumulate ? 1 : 0)
        }
    }

    public static func addMixingCoefficients(
        _ shape: RowMixingShape, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ a: UnsafeMutablePointer<Float>,
        complex: Bool
    ) {
        let kernel = complex ? ck_mix_rows_coefficients_c : ck_mix_rows_coefficients_s
        kernel(
            x, y, a, shape.groups, shape.outputRows, shape.inputRows, shape.vectors, shape.features, shape.heads)
    }

    public static func gather(
        _ x: UnsafePointer<Float>, _ index: UnsafePointer<Int32>, _ y: UnsafeMutablePointer<Float>,
        rows: Int, stride: Int, count: Int, complex: Bool, accumulate: Bool
    ) {
        if complex {
            ck_gather_c(x, index, y, rows, stride, count, accumulate ? 1 : 0)
        } else {
            ck_gather_s(x, index, y, rows, stride, count, accumulate ? 1 : 0)
        }
    }

    public static func scatterAdd(
        _ y: UnsafePointer<Float>, _ index: UnsafePointer<Int32>, _ x: UnsafeMutablePointer<Float>,
        rows: Int, stride: Int, count: Int, complex: Bool
    ) {
        if complex {
            ck_scatter_add_c(y, index, x, rows, stride, count)
        } else {
            ck_scatter_add_s(y, index, x, rows, stride, count)
        }
    }

    public static func freeSites(
        _ s: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int, sites: Int, upSpins: Int
    ) {
        ck_free_sites_s(s, y, rows, sites, upSpins)
    }

    public static func pairProducts(
        _ s: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int, sites: Int
    ) {
        ck_pair_products_s(s, y, rows, sites)
    }

    public static func fromSpins(_ s: UnsafePointer<Int8>, _ x: UnsafeMutablePointer<Float>, count: Int) {
        ck_spins_to_s(s, x, count)
    }

    public static func signedSums(
        offset: UnsafePointer<Float>?, _ w: UnsafePointer<Float>, _ s: UnsafePointer<Int8>,
        _ y: UnsafeMutablePointer<Double>, count: Int, sites: Int, columns: Int
    ) {
        ck_signed_sums_s(offset, w, s, y, count, sites, columns)
    }

    public static func flippedSums(
        _ x: UnsafePointer<Double>, _ w: UnsafePointer<Float>, _ s: UnsafePointer<Int8>,
        _ sites: UnsafePointer<Int32>, flips: Int, _ y: UnsafeMutablePointer<Float>, columns: Int
    ) {
        ck_flipped_sums_s(x, w, s, sites, flips, y, columns)
    }

    public static func flipSums(
        _ x: UnsafeMutablePointer<Double>, _ w: UnsafePointer<Float>, _ s: UnsafePointer<Int8>,
        _ sites: UnsafePointer<Int32>, flips: Int, columns: Int
    ) {
        ck_flip_sums_s(x, w, s, sites, flips, columns)
    }

    public static func blockIn(
        _ x: UnsafePointer<Double>, stride: Int, _ y: UnsafeMutablePointer<Float>, rows: Int, vectors: Int,
        features: Int
    ) {
        ck_block_in_s(x, stride, y, rows, vectors, features)
    }

    public static func blockOut(
        _ y: UnsafePointer<Float>, _ x: UnsafeMutablePointer<Double>, stride: Int,
        rows: Int, vectors: Int, features: Int, accumulate: Bool
    ) {
        ck_block_out_s(y, x, stride, rows, vectors, features, accumulate ? 1 : 0)
    }

    public static func narrow(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, count: Int) {
        y.update(from: x, count: count)
    }

    public static func rowProducts(
        _ rows: UnsafePointer<Float>, _ x: UnsafePointer<Double>, _ u: UnsafeMutablePointer<Double>,
        count: Int, columns: Int
    ) {
        ck_row_products_s(rows, x, u, count, columns)
    }

    public static func addRows(
        _ rows: UnsafePointer<Float>, _ u: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>,
        count: Int, columns: Int
    ) {
        ck_add_rows_s(rows, u, y, count, columns)
    }
}
