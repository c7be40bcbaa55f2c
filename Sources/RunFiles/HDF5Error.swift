/// A failure in reading or writing an HDF5 file: which file, which object in it, and what.
public struct HDF5Error: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: Equatable, Sendable {
        /// No object (or attribute) of that name.
        case missing
        /// An object of another kind (group or dataset) or another element type.
        case wrongType(expected: String, found: String)
        case wrongShape(expected: [Int], found: [Int])
        /// The dataset claims more bytes than its file has.
        case largerThanFile(bytes: String, fileBytes: UInt64)
        /// What was asked of this program cannot be written: a name HDF5 does not have, or values that
        /// do not fill the shape.
        case unwritable(String)
        /// HDF5's own words.
        case library(String)
    }

    public let file: String
    /// Path inside the file; an attribute is written `path@name`.
    public let object: String
    public let reason: Reason

    public init(file: String, object: String, reason: Reason) {
        self.file = file
        self.object = object
        self.reason = reason
    }

    public var description: String {
        let place = object.isEmpty ? file : "\(file): \(object)"
        switch reason {
        case .missing: return "\(place): missing"
        case .wrongType(let expected, let found): return "\(place): expected \(expected), found \(found)"
        case .wrongShape(let expected, let found):
            return "\(place): expected shape \(expected), found \(found)"
        case .largerThanFile(let bytes, let fileBytes):
            return "\(place): claims \(bytes) bytes of data in a file of \(fileBytes) bytes"
        case .unwritable(let text), .library(let text): return "\(place): \(text)"
        }
    }
}
