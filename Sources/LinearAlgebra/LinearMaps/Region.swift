import Foundation

/// Memory that grows on demand and never shrinks.
package final class Region<Element: BitwiseCopyable> {
    private var memory: Buffer<Element>
    package private(set) var pointer: UnsafeMutablePointer<Element>

    package init(capacity: Int) {
        memory = Buffer(uninitialisedCount: max(1, capacity))
        pointer = memory.pointer
    }

    package var byteCount: Int { memory.count * MemoryLayout<Element>.stride }

    /// Room for `count` elements; the content is lost when it has to grow.
    package func reserve(_ count: Int) {
        guard count > memory.count else { return }
        // What was there goes first: the two never take memory together.
        memory = Buffer(uninitialisedCount: 0)
        memory = Buffer(uninitialisedCount: count)
        pointer = memory.pointer
    }
}

extension Region where Element: TapeScalar {
    /// Room for `count` numbers, all 0.
    package func reserveZeros(_ count: Int) {
        reserve(count)
        pointer.setToZero(count: count)
    }

    /// `count` elements from `first` on.
    package func setToZero(_ first: Int, count: Int) { (pointer + first).setToZero(count: count) }
}

extension UnsafeMutablePointer where Pointee: TapeScalar {
    /// The pointer's own `update(repeating:)` goes element by element where the compiler does not know the type.
    package func setToZero(count: Int) { memset(self, 0, count * MemoryLayout<Pointee>.stride) }
}
