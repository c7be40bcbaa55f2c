import CKernels

extension Float {
    public static func logSumExp(
        _ form: LogSumExpForm, _ x: UnsafePointer<Float>, weights: UnsafePointer<Double>,
        value: UnsafeMutablePointer<Float>?, phase: UnsafeMutablePointer<Float>?,
        slope: UnsafeMutablePointer<Float>?, rows: Int, columns: Int
    ) {
        switch form {
        case .real: ck_log_sum_exp_s(x, weights, value, phase, slope, rows, columns)
        case .complexWeights: ck_log_sum_exp_sc(x, weights, value, slope, rows, columns)
        case .complex: ck_log_sum_exp_c(x, weights, value, slope, rows, columns)
        }
    }

    public static func slopeSums(
        _ form: LogSumExpForm, _ slope: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
        _ y: UnsafeMutablePointer<Float>, rows: Int, vectors: Int, columns: Int
    ) {
        switch form {
        case .real: ck_slope_sums_s(slope, x, y, rows, vectors, columns)
        case .complexWeights: ck_slope_sums_sc(slope, x, y, rows, vectors, columns)
        case .complex: ck_slope_sums_c(slope, x, y, rows, vectors, columns)
        }
    }

    public static func spreadSlopes(
        _ form: LogSumExpForm, _ slope: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
        _ x: UnsafeMutablePointer<Float>, rows: Int, vectors: Int, columns: Int, accumulate: Bool
    ) {
        let accumulate: Int32 = accumulate ? 1 : 0
        switch form {
        case .real: ck_slope_spread_s(slope, y, x, rows, vectors, columns, accumulate)
        case .complexWeights: ck_slope_spread_sc(slope, y, x, rows, vectors, columns, accumulate)
        case .complex: ck_slope_spread_c(slope, y, x, rows, vectors, columns, accumulate)
        }
    }
}
