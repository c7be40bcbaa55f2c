import Foundation

extension UnsafeMutableRawPointer {
    /// Memory for arrays of numbers, of nothing in particular.
    ///
    /// Arrays of a step are allocated anew in each: the system then hands out their pages one by one as they are first
    /// written. Large ones ask for huge pages, 512 at once.
    static func allocateForArray(byteCount: Int) -> UnsafeMutableRawPointer {
        let hugePage = 2 << 20
        guard byteCount >= 2 * hugePage else {
            // 64 bytes: a cache line and the widest vector register.
            return .allocate(byteCount: Swift.max(1, byteCount), alignment: 64)
        }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
        #if os(Linux)
            // Advice: where the system has none, pages are small.
            _ = madvise(memory, byteCount / hugePage * hugePage, MADV_HUGEPAGE)
        #endif
        return memory
    }
}
