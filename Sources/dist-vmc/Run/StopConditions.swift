import DistQGT
import Foundation

/// When the run has to be over, and what says so.
struct TimeLimit {
    /// Seconds of the system's clock.
    let end: Double
    let words: String

    /// Of Slurm's time, what is kept for leaving MPI and for slow file systems.
    private static func reserve(_ seconds: Double) -> Double { min(30, 0.05 * seconds) }

    /// `run.time_limit`, or without one what Slurm leaves.
    init?(_ interruption: Interruption, configured seconds: Double?) {
        if let seconds {
            end = interruption.start + seconds
            words = "run.time_limit: \(FigureText.duration(seconds))"
        } else if let job = interruption.job, case .seconds(let left) = job.remaining {
            end = interruption.start + left - Self.reserve(left)
            words = "Slurm's time limit for job \(job.id)"
        } else {
            return nil
        }
    }
}

/// Why rank 0 ends a run before its last step: a signal, the file `STOP`, or time that does not suffice for another
/// step and a checkpoint, if those take as long as they have taken so far.
final class StopConditions {
    /// What is met, in words; nil as long as nothing is.
    private(set) var reason: String?
    private let stopFile: String
    private let limit: TimeLimit?
    private var lastCheck: Double
    /// Seconds: the longest time between two checks, and the longest that a checkpoint took.
    private var longestStep = 0.0
    private var longestSaving = 0.0

    init(stopFile: String, limit: TimeLimit?) {
        self.stopFile = stopFile
        self.limit = limit
        lastCheck = Interruption.now
    }

    /// To be asked once per step.
    func areMet(anyRankIsSignalled: Bool) -> Bool {
        let now = Interruption.now
        longestStep = max(longestStep, now - lastCheck)
        lastCheck = now
        if let signal = Interruption.signal {
            reason = signal
        } else if anyRankIsSignalled {
            reason = "a signal to another rank"
        } else if access(stopFile, F_OK) == 0 {
            reason = stopFile
        } else if let limit, now + longestStep + longestSaving >= limit.end {
            reason = limit.words
        }
        return reason != nil
    }

    func timeSaving(_ body: () -> Void) {
        let start = Interruption.now
        body()
        longestSaving = max(longestSaving, Interruption.now - start)
    }
}
