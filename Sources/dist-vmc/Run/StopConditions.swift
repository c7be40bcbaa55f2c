import Communication
import DistQGT
import Foundation

/// When the run has to be over, and what says so.
struct TimeLimit {
    /// Seconds of the system's clock.
    let end: Double
    let words: String

    /// Of Slurm's time, what is kept for leaving MPI and for slow file systems.
    private static func reserve(_ seconds: Double) -> Double { min(30, 0.05 * seconds) }

    /// A limit that the user sets, or without one what Slurm leaves.
    ///
    /// - Parameter name: of the user's.
    init?(_ interruption: Interruption, configured seconds: Double?, name: String = "run.time_limit") {
        if let seconds {
            end = interruption.start + seconds
            words = "\(name): \(TerminalNumber.duration(seconds))"
        } else if let job = interruption.job, case .seconds(let left) = job.remaining {
            end = interruption.start + left - Self.reserve(left)
            words = "Slurm's time limit for job \(job.id)"
        } else {
            return nil
        }
    }
}

/// Why rank 0 ends a command before its work is done: a signal, the file `STOP`, or time that does not suffice for another
/// step (or another portion of a measurement) and a checkpoint, if those take as long as they have taken so far.
final class StopConditions {
    /// What is met, in words; nil as long as nothing is.
    private(set) var reason: String?
    private let stopFile: String?
    private let limit: TimeLimit?
    private var lastCheck: Double
    /// Seconds: the longest time between two checks, and the longest that a checkpoint took.
    private var longestStep = 0.0
    private var longestSaving = 0.0

    /// - Parameter stopFile: nil where no file ends the work.
    init(stopFile: String?, limit: TimeLimit?) {
        self.stopFile = stopFile
        self.limit = limit
        lastCheck = Interruption.now
    }

    /// What comes now takes another time than what has been done.
    func beginsOtherWork() {
        longestStep = 0
        lastCheck = Interruption.now
    }

    /// Whether rank 0's conditions are met, or any rank was signalled. Collective: one allreduce and one broadcast.
    ///
    /// - Parameter conditions: on rank 0.
    static func areMet(_ conditions: StopConditions?, on world: Communicator) throws -> Bool {
        let isSignalled = try world.allReduce(Interruption.signal == nil ? 0 : 1) > 0
        return try world.broadcast(conditions?.areMet(anyRankIsSignalled: isSignalled) == true ? 1 : 0) == 1
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
        } else if let stopFile, access(stopFile, F_OK) == 0 {
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
