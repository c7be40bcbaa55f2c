#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Checkpoint {
    public static let fileName = "checkpoint.h5"
    public static let previousFileName = "checkpoint.previous.h5"

    /// Makes this the checkpoint in `directory` and keeps the one before as `checkpoint.previous.h5`.
    ///
    /// The new file is written and synchronised beside the old one before either name changes, and
    /// each change of name is one atomic operation: after a crash at any moment `checkpoint.h5` is
    /// whole, new or old. A damaged file is not kept as the previous one.
    /// - Throws: `FileSystemError`, `HDF5Error`; the checkpoints on the disk are then as they were.
    public func write(to directory: String) throws {
        let path = "\(directory)/\(Self.fileName)"
        let part = try FileSystem.writePart(of: path, try encoded())
        try Self.keepPrevious(in: directory)
        try FileSystem.rename(part, to: path)
        try FileSystem.synchroniseDirectory(of: path)
    }

    private static func keepPrevious(in directory: String) throws {
        let path = "\(directory)/\(fileName)"
        let previous = "\(directory)/\(previousFileName)"
        guard let bytes = try? FileSystem.read(path),
            (try? CheckpointSeal.open(bytes, version: formatVersion, path: path)) != nil
        else { return }
        var part = "\(previous).part"
        _ = unlink(part)
        // A second name for the same file. Where the file system has no such thing, a copy.
        if link(path, part) != 0 { part = try FileSystem.writePart(of: previous, bytes) }
        try FileSystem.rename(part, to: previous)
        // Renaming between two names of one file does nothing, and leaves this one.
        _ = unlink(part)
    }

    /// Whether there is anything to resume from, whole or not: the checkpoint or the one before it.
    /// - Throws: `FileSystemError` if that cannot be found out.
    public static func exists(in directory: String) throws -> Bool {
        try [fileName, previousFileName].contains { try FileSystem.kind(of: "\(directory)/\($0)") != nil }
    }

    /// A checkpoint and the file it came from.
    public struct Loaded: Sendable {
        public let checkpoint: Checkpoint
        public let path: String
        /// Why `checkpoint.h5` was passed over for the one before it; nil if it was not.
        public let passedOver: CheckpointError?
    }

    /// Loads the checkpoint of a directory.
    /// - Parameter fallingBack: whether `checkpoint.previous.h5` will do where `checkpoint.h5` cannot be
    ///   used.
    /// - Throws: `CheckpointError` about `checkpoint.h5`.
    public static func load(
        from directory: String, fallingBack: Bool = false
    ) throws(CheckpointError) -> Loaded {
        let path = "\(directory)/\(fileName)"
        do {
            return Loaded(checkpoint: try load(file: path), path: path, passedOver: nil)
        } catch {
            let previous = "\(directory)/\(previousFileName)"
            guard fallingBack, let checkpoint = try? load(file: previous) else { throw error }
            return Loaded(checkpoint: checkpoint, path: previous, passedOver: error)
        }
    }

    /// Loads one checkpoint file.
    /// - Throws: `CheckpointError`.
    public static func load(file path: String) throws(CheckpointError) -> Checkpoint {
        let bytes: [UInt8]
        do {
            bytes = try FileSystem.read(path)
        } catch let error as FileSystemError where error.isMissingFile {
            throw CheckpointError(path: path, problem: .notFound)
        } catch let error as FileSystemError {
            throw CheckpointError(path: path, problem: .unreadable(error.reason))
        } catch {
            throw CheckpointError(path: path, problem: .unreadable("\(error)"))
        }
        return try Checkpoint(decoding: bytes, path: path)
    }
}
