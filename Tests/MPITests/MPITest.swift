import Communication
import DistQGT

/// A test that runs on all ranks at once.
///
/// The body receives a communicator of its own over all ranks: its counters start from zero, and
/// what a test leaves behind does not reach the next one. All ranks run the body; failed checks are
/// recorded and the body goes on, so the ranks stay together. An error thrown by the body ends the
/// whole job, because the other ranks may be waiting.
struct MPITest: Sendable {
    let name: String
    /// The fewest ranks on which the test means something.
    let minimumSize: Int
    /// Whether ranks exchange numbers through memory of their node, as the program's do.
    let sharesMemory: Bool
    let body: @Sendable (Communicator) throws -> Void

    init(
        _ name: String, minimumSize: Int = 1, sharesMemory: Bool = true,
        _ body: @escaping @Sendable (Communicator) throws -> Void
    ) {
        self.name = name
        self.minimumSize = minimumSize
        self.sharesMemory = sharesMemory
        self.body = body
    }
}
