#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a directory cannot take a run's output. Nothing in it has been touched.
public enum OutputDirectoryError: Error, Equatable, Sendable, CustomStringConvertible {
    case notADirectory(String)
    /// It cannot be made or written in; `reason` is the operating system's.
    case notWritable(directory: String, reason: String)
    /// It holds a run, and continuing one was not asked for.
    case occupied(directory: String, file: String)
    /// A run's name is part of a file name.
    case invalidName(String)
    /// Another process has it; `holder` says which.
    case inUse(directory: String, holder: String)
    /// An earlier start of the Slurm job that this process is part of has it, and has not ended in time.
    case heldBySameJob(directory: String, holder: String)
    /// Its file `STOP` keeps runs from starting.
    case stopped(directory: String)

    public var description: String {
        switch self {
        case .notADirectory(let path):
            "the output directory \(path) is a file"
        case .notWritable(let directory, let reason):
            "cannot write to the output directory \(directory): \(reason)"
        case .occupied(let directory, let file):
            "the output directory \(directory) already holds a run (\(file))"
        case .invalidName(let name): "a run cannot be called \"\(name)\": it names a file"
        case .inUse(let directory, let holder):
            "another run is writing to the output directory \(directory) (\(holder))"
        case .heldBySameJob(let directory, let holder):
            "an earlier start of this Slurm job still has the output directory \(directory) (\(holder))"
        case .stopped(let directory): "\(directory)/STOP keeps runs from starting there; remove it to go on"
        }
    }
}

/// The directory a run writes to. Used by one process.
public struct OutputDirectory: Sendable {
    public let path: String
    /// The run's name, after its configuration file.
    public let name: String

    public var checkpoint: String { "\(path)/\(Checkpoint.fileName)" }
    public var stepLog: String { "\(path)/log.jsonl" }
    /// What is measured along an evolution in time.
    public var observables: String { "\(path)/observables.jsonl" }
    public var netKetLog: String { "\(path)/\(name).log" }
    /// What an estimate of the final energy that was ended had found.
    public var partialEstimate: String { "\(path)/estimate.h5" }
    public var configuration: String { "\(path)/config.yaml" }
    public var summary: String { "\(path)/summary.json" }
    /// A file that a user makes to end the run.
    public var stopFile: String { "\(path)/STOP" }

    /// Prepares a directory for a run: it is created with those it is in, and must be writable.
    /// - Parameter resuming: whether the run in it is to be continued. Otherwise there must be none.
    /// - Throws: `OutputDirectoryError`.
    public static func prepare(
        _ path: String, name: String, resuming: Bool
    ) throws(OutputDirectoryError) -> OutputDirectory {
        guard !name.isEmpty, !name.contains("/"), !name.utf8.contains(0) else {
            throw .invalidName(name)
        }
        let directory = OutputDirectory(path: path, name: name)
        try directory.create()
        if !resuming { try directory.requireUnused() }
        try directory.requireWritable()
        return directory
    }

    private init(path: String, name: String) {
        let trimmed = path.reversed().drop { $0 == "/" }.reversed()
        self.path = trimmed.isEmpty ? (path.isEmpty ? "." : "/") : String(trimmed)
        self.name = name
    }

    private func create() throws(OutputDirectoryError) {
        do {
            if let kind = try FileSystem.kind(of: path), kind != .directory {
                throw OutputDirectoryError.notADirectory(path)
            }
            try FileSystem.createDirectories(path)
        } catch let error as OutputDirectoryError {
            throw error
        } catch let error as FileSystemError {
            // The part that could not be made may be a directory above.
            let place = error.path == path ? "" : " (\(error.path))"
            throw .notWritable(directory: path, reason: error.reason + place)
        } catch {
            throw .notWritable(directory: path, reason: "\(error)")
        }
    }

    /// - Throws: `OutputDirectoryError` if the directory holds a run.
    public func requireUnused() throws(OutputDirectoryError) {
        let ours = [
            Checkpoint.fileName, Checkpoint.previousFileName, "log.jsonl", "observables.jsonl", "\(name).log",
            "config.yaml", "summary.json",
        ]
        for file in ours {
            do {
                guard try FileSystem.kind(of: "\(path)/\(file)") == nil else {
                    throw OutputDirectoryError.occupied(directory: path, file: file)
                }
            } catch let error as OutputDirectoryError {
                throw error
            } catch {
                throw .notWritable(directory: path, reason: "\(error)")
            }
        }
    }

    /// - Throws: `OutputDirectoryError` if a file `STOP` keeps runs from starting.
    public func requireNotStopped() throws(OutputDirectoryError) {
        if access(stopFile, F_OK) == 0 { throw .stopped(directory: path) }
    }

    /// By trying: permissions, quotas and read-only mounts all have a say.
    private func requireWritable() throws(OutputDirectoryError) {
        let probe = "\(path)/.write-test-\(getpid())"
        let descriptor = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            let reason = FileSystemError(operation: "create", path: probe, code: errno).reason
            throw .notWritable(directory: path, reason: reason)
        }
        _ = close(descriptor)
        _ = unlink(probe)
    }

    /// The text of `config.yaml`, or nil if there is none.
    /// - Throws: `FileSystemError`.
    public func storedConfiguration() throws -> String? {
        guard try FileSystem.kind(of: configuration) != nil else { return nil }
        return String(decoding: try FileSystem.read(configuration), as: UTF8.self)
    }

    /// Writes `config.yaml`; it is whole at every moment.
    /// - Throws: `FileSystemError`.
    public func writeConfiguration(_ text: String) throws {
        try FileSystem.replace(configuration, with: text)
    }

    /// Writes `summary.json`; it is whole at every moment.
    /// - Throws: `FileSystemError`.
    public func writeSummary(_ value: JSONValue) throws {
        try FileSystem.replace(summary, with: JSONWriter.encode(value, style: .pretty) + [0x0a])
    }
}
