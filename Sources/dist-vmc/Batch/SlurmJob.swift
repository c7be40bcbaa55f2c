import Foundation

/// The Slurm job that this process is part of.
struct SlurmJob {
    enum Remaining: Equatable {
        case seconds(Double)
        case unlimited
        /// Slurm did not say; why not.
        case unknown(String)
    }

    /// A number, or that of an array and of the job in it: 17_3.
    let id: String
    /// What was left of its time when it was asked for.
    let remaining: Remaining

    /// The job of the environment, if there is one. Asks Slurm once. Local.
    static var current: SlurmJob? {
        guard var id = number("SLURM_JOB_ID") else { return nil }
        // The last job of an array has the array's own number, which would ask for all of them.
        if let array = number("SLURM_ARRAY_JOB_ID"), let task = number("SLURM_ARRAY_TASK_ID") {
            id = "\(array)_\(task)"
        }
        let answer = SystemCommand(["squeue", "--noheader", "--jobs", id, "--format", "%L"])
        guard answer.succeeded else { return SlurmJob(id: id, remaining: .unknown(answer.problem)) }
        return SlurmJob(id: id, remaining: remaining(answer.output))
    }

    /// The digits that a variable of the environment consists of.
    private static func number(_ variable: String) -> String? {
        guard let text = ProcessInfo.processInfo.environment[variable], !text.isEmpty,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return text
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
