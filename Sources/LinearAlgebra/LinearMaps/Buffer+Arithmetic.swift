import CKernels
import COpenBLAS

/// The storage of every vector.
package typealias RealBuffer = Buffer<Double>

extension Buffer where Element == Double {
    /// Zeros.
    package convenience init(count: Int) { self.init(repeating: 0, count: count) }

    package func setToZero() { pointer.update(repeating: 0, count: count) }
    package func assign(from other: RealBuffer) { pointer.update(from: other.pointer, count: count) }
    package func add(_ factor: Double, times other: RealBuffer) {
        ck_axpy(CK_DOUBLE, factor, 0, other.pointer, pointer, count, 1)
    }
    package func scale(by factor: Double) { ck_axpy(CK_DOUBLE, factor, 0, pointer, pointer, count, 0) }
    package func scale(by factor: Double, adding other: RealBuffer) {
        forEachTile { tile, first in
            ck_axpy(CK_DOUBLE, factor, 0, pointer + first, pointer + first, tile, 0)
            ck_axpy(CK_DOUBLE, 1, 0, other.pointer + first, pointer + first, tile, 1)
        }
    }

    /// Calls `body` with the length and the start of consecutive tiles that stay in a core's first cache: several
    /// operations on the same long vectors then read them from memory once.
    package func forEachTile(_ body: (_ length: Int, _ first: Int) -> Void) {
        for first in stride(from: 0, to: count, by: 1024) { body(min(1024, count - first), first) }
    }
    package func assign(product a: RealBuffer, _ b: RealBuffer) {
        ck_scale_rows(CK_DOUBLE, a.pointer, b.pointer, pointer, 1, 1, count, 0, 0)
    }
    package var largestMagnitude: Double { buffer.reduce(0) { max($0, abs($1)) } }
    package func invert(atLeast bound: Double) {
        for index in 0..<count { pointer[index] = 1 / max(pointer[index], bound) }
    }
    package func dot(_ other: RealBuffer) -> Double { ck_dot_d(pointer, other.pointer, count) }

    package var isFinite: Bool {
        // A sum of moduli is finite only if all are; it can overflow where they are.
        cblas_dasum(blasint(count), pointer, 1).isFinite || buffer.allSatisfy(\.isFinite)
    }

    package func fillWithNormalDeviates(using generator: inout some RandomNumberGenerator) {
        for index in 0..<count { pointer[index] = generator.normalDeviate() }
    }
}
