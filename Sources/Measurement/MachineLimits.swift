import COpenBLAS
import DistQGT

/// What a core reaches at best while all ranks do the same: the measure of everything else.
package struct MachineLimits: Sendable {
    /// Gflop/s of a product of two matrices of 1024 rows, in double precision.
    package let matrixProductRate: Double
    /// GB/s of y ← y + a x on arrays that no cache holds.
    package let streamRate: Double

    /// Of the slowest rank. Collective.
    package init(_ stopwatch: Stopwatch) throws {
        matrixProductRate = try Self.matrixProductRate(stopwatch)
        streamRate = try Self.streamRate(stopwatch)
    }

    /// Collective.
    package static func matrixProductRate(_ stopwatch: Stopwatch) throws -> Double {
        let n = 1024
        let a = [Double](repeating: 0.5, count: n * n)
        let b = [Double](repeating: 0.25, count: n * n)
        var c = [Double](repeating: 0, count: n * n)
        let size = blasint(n)
        let seconds = try stopwatch.shortest {
            cblas_dgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, a, size, b, size, 0, &c, size)
        }
        return 2 * Double(n * n * n) / seconds / 1e9
    }

    private static func streamRate(_ stopwatch: Stopwatch) throws -> Double {
        let n = 1 << 23
        let x = [Double](repeating: 0.5, count: n)
        var y = [Double](repeating: 0.25, count: n)
        let seconds = try stopwatch.shortest { cblas_daxpy(blasint(n), 0.5, x, 1, &y, 1) }
        // x and y are read, y is written.
        return 3 * Double(n * MemoryLayout<Double>.stride) / seconds / 1e9
    }
}
