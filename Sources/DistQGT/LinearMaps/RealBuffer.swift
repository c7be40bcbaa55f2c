import CKernels
import COpenBLAS

/// An aligned array of doubles that is allocated once and never moves: the storage of every vector.
package final class RealBuffer {
    package let count: Int
    package let pointer: UnsafeMutablePointer<Double>

    /// Zeros.
    package convenience init(count: Int) {
        self.init(uninitialisedCount: count)
        pointer.initialize(repeating: 0, count: Swift.max(1, count))
    }

    package convenience init(copying values: [Double]) {
        self.init(uninitialisedCount: values.count)
        values.withUnsafeBufferPointer { values in
            if let base = values.baseAddress { pointer.initialize(from: base, count: values.count) }
        }
    }

    /// For what is written as a whole before it is read.
    package init(uninitialisedCount count: Int) {
        self.count = count
        let raw = UnsafeMutableRawPointer.allocateForArray(byteCount: Swift.max(1, count) * MemoryLayout<Double>.stride)
        pointer = raw.bindMemory(to: Double.self, capacity: Swift.max(1, count))
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    package var buffer: UnsafeMutableBufferPointer<Double> { .init(start: pointer, count: count) }

    package func setToZero() { pointer.update(repeating: 0, count: count) }
    package func assign(from other: RealBuffer) { pointer.update(from: other.pointer, count: count) }
    package func add(_ factor: Double, times other: RealBuffer) {
        ck_axpy_d(factor, other.pointer, pointer, count)
    }
    package func scale(by factor: Double) { ck_scaled_copy_d(factor, pointer, pointer, count) }
    package func scale(by factor: Double, adding other: RealBuffer) {
        forEachTile { tile, first in
            ck_scaled_copy_d(factor, pointer + first, pointer + first, tile)
            ck_axpy_d(1, other.pointer + first, pointer + first, tile)
        }
    }

    /// Calls `body` with the length and the start of consecutive tiles that stay in a core's first cache: several
    /// operations on the same long vectors then read them from memory once.
    package func forEachTile(_ body: (_ length: Int, _ first: Int) -> Void) {
        for first in stride(from: 0, to: count, by: 1024) { body(min(1024, count - first), first) }
    }
    package func assign(product a: RealBuffer, _ b: RealBuffer) {
        ck_scale_rows_d(a.pointer, b.pointer, pointer, 1, 1, count, 0)
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
