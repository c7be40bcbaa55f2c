/// An aligned array that is allocated once, never moves, and is freed with its last reference: where numbers lie whose
/// addresses are handed to kernels.
/// Its address is read in loops of other modules, where it must not cost a call.
@usableFromInline package final class Buffer<Element: BitwiseCopyable> {
    @usableFromInline package let count: Int
    @usableFromInline package let pointer: UnsafeMutablePointer<Element>
    /// Whose memory it is, if not its own.
    private let owner: AnyObject?

    /// Memory that somebody else gives back: the last reference to `owner`.
    package init(_ pointer: UnsafeMutablePointer<Element>, count: Int, owner: AnyObject) {
        self.pointer = pointer
        self.count = count
        self.owner = owner
    }

    /// For what is written before it is read.
    package init(uninitialisedCount count: Int) {
        self.count = count
        owner = nil
        let room = Swift.max(1, count)
        pointer = UnsafeMutableRawPointer.allocateForArray(byteCount: room * MemoryLayout<Element>.stride)
            .bindMemory(to: Element.self, capacity: room)
    }

    package convenience init(repeating value: Element, count: Int) {
        self.init(uninitialisedCount: count)
        pointer.initialize(repeating: value, count: count)
    }

    package convenience init(copying values: [Element]) {
        self.init(uninitialisedCount: values.count)
        values.withUnsafeBufferPointer { values in
            if let base = values.baseAddress { pointer.initialize(from: base, count: values.count) }
        }
    }

    deinit { if owner == nil { UnsafeMutableRawPointer(pointer).deallocate() } }

    @inlinable package var buffer: UnsafeMutableBufferPointer<Element> { .init(start: pointer, count: count) }
}
