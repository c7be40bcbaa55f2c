/// Why a checkpoint cannot be used.
public struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Problem: Equatable, Sendable {
        case notFound
        /// The operating system did not give its bytes.
        case unreadable(String)
        case notHDF5
        /// Bytes are missing or have changed.
        case damaged(String)
        /// An HDF5 file that this program did not write.
        case foreign
        case newerVersion(found: Int, supported: Int)
        case missing(String)
        case wrongType(String, expected: String, found: String)
        case wrongShape(String, expected: [Int], found: [Int])
    }

    public let path: String
    public let problem: Problem

    public init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    /// An error met inside an intact checkpoint.
    package init(_ error: HDF5Error) {
        path = error.file
        switch error.reason {
        case .missing: problem = .missing(error.object)
        case .wrongType(let expected, let found):
            problem = .wrongType(error.object, expected: expected, found: found)
        case .wrongShape(let expected, let found):
            problem = .wrongShape(error.object, expected: expected, found: found)
        case .largerThanFile, .unwritable, .library: problem = .damaged(error.description)
        }
    }

    public var description: String {
        switch problem {
        case .notFound: "no checkpoint at \(path)"
        case .unreadable(let reason): "cannot read the checkpoint \(path): \(reason)"
        case .notHDF5: "\(path) is not a checkpoint: it is not an HDF5 file"
        case .damaged(let what): "the checkpoint \(path) is damaged: \(what)"
        case .foreign: "\(path) is an HDF5 file, but not a checkpoint of dist-vmc"
        case .newerVersion(let found, let supported):
            "the checkpoint \(path) has format version \(found); this program reads up to \(supported)"
        case .missing(let name): "the checkpoint \(path) has no \(name)"
        case .wrongType(let name, let expected, let found):
            "the checkpoint \(path) holds \(name) as \(found), expected \(expected)"
        case .wrongShape(let name, let expected, let found):
            "the checkpoint \(path) holds \(name) with shape \(found), expected \(expected)"
        }
    }
}
