import Communication
import RunFiles

/// Writes the checkpoints of a run, each once. All ranks call every method together.
final class CheckpointWriter {
    /// On rank 0.
    private let output: RunOutput?
    private let conditions: StopConditions?
    private let world: Communicator
    /// The step of the last checkpoint of this part of the run.
    private var savedStep: Int?

    /// - Parameter conditions: on rank 0; the time that checkpoints take counts.
    init(_ output: RunOutput?, _ conditions: StopConditions?, on world: Communicator) {
        self.output = output
        self.conditions = conditions
        self.world = world
    }

    /// Lets the next checkpoint be written even if there is one of this step.
    func forget() { savedStep = nil }

    /// Writes the checkpoint of a step, unless it has been. Collective.
    ///
    /// - Parameters:
    ///   - mustSucceed: whether a file that cannot be written is an error: at the end there is no later.
    ///   - make: makes the checkpoint, on rank 0; collective.
    /// - Returns: whether it was made.
    /// - Throws: what `make` throws; `CollectiveFailure`.
    @discardableResult
    func save(step: Int, mustSucceed: Bool, _ make: () throws -> Checkpoint?) throws -> Bool {
        let isNew = savedStep != step || (mustSucceed && output?.problem != nil)
        if isNew {
            if let checkpoint = try make() { output?.write(checkpoint, timedBy: conditions) }
            savedStep = step
        }
        guard mustSucceed else { return isNew }
        try world.collectively {
            if let problem = output?.problem { throw OutputLostError(problem: problem) }
        }
        return isNew
    }
}

/// Files that could not be written until the end.
struct OutputLostError: Error, CustomStringConvertible {
    let problem: String

    var description: String { "the end of the run is not on the disk: \(problem); what was written before is whole" }
}
