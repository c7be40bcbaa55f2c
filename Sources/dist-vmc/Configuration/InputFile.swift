import Communication
import DistQGT
import Foundation

/// A file that a user names.
struct InputFile {
    let path: String

    /// The largest file that is read.
    static let maximumBytes = 64 << 20

    /// The name that messages give to the file.
    var name: String { path }

    /// The name without directories and without its extension.
    var baseName: String {
        let last = path.split(separator: "/").last.map(String.init) ?? path
        guard let dot = last.lastIndex(of: "."), dot != last.startIndex else { return last }
        return String(last[..<dot])
    }

    /// The bytes of the file, read by rank 0 and given to every rank. Collective.
    ///
    /// - Throws: on every rank alike, with exit status 2, if the file cannot be read.
    func bytes(on communicator: Communicator) throws -> [UInt8] {
        // It need only be on rank 0's host.
        let place = communicator.size > 1 ? " on \(MPIEnvironment.processorName)" : ""
        return try communicator.broadcast { try read(place) }
    }

    /// The text of the file, as `bytes(on:)`.
    ///
    /// - Throws: also for bytes that are not UTF-8.
    func text(on communicator: Communicator) throws -> String {
        let bytes = try bytes(on: communicator)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error("is not text in UTF-8")
        }
        return text
    }

    private func error(_ problem: String) -> ConfigurationError {
        ConfigurationError(problem, at: Origin(source: name, line: nil))
    }

    /// - Parameter place: where, for messages.
    private func read(_ place: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error("cannot be read\(place): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        let piece = 1 << 20
        while bytes.count <= Self.maximumBytes {
            var failure: Int32 = 0
            let buffer = [UInt8](unsafeUninitializedCapacity: piece) { storage, count in
                let received = Foundation.read(descriptor, storage.baseAddress, piece)
                failure = received < 0 ? errno : 0
                count = max(received, 0)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw error("cannot be read\(place): \(String(cString: strerror(failure)))") }
            if buffer.isEmpty { return bytes }
            bytes += buffer
        }
        throw error("is larger than \(Self.maximumBytes >> 20) MB")
    }
}

extension Configuration {
    /// Reads a configuration on rank 0 and checks it on every rank. Collective.
    ///
    /// - Throws: on every rank alike.
    init(file: InputFile, overrides: [String], for purpose: Purpose, on communicator: Communicator) throws {
        var root = try ConfigurationNode(yaml: file.text(on: communicator), source: file.name)
        for argument in overrides { root = try Override(argument: argument).applied(to: root) }
        try self.init(root, for: purpose)
    }
}
