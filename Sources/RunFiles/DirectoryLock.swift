#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps every other process from taking the same directory, until it is released by the end of its life or of the
/// process, however that ends: the lock is the operating system's (`flock`) on the file `run.lock`, and the file's
/// content only says whose it is. A file that a crash left behind holds nobody up. Local: one process takes it.
///
/// Over NFS the system turns it into a lock of the server's, which also holds between nodes. On Lustre it holds
/// between nodes if the file system is mounted with `flock`. Where a file system has no locks at all,
/// `isEffective` is false.
public final class DirectoryLock: Sendable {
    public static let fileName = "run.lock"

    public let path: String
    /// False where the file system has no locks: another process would not be noticed.
    public let isEffective: Bool
    private let descriptor: Int32

    /// A run that was killed a moment ago may still be about to end.
    private static let attempts = 20
    private static let microsecondsBetween: UInt32 = 50_000

    /// Takes the lock of a directory, which must exist.
    /// - Throws: `OutputDirectoryError`: `.inUse` after one second, `.notWritable`.
    public init(_ directory: String) throws(OutputDirectoryError) {
        path = "\(directory)/\(Self.fileName)"
        var holder = ""
        for attempt in 0..<Self.attempts {
            if attempt > 0 { usleep(Self.microsecondsBetween) }
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard file >= 0 else {
                let error = FileSystemError(operation: "create", path: path, code: errno)
                throw .notWritable(directory: directory, reason: error.reason)
            }
            let outcome = Self.lock(file)
            // The run that had it removes the file: a lock on what has no name any more is worth nothing.
            if outcome != EWOULDBLOCK, FileSystem.names(path, file) {
                descriptor = file
                isEffective = outcome == 0
                Self.sign(file)
                return
            }
            holder = (try? FileSystem.read(path)).map { String(decoding: $0.prefix(200), as: UTF8.self) } ?? ""
            _ = close(file)
        }
        holder = String(holder.split(separator: "\n").first ?? "")
        throw .inUse(directory: directory, holder: holder.isEmpty ? "it has not said who it is" : holder)
    }

    deinit {
        if isInPlace { _ = unlink(path) }
        _ = close(descriptor)
    }

    /// Whether the file is still where it was: directories may be removed or renamed under a run.
    public var isInPlace: Bool { FileSystem.names(path, descriptor) }

    /// 0, or the system's error number.
    private static func lock(_ file: Int32) -> Int32 {
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            if errno != EINTR { return errno }
        }
        return 0
    }

    /// For people: who has the lock.
    private static func sign(_ file: Int32) {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        var text =
            "host \(String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)), process \(getpid())"
        if let job = getenv("SLURM_JOB_ID") { text += ", Slurm job \(String(cString: job))" }
        // A full disk must not keep a run from starting: the lock holds without its text.
        if ftruncate(file, 0) == 0 { try? FileSystem.writeAll(Array((text + "\n").utf8), to: file, path: fileName) }
    }
}
