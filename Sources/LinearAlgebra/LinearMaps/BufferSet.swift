/// Buffers that are freed together, for an object that keeps their addresses: its inner loops then read no other object.
package final class BufferSet {
    private var buffers: [AnyObject] = []

    package init() {}

    /// For what is written before it is read.
    package func uninitialised<Element: BitwiseCopyable>(count: Int) -> UnsafeMutablePointer<Element> {
        let buffer = Buffer<Element>(uninitialisedCount: count)
        buffers.append(buffer)
        return buffer.pointer
    }

    package func filled<Element: BitwiseCopyable>(with value: Element, count: Int) -> UnsafeMutablePointer<Element> {
        let pointer: UnsafeMutablePointer<Element> = uninitialised(count: count)
        pointer.initialize(repeating: value, count: count)
        return pointer
    }
}
