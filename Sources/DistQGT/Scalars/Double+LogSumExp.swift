import CKernels

extension Double {
    public static func logSumExp(
        _ form: LogSumExpForm, _ x: UnsafePointer<Double>, weights: UnsafePointer<Double>,
        value: UnsafeMutablePointer<Double>?, phase: UnsafeMutablePointer<Double>?,
        slope: UnsafeMutablePointer<Double>?, rows: Int, columns: Int
    ) {
        switch form {
        case .real: ck_log_sum_exp_d(x, weights, value, phase, slope, rows, columns)
        case .complexWeights: ck_log_sum_exp_dz(x, weights, value, slope, rows, columns)
        case .complex: ck_log_sum_exp_z(x, weights, value, slope, rows, columns)
        }
    }

    public static func slopeSums(
        _ form: LogSumExpForm, _ slope: UnsafePointer<Double>, _ x: UnsafePointer<Double>,
        _ y: UnsafeMutablePointer<Double>, rows: Int, vectors: Int, columns: Int
    ) {
        switch form {
        case .real: ck_slope_sums_d(slope, x, y, rows, vectors, columns)
        case .complexWeights: ck_slope_sums_dz(slope, x, y, rows, vectors, columns)
        case .complex: ck_slope_sums_z(slope, x, y, rows, vectors, columns)
        }
    }

    public static func spreadSlopes(
        _ form: LogSumExpForm, _ slope: UnsafePointer<Double>, _ y: UnsafePointer<Double>,
        _ x: UnsafeMutablePointer<Double>, rows: Int, vectors: Int, columns: Int, accumulate: Bool
    ) {
        let accumulate: Int32 = accumulate ? 1 : 0
        switch form {
        case .real: ck_slope_spread_d(slope, y, x, rows, vectors, columns, accumulate)
        case .complexWeights: ck_slope_spread_dz(slope, y, x, rows, vectors, columns, accumulate)
        case .complex: ck_slope_spread_z(slope, y, x, rows, vectors, columns, accumulate)
        }
    }
}
