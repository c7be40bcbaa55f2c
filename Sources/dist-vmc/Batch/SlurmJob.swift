import Foundation

/// The Slurm job that this process is part of.
struct SlurmJob {
    enum Remaining: Equatable {
        case seconds(Double)
        case unlimited
        /// Slurm did not say; why not.
        case unknown(String)
    }

    let id: String
    /// What was left of its time when it was asked for.
    let remaining: Remaining

    /// The job of the environment, if there is one. Asks Slurm once. Local.
    static var current: SlurmJob? {
        guard let id = ProcessInfo.processInfo.environment["SLURM_JOB_ID"], !id.isEmpty,
            id.utf8.allSatisfy({ (0x30 ... 0x39).contains($0) })
        else { return nil }
        let answer = SystemCommand(["squeue", "--noheader", "--jobs", id, "--format", "%L"])
        guard answer.succeeded else { return SlurmJob(id: id, remaining: .unknown(answer.problem)) }
        return SlurmJob(id: id, remaining: remaining(answer.output))
    }

    /// What squeue prints as the time left: [[days-]hours:]minutes:seconds, UNLIMITED, NOT_SET or INVALID.
    static func remaining(_ text: String) -> Remaining {
        if text == "UNLIMITED" { return .unlimited }
        guard let seconds = SlurmTime(printed: text)?.seconds else {
            return .unknown("squeue answered '\(oneLine(String(text.prefix(40))))'")
        }
        return .seconds(Double(seconds))
    }
}
