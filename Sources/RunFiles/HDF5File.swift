import CHDF5

/// An open HDF5 file: on disk, or as bytes in memory. It closes when released; a writer calls `close`
/// to learn whether everything reached the disk. Local; not for several threads at once.
///
/// Reading trusts nothing the file claims: element type, shape and size are compared with what the
/// caller expects and with the size of the file before any memory is taken. HDF5 itself is not robust
/// against damaged files, so a file that may be damaged belongs under a checksum, as checkpoints are.
public final class HDF5File {
    /// What messages call the file.
    public let name: String
    private var handle: Int64?
    /// Bytes in the file when it was opened for reading; nil while writing.
    private let readLimit: UInt64?

    private init(name: String, handle: Int64, readLimit: UInt64?) {
        self.name = name
        self.handle = handle
        self.readLimit = readLimit
    }

    deinit {
        if let handle { _ = chdf5_close_file(handle) }
    }

    /// Creates a file that must not exist yet.
    /// - Throws: `HDF5Error`.
    public static func create(at path: String) throws -> HDF5File {
        var handle: Int64 = -1
        guard chdf5_create_file(path, &handle) == 0 else { throw libraryError(file: path) }
        return HDF5File(name: path, handle: handle, readLimit: nil)
    }

    /// Starts a file in memory, whose bytes `image()` returns.
    /// - Throws: `HDF5Error`.
    public static func createInMemory(name: String = "HDF5 file in memory") throws -> HDF5File {
        var handle: Int64 = -1
        guard chdf5_create_in_memory(&handle) == 0 else { throw libraryError(file: name) }
        return HDF5File(name: name, handle: handle, readLimit: nil)
    }

    /// Opens a file for reading.
    /// - Throws: `HDF5Error`.
    public static func open(_ path: String) throws -> HDF5File {
        var handle: Int64 = -1
        guard chdf5_open_file(path, &handle) == 0 else { throw libraryError(file: path) }
        var size: UInt64 = 0
        guard chdf5_file_size(handle, &size) == 0 else {
            let error = libraryError(file: path)
            _ = chdf5_close_file(handle)
            throw error
        }
        return HDF5File(name: path, handle: handle, readLimit: size)
    }

    /// Opens the bytes of a file for reading. They are copied.
    /// - Throws: `HDF5Error`.
    public static func open(image: ArraySlice<UInt8>, name: String) throws -> HDF5File {
        var handle: Int64 = -1
        let status = image.withUnsafeBytes { chdf5_open_image($0.baseAddress, $0.count, &handle) }
        guard status == 0 else { throw libraryError(file: name) }
        return HDF5File(name: name, handle: handle, readLimit: UInt64(image.count))
    }

    /// The bytes of a file being written in memory, preceded by `prefix` zero bytes.
    /// - Throws: `HDF5Error`.
    public func image(prefix: Int = 0) throws -> [UInt8] {
        let file = try openHandle()
        var size = 0
        guard chdf5_file_image(file, nil, 0, &size) == 0 else { throw libraryError("/") }
        var bytes = [UInt8](repeating: 0, count: prefix + size)
        let status = bytes.withUnsafeMutableBytes { buffer -> Int32 in
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[prefix...])
            return chdf5_file_image(file, target.baseAddress, target.count, &size)
        }
        guard status == 0, prefix + size == bytes.count else { throw libraryError("/") }
        return bytes
    }

    /// Closes the file; nothing can be done with it afterwards.
    /// - Throws: `HDF5Error` if the last bytes could not be written.
    public func close() throws {
        guard let file = handle else { return }
        handle = nil
        guard chdf5_close_file(file) == 0 else { throw libraryError("/") }
    }

    // MARK: Objects

    public enum ObjectKind: String, Sendable { case group, dataset, other }

    /// What is at `path`, or nil if nothing is.
    /// - Throws: `HDF5Error`.
    public func kind(of path: String) throws -> ObjectKind? {
        try requireValid(path)
        if path == "/" { return .group }
        var kind: Int32 = 0
        try check(chdf5_object_kind(openHandle(), path, &kind), path)
        switch Int(kind) {
        case CHDF5_ABSENT: return nil
        case CHDF5_GROUP: return .group
        case CHDF5_DATASET: return .dataset
        default: return .other
        }
    }

    /// The names in a group, sorted.
    /// - Throws: `HDF5Error`; `.missing` if there is no such group.
    public func children(of group: String) throws -> [String] {
        try require(.group, at: group)
        let file = try openHandle()
        var count: UInt64 = 0
        try check(chdf5_child_count(file, group, &count), group)
        return try names(count: count, of: group) { chdf5_child_name(file, group, $0, $1, $2) }
    }

    /// Creates a group, and those it is in.
    /// - Throws: `HDF5Error`.
    public func createGroup(_ path: String) throws {
        try requireValid(path)
        try check(chdf5_create_group(openHandle(), path), path)
    }

    // MARK: For the extensions

    package func openHandle() throws -> Int64 {
        guard let handle else { throw error("", .unwritable("the file has been closed")) }
        return handle
    }

    package func error(_ object: String, _ reason: HDF5Error.Reason) -> HDF5Error {
        HDF5Error(file: name, object: object, reason: reason)
    }

    package func check(_ status: Int32, _ object: String) throws {
        guard status == 0 else { throw libraryError(object) }
    }

    /// Refuses what HDF5 would cut off (a NUL) or take as a place of its own (an empty or a "." part).
    package func requireValid(_ path: String) throws {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let names = path.hasPrefix("/") ? parts.dropFirst() : parts[...]
        let valid = path == "/" || names.allSatisfy { !$0.isEmpty && $0 != "." && !$0.utf8.contains(0) }
        guard valid else { throw error(path, .unwritable("not a name HDF5 can hold")) }
    }

    package func require(_ expected: ObjectKind, at path: String) throws {
        guard let found = try kind(of: path) else { throw error(path, .missing) }
        guard found == expected else {
            throw error(path, .wrongType(expected: "a \(expected.rawValue)", found: found.rawValue))
        }
    }

    /// The most bytes that any content of this file may claim.
    package var contentLimit: UInt64 { readLimit ?? UInt64(Int.max) }

    package func names(
        count: UInt64, of object: String,
        _ fetch: (UInt64, UnsafeMutablePointer<CChar>?, Int) -> Int32
    ) throws -> [String] {
        let longest = 4096
        var buffer = [CChar](repeating: 0, count: longest)
        return try (0..<count).map { index in
            let status = buffer.withUnsafeMutableBufferPointer { fetch(index, $0.baseAddress, longest) }
            try check(status, object)
            let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func libraryError(_ object: String) -> HDF5Error {
        Self.libraryError(file: name, object: object)
    }

    private static func libraryError(file: String, object: String = "") -> HDF5Error {
        let message = chdf5_error_message().map { String(cString: $0) } ?? "HDF5 gave no reason"
        return HDF5Error(file: file, object: object, reason: .library(message))
    }
}
