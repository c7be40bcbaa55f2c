import Foundation

/// What follows where the system has no memory for an array.
///
/// There is no way back out of the middle of a product, and other ranks may be waiting for this one: the process ends
/// with a message, and a parallel program with it.
public enum MemoryExhaustion {
    /// Told what is missing; ends the process. To be set before other threads exist.
    public nonisolated(unsafe) static var end: (_ problem: String) -> Never = { problem in
        try? FileHandle.standardError.write(contentsOf: Data("\(problem)\n".utf8))
        _exit(1)
    }

    package static func fail(byteCount: Int) -> Never {
        end(String(format: "no memory for an array of %.3g GB", Double(byteCount) / 1e9))
    }

    package static func failShared(byteCount: Int) -> Never {
        end(
            String(
                format: "no room in /dev/shm for an array of %.3g GB that the ranks of a node share; "
                    + "DIST_VMC_NODE_MEMORY=off in the environment of every rank gives each its own",
                Double(byteCount) / 1e9))
    }

    /// Ends the process unless an array of so many bytes could be allocated now: before arrays of the language, which
    /// do not say what is missing. Short ones are not looked at.
    package static func requireRoom(_ byteCount: Int) {
        guard byteCount >= 64 << 20 else { return }
        free(UnsafeMutableRawPointer.allocateForArray(byteCount: byteCount))
    }
}
