import Communication
import DistQGT
import RunFiles

/// `run.on_divergence: rollback`: what a run returns to when its numbers stop being finite, and how often it has.
///
/// A checkpoint is only good once its parameters have given a finite energy, that is after the next step.
struct Rollback {
    private struct Saved {
        let step: Int
        /// On rank 0.
        let checkpoint: Checkpoint?
    }

    let factor: Double
    /// Returns to one checkpoint.
    let limit: Int
    private var good: Saved
    private var untried: Saved?
    /// Returns to the good checkpoint so far.
    private(set) var returns = 0

    var step: Int { good.step }

    /// - Parameter checkpoint: of what the run starts from, on rank 0.
    init(factor: Double, limit: Int, step: Int, checkpoint: Checkpoint?) {
        self.factor = factor
        self.limit = limit
        good = Saved(step: step, checkpoint: checkpoint)
    }

    mutating func saved(_ checkpoint: Checkpoint?, step: Int) {
        untried = Saved(step: step, checkpoint: checkpoint)
    }

    /// A step from the last checkpoint, or one after it, has been made.
    mutating func stepSucceeded() {
        guard let saved = untried else { return }
        if saved.step > good.step { returns = 0 }
        good = saved
        untried = nil
    }

    /// The bytes of the good checkpoint, on every rank. Collective.
    ///
    /// - Throws: `RollbackError` if there were enough returns to it.
    mutating func takeBack(because error: DivergenceError, on world: Communicator) throws -> [UInt8] {
        guard returns < limit else { throw RollbackError(cause: error, step: good.step, returns: returns) }
        returns += 1
        untried = nil
        return try world.broadcast { try good.checkpoint?.encoded() ?? [] }
    }
}

/// A run that diverged again and again. The same on every rank.
struct RollbackError: CollectiveError, CustomStringConvertible {
    let cause: DivergenceError
    let step: Int
    let returns: Int

    var description: String {
        "\(cause); given up after returning to step \(step) \(returns) time\(returns == 1 ? "" : "s") "
            + "(run.max_rollbacks)"
    }
}
