#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whole-file reading and writing that survives a crash at any moment. Local: one process writes.
///
/// Foundation's atomic writes neither synchronise the file nor its directory, and report no system
/// error number.
public enum FileSystem {
    public enum EntryKind: Sendable { case file, directory, other }

    /// What is at `path` (links followed), or nil if nothing is.
    /// - Throws: `FileSystemError` if that cannot be found out.
    public static func kind(of path: String) throws -> EntryKind? {
        var information = stat()
        guard stat(path, &information) == 0 else {
            let code = errno
            if code == ENOENT { return nil }
            throw FileSystemError(operation: "look at", path: path, code: code)
        }
        switch information.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        default: return .other
        }
    }

    /// Whether `path` still names the file that `descriptor` was opened on.
    package static func names(_ path: String, _ descriptor: Int32) -> Bool {
        var (named, opened) = (stat(), stat())
        guard stat(path, &named) == 0, fstat(descriptor, &opened) == 0 else { return false }
        return named.st_dev == opened.st_dev && named.st_ino == opened.st_ino
    }

    /// The content of a regular file.
    /// - Throws: `FileSystemError`.
    public static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)  // a FIFO must not make it wait
        guard descriptor >= 0 else { throw FileSystemError(operation: "open", path: path, code: errno) }
        defer { _ = close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            throw FileSystemError(operation: "look at", path: path, code: errno)
        }
        switch information.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw FileSystemError(operation: "read", path: path, code: EISDIR)
        default: throw FileSystemError(operation: "read", path: path, code: EINVAL)
        }
        let size = Int(information.st_size)
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size, let start = buffer.baseAddress {
                let got = systemRead(descriptor, start + count, size - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                count += got
            }
        }
        guard failure == 0 else { throw FileSystemError(operation: "read", path: path, code: failure) }
        return bytes
    }

    /// Replaces the content of `path`: a new file beside it (`path` + ".part") is written, synchronised
    /// and renamed over it, and the directory synchronised. At every moment `path` is whole: old or new.
    /// - Throws: `FileSystemError`; `path` is then unchanged.
    public static func replace(_ path: String, with bytes: [UInt8]) throws {
        let part = try writePart(of: path, bytes)
        try rename(part, to: path)
        try synchroniseDirectory(of: path)
    }

    /// The same for text, in UTF-8.
    public static func replace(_ path: String, with text: String) throws {
        try replace(path, with: Array(text.utf8))
    }

    /// Writes and synchronises `path` + ".part" and returns its name; removes it on failure.
    package static func writePart(of path: String, _ bytes: [UInt8]) throws -> String {
        let part = path + ".part"
        let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileSystemError(operation: "create", path: part, code: errno) }
        do {
            try writeAll(bytes, to: descriptor, path: part)
            guard fsync(descriptor) == 0 else {
                throw FileSystemError(operation: "synchronise", path: part, code: errno)
            }
        } catch {
            _ = close(descriptor)
            _ = unlink(part)
            throw error
        }
        // Network file systems report a full disk as late as here.
        guard close(descriptor) == 0 else {
            let code = errno
            _ = unlink(part)
            throw FileSystemError(operation: "write to", path: part, code: code)
        }
        return part
    }

    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else {
                    throw FileSystemError(
                        operation: "write to", path: path, code: count < 0 ? errno : ENOSPC)
                }
                written += count
            }
        }
    }

    /// Removes a file, if it is there.
    /// - Throws: `FileSystemError`.
    public static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw FileSystemError(operation: "remove", path: path, code: errno)
        }
    }

    package static func rename(_ path: String, to target: String) throws {
        guard systemRename(path, target) == 0 else {
            throw FileSystemError(operation: "rename \(path) to", path: target, code: errno)
        }
    }

    /// Makes the renames and links in a file's directory permanent.
    package static func synchroniseDirectory(of path: String) throws {
        let directory = parent(of: path)
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileSystemError(operation: "open", path: directory, code: errno)
        }
        defer { _ = close(descriptor) }
        // Some file systems cannot synchronise a directory, and say so by EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
            throw FileSystemError(operation: "synchronise", path: directory, code: errno)
        }
    }

    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Creates a directory and those it is in; one that exists is fine.
    /// - Throws: `FileSystemError` naming the directory that could not be made.
    public static func createDirectories(_ path: String) throws {
        if try kind(of: path) == .directory { return }
        let parent = parent(of: path)
        if parent != path && parent != "." && parent != "/" { try createDirectories(parent) }
        guard mkdir(path, 0o777) == 0 else {
            let code = errno
            if code == EEXIST, try kind(of: path) == .directory { return }
            throw FileSystemError(operation: "create the directory", path: path, code: code)
        }
    }
}

// Inside FileSystem the names `read` and `rename` mean its own functions.
private func systemRename(_ path: String, _ target: String) -> Int32 { rename(path, target) }
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
