internal import CMPI

/// A failed MPI call, with MPI's own words.
public struct MPIError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The MPI function that failed, for instance `MPI_Bcast`.
    public let call: String
    /// The error code that the function returned; its meaning depends on the MPI library.
    public let code: Int32
    /// MPI's text for the code, or what was wrong with an argument that MPI never saw.
    public let message: String

    public var description: String { "\(call): \(message)" }

    /// Throws if `code`, returned by the MPI function `call`, is not success.
    package static func check(_ code: Int32, _ call: StaticString) throws(MPIError) {
        if code != 0 { throw MPIError(call: call, code: code) }
    }

    /// The error for a code that MPI returned.
    init(call: StaticString, code: Int32) {
        self.call = "\(call)"
        self.code = code
        message =
            CMPIText.read { cmpi_error_string(code, $0, $1) } ?? "error code \(code) without a text"
    }

    /// An argument refused before MPI was called.
    package static func invalidArgument(_ call: StaticString, _ message: String) -> MPIError {
        MPIError(call: "\(call)", code: cmpi_error_argument(), message: message)
    }

    /// A root outside the communicator, refused before MPI was called.
    static func invalidRoot(_ call: StaticString, root: Int, size: Int) -> MPIError {
        MPIError(
            call: "\(call)", code: cmpi_error_root(),
            message: "rank \(root) is not one of the \(size) ranks of the communicator")
    }

    /// A communicator that was freed.
    static func freedCommunicator(_ call: StaticString) -> MPIError {
        MPIError(
            call: "\(call)", code: cmpi_error_communicator(), message: "the communicator was freed")
    }

    private init(call: String, code: Int32, message: String) {
        self.call = call
        self.code = code
        self.message = message
    }
}

/// Reads the texts that the shim writes into a caller's buffer.
enum CMPIText {
    /// The text that `write` puts into a buffer of the given capacity; nil if it returns an error.
    static func read(_ write: (UnsafeMutablePointer<CChar>, Int32) -> Int32) -> String? {
        let capacity = 8192  // the largest MPI_MAX_LIBRARY_VERSION_STRING in use (MPICH)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            buffer.initialize(repeating: 0)
            guard let base = buffer.baseAddress, write(base, Int32(capacity)) == 0 else { return nil }
            return String(cString: base)
        }
    }
}
