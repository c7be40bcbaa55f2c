import COpenBLAS

/// What a core reaches in a product of two matrices of 1024 rows: the measure of everything else.
enum MatrixProductRate {
    /// Gflop/s of the slowest rank. Collective.
    static func measure(_ stopwatch: Stopwatch) throws -> Double {
        let n = 1024
        let a = [Double](repeating: 0.5, count: n * n)
        let b = [Double](repeating: 0.25, count: n * n)
        var c = [Double](repeating: 0, count: n * n)
        let size = blasint(n)
        let seconds = try stopwatch.seconds {
            cblas_dgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, a, size, b, size, 0, &c, size)
        }
        return 2 * Double(n * n * n) / seconds / 1e9
    }
}
