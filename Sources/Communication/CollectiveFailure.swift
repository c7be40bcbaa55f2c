/// An error that decides the exit status of the program.
public protocol ExitStatusProviding {
    var exitStatus: Int32 { get }
}

/// An error that every rank throws alike: what all ranks derive from the same data, for instance a
/// configuration that was broadcast. One rank reports it, and all leave in good order.
///
/// An error that a rank may throw alone must not conform: the other ranks would wait for it forever.
public protocol CollectiveError: Error {}

/// A failure that happened on one rank and that all ranks of a communicator know.
public struct CollectiveFailure: CollectiveError, ExitStatusProviding, Equatable,
    CustomStringConvertible
{
    /// The text of the error.
    public let message: String
    public let exitStatus: Int32

    public init(message: String, exitStatus: Int32 = 1) {
        self.message = message
        self.exitStatus = exitStatus
    }

    public var description: String { message }
}

extension Communicator {
    /// Runs `body` on `root` only and gives its bytes to every rank: how a file is read. If it
    /// throws, every rank throws the same ``CollectiveFailure``, with the text and exit status of
    /// the error. Collective; `body` itself must be local.
    public func broadcast(
        from root: Int = 0, bytesOf body: () throws -> [UInt8]
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var failure: CollectiveFailure?
        if rank == root {
            do { bytes = try body() } catch { failure = CollectiveFailure(describing: error) }
        }
        try share(failure, from: root)
        return try broadcast(bytes, from: root)
    }

    /// Runs `body`, which must be local, on every rank. If it throws on some, every rank throws the
    /// ``CollectiveFailure`` of the lowest of these. Collective.
    public func collectively<Result>(_ body: () throws -> Result) throws -> Result {
        var result: Result?
        var failure: CollectiveFailure?
        do { result = try body() } catch { failure = CollectiveFailure(describing: error) }
        let lowest = try allReduce(failure == nil ? size : rank, .minimum)
        if lowest < size { try share(failure, from: lowest) }
        guard let result else { throw CollectiveFailure(message: "rank \(rank) has no result") }
        return result
    }

    /// Throws the failure of `root`, if it has one, on every rank.
    private func share(_ failure: CollectiveFailure?, from root: Int) throws {
        let status = try broadcast(failure.map { Int($0.exitStatus) } ?? -1, from: root)
        guard let exitStatus = Int32(exactly: status), status >= 0 else { return }
        let message = try broadcast(failure?.message ?? "", from: root)
        throw CollectiveFailure(message: message, exitStatus: exitStatus)
    }
}

extension CollectiveFailure {
    init(describing error: any Error) {
        let status = (error as? any ExitStatusProviding)?.exitStatus ?? 1
        // A failure never exits with 0, whatever the error says.
        self.init(message: String(describing: error), exitStatus: status > 0 ? status : 1)
    }
}
