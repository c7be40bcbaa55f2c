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

    /// The number of the Slurm job that this process is part of, as the environment has it.
    public static var jobOfEnvironment: String? { getenv("SLURM_JOB_ID").map { String(cString: $0) } }

    /// Takes the lock of a directory, which must exist. Where an earlier start of the same Slurm job has it, on a node
    /// that was cut off for instance, that one will end soon, and is waited for.
    /// - Parameters:
    ///   - job: the number of the own job, which the file then names; nil without one.
    ///   - patience: seconds for which an earlier start of the same job is waited for.
    ///   - waiting: told once, after a second, who is waited for.
    /// - Throws: `OutputDirectoryError`: `.inUse` after one second, `.heldBySameJob`, `.notWritable`.
    public init(
        _ directory: String, job: String? = jobOfEnvironment, patience: Double = 30,
        waiting: (_ holder: String) -> Void = { _ in }
    ) throws(OutputDirectoryError) {
        path = "\(directory)/\(Self.fileName)"
        var holder = ""
        var isOwnJob = false
        let patientAttempts = Int(patience * 1e6 / Double(Self.microsecondsBetween))
        var attempt = 0
        while attempt < (isOwnJob ? max(Self.attempts, patientAttempts) : Self.attempts) {
            if attempt > 0 { usleep(Self.microsecondsBetween) }
            if isOwnJob, attempt == Self.attempts { waiting(holder) }
            attempt += 1
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
                Self.sign(file, job)
                return
            }
            let text = (try? FileSystem.read(path)).map { String(decoding: $0.prefix(200), as: UTF8.self) } ?? ""
            _ = close(file)
            holder = String(text.split(separator: "\n").first ?? "")
            isOwnJob = job.map { holder.hasSuffix(Self.signature(of: $0)) } ?? false
        }
        if isOwnJob { throw .heldBySameJob(directory: directory, holder: holder) }
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

    private static func signature(of job: String) -> String { ", Slurm job \(job)" }

    /// Who has the lock: for people, and for later starts of the same job.
    private static func sign(_ file: Int32, _ job: String?) {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        var text =
            "host \(String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)), process \(getpid())"
        if let job { text += signature(of: job) }
        // A full disk must not keep a run from starting: the lock holds without its text.
        if ftruncate(file, 0) == 0 { try? FileSystem.writeAll(Array((text + "\n").utf8), to: file, path: fileName) }
    }
}
