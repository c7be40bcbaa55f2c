import Foundation

/// Memory that grows on demand and never shrinks.
package final class Region<Element> {
    package private(set) var pointer: UnsafeMutablePointer<Element>
    private var capacity: Int

    package init(capacity: Int) {
        self.capacity = max(1, capacity)
        pointer = Self.allocate(self.capacity)
    }

    package var byteCount: Int { capacity * MemoryLayout<Element>.stride }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        UnsafeMutableRawPointer.allocateForArray(byteCount: count * MemoryLayout<Element>.stride)
            .bindMemory(to: Element.self, capacity: count)
    }

    /// Room for `count` elements; the content is lost when it has to grow.
    package func reserve(_ count: Int) {
        guard count > capacity else { return }
        UnsafeMutableRawPointer(pointer).deallocate()
        pointer = Self.allocate(count)
        capacity = count
    }
}

extension Region where Element: Precision {
    /// Room for `count` numbers, all 0.
    package func reserveZeros(_ count: Int) {
        reserve(count)
        pointer.setToZero(count: count)
    }

    /// `count` elements from `first` on.
    package func setToZero(_ first: Int, count: Int) { (pointer + first).setToZero(count: count) }
}

extension UnsafeMutablePointer where Pointee: Precision {
    /// The pointer's own `update(repeating:)` goes element by element where the compiler does not know the type.
    func setToZero(count: Int) { memset(self, 0, count * MemoryLayout<Pointee>.stride) }
}
