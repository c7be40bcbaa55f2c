#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A failure of the operating system on a file: what was attempted, where, and the system's reason.
public struct FileSystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// As it reads after "cannot": "open", "write to", ….
    public let operation: String
    public let path: String
    /// The system's error number.
    public let code: Int32

    public init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// True where the file (or a directory on the way to it) does not exist.
    public var isMissingFile: Bool { code == ENOENT }

    /// The system's text for the error number.
    public var reason: String { String(cString: strerror(code)) }

    public var description: String { "cannot \(operation) \(path): \(reason)" }
}
