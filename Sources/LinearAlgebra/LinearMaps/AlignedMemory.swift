import Foundation

extension UnsafeMutableRawPointer {
    /// Memory for arrays of numbers, of nothing in particular. It is given back as memory of the language's own
    /// `allocate` is, which does the same for such alignments but does not say what is missing where there is none.
    ///
    /// Arrays of a step are allocated anew in each: the system then hands out their pages one by one as they are first
    /// written. Large ones ask for huge pages, 512 at once.
    package static func allocateForArray(byteCount: Int) -> UnsafeMutableRawPointer {
        let hugePage = 2 << 20
        let isLarge = byteCount >= 2 * hugePage
        var allocated: UnsafeMutableRawPointer?
        // 64 bytes: a cache line and the widest vector register.
        guard posix_memalign(&allocated, isLarge ? hugePage : 64, Swift.max(1, byteCount)) == 0, let memory = allocated
        else { MemoryExhaustion.fail(byteCount: byteCount) }
        #if os(Linux)
            // Advice: where the system has none, pages are small.
            if isLarge { _ = madvise(memory, byteCount / hugePage * hugePage, MADV_HUGEPAGE) }
        #endif
        return memory
    }
}
