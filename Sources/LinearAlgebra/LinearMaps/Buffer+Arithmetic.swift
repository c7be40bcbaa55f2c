import CKernels
import COpenBLAS

/// The storage of every vector.
package typealias RealBuffer = Buffer<Double>

extension Buffer where Element == Double {
    /// Zeros.
    package convenience init(count: Int) { self.init(repeating: 0, count: count) }

    package func dot(_ other: RealBuffer) -> Double { ck_dot_d(pointer, other.pointer, count) }
}

/// Arithmetic of vectors, or of the same stretch of several: all of one length, which is the receiver's. Local.
extension UnsafeMutableBufferPointer where Element == Double {
    private var base: UnsafeMutablePointer<Double> {
        guard let baseAddress else { preconditionFailure("a vector without memory") }
        return baseAddress
    }

    package func setToZero() { base.update(repeating: 0, count: count) }
    package func assign(from other: UnsafePointer<Double>) { base.update(from: other, count: count) }
    package func add(_ factor: Double, times other: UnsafePointer<Double>) {
        ck_axpy(CK_DOUBLE, factor, 0, other, base, count, 1)
    }
    package func scale(by factor: Double) { ck_axpy(CK_DOUBLE, factor, 0, base, base, count, 0) }
    package func scale(by factor: Double, adding other: UnsafePointer<Double>) {
        forEachTile { tile, first in
            ck_axpy(CK_DOUBLE, factor, 0, base + first, base + first, tile, 0)
            ck_axpy(CK_DOUBLE, 1, 0, other + first, base + first, tile, 1)
        }
    }

    /// Calls `body` with the length and the start of consecutive tiles that stay in a core's first cache: several
    /// operations on the same long vectors then read them from memory once.
    package func forEachTile(_ body: (_ length: Int, _ first: Int) -> Void) {
        for first in stride(from: 0, to: count, by: 1024) { body(Swift.min(1024, count - first), first) }
    }
    package func assign(product a: UnsafePointer<Double>, _ b: UnsafePointer<Double>) {
        ck_scale_rows(CK_DOUBLE, a, b, base, 1, 1, count, 0, 0)
    }
    package var largestMagnitude: Double { reduce(0) { Swift.max($0, abs($1)) } }
    package func invert(atLeast bound: Double) {
        for index in indices { self[index] = 1 / Swift.max(self[index], bound) }
    }
    package var isFinite: Bool {
        // A sum of moduli is finite only if all are; it can overflow where they are.
        cblas_dasum(blasint(count), base, 1).isFinite || allSatisfy(\.isFinite)
    }
    package func fillWithNormalDeviates(using generator: inout some RandomNumberGenerator) {
        for index in indices { self[index] = generator.normalDeviate() }
    }
}
