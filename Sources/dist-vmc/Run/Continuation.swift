import Communication
import DistQGT
import RunFiles

/// Which differences between two configurations a resumed run accepts.
enum Continuation {
    /// Keys that say how long, how often and how fast, but not what: they may change on resuming.
    static let changeable = [
        "run.steps", "run.max_steps", "run.max_time", "run.averaged_steps", "run.max_returns", "run.checkpoint_every",
        "run.final_samples", "run.threads", "run.time_limit", "run.output",
        "run.on_divergence", "run.max_rollbacks", "run.rollback_factor",
        "optimiser.learning_rate", "sr.diag_shift", "sr.tolerance", "sr.max_iterations",
        "sr.space", "sr.jacobian", "sr.kernel",
        "dynamics.end_time", "dynamics.steps",
        "projection.generations", "projection.equilibration", "projection.correction_length",
        "projection.checkpoint_every",
    ]
    /// Keys of earlier versions that said how, and say nothing any more.
    private static let former = ["sr.centring"]

    /// Keys that earlier versions did not have, with the values that say what those versions did.
    private static let later = ["sampler.replicas": "1", "sampler.replica_beta": "0.25", "sr.blocks": "whole"]

    /// The keys in which two resolved configurations differ and that may not change.
    static func differences(_ stored: ConfigurationNode, _ new: ConfigurationNode) -> [String] {
        var (old, current) = (keys(stored), keys(new))
        // Earlier versions had a number where it is left to the program now.
        if old["sampler.max_samples"] == nil {
            old["sampler.max_samples"] = old["sampler.samples"]
            if current["sampler.samples"] == ConfigurationNode.automatic {
                old["sampler.samples"] = ConfigurationNode.automatic
            } else {
                current["sampler.max_samples"] = old["sampler.samples"]
            }
        }
        // What is to be done with the state of an optimisation is no part of it.
        let isOptimisation = new[Schema.optimiser.name] != nil
        let different = Set(old.keys).union(current.keys)
            .filter { (old[$0] ?? later[$0]) != current[$0] && !changeable.contains($0) && !former.contains($0) }
            .filter { !isOptimisation || !$0.hasPrefix("\(Schema.projection.name).") }
        // Where the entries of a list are others, their keys say nothing more.
        let lists = different.filter { !$0.contains(".") }
        return different.filter { key in
            lists.allSatisfy { !key.hasPrefix("\($0).") && !key.hasPrefix("\($0)[") }
        }.sorted()
    }

    /// `block.key` → its value in words; where the block is a list, `block[number].key`, and `block` for how many.
    private static func keys(_ root: ConfigurationNode) -> [String: String] {
        var result: [String: String] = [:]
        guard case .map(let blocks) = root.content else { return result }
        for block in blocks {
            if case .list(let factors) = block.value.content {
                result[block.key] = "\(factors.count) entries"
                for factor in factors { add(factor, path: factor.path, to: &result) }
            } else {
                add(block.value, path: block.key, to: &result)
            }
        }
        return result
    }

    private static func add(_ block: ConfigurationNode, path: String, to result: inout [String: String]) {
        guard case .map(let entries) = block.content else { return }
        for entry in entries where !entry.value.isNull {
            result["\(path).\(entry.key)"] = ConfigurationDump.inline(entry.value)
        }
    }
}

/// Why a run cannot be resumed with this configuration.
struct ContinuationError: Error, ExitStatusProviding, CustomStringConvertible {
    let path: String
    let keys: [String]

    var exitStatus: Int32 { ExitStatus.badInput.rawValue }
    var description: String {
        "\(path) belongs to a run with another \(keys.joined(separator: ", ")); on resuming only "
            + "\(Continuation.changeable.joined(separator: ", ")) may change"
    }
}

/// Why a directory cannot take a run's output, with the options that help.
struct OutputRefusal: Error, ExitStatusProviding, CustomStringConvertible {
    let reason: OutputDirectoryError

    /// Runs `body`, whose refusals are given advice.
    static func advising<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let reason as OutputDirectoryError { throw OutputRefusal(reason: reason) }
    }

    var exitStatus: Int32 {
        switch reason {
        case .stopped, .heldBySameJob: ExitStatus.endedEarly.rawValue
        default: ExitStatus.badInput.rawValue
        }
    }

    var description: String { reason.description + advice }

    private var advice: String {
        switch reason {
        case .notADirectory, .notWritable: "; choose another directory with --output"
        case .occupied: "; continue it with --resume, or choose another directory with --output"
        case .inUse: "; wait for it, or choose another directory with --output"
        case .heldBySameJob: "; to be run again"
        case .invalidName, .stopped: ""
        }
    }
}

/// What the operating system did not do with an output directory, and on which host: each may have a disk of its own.
struct OutputErrorOnHost: Error, ExitStatusProviding, CustomStringConvertible {
    let error: any Error
    let host: String

    /// The error with its host, if it is one of the operating system's; otherwise as it is.
    static func naming(_ host: String, _ error: any Error) -> any Error {
        switch error {
        case is FileSystemError: break
        case let refusal as OutputRefusal:
            switch refusal.reason {
            case .notADirectory, .notWritable: break
            default: return error
            }
        case let problem as CheckpointError:
            guard case .unreadable = problem.problem else { return error }
        default: return error
        }
        return OutputErrorOnHost(error: error, host: host)
    }

    var exitStatus: Int32 { (error as? any ExitStatusProviding)?.exitStatus ?? ExitStatus.failed.rawValue }
    var description: String { "\(error) (on \(host), where rank 0 runs)" }
}

extension CheckpointError: ExitStatusProviding {
    public var exitStatus: Int32 { ExitStatus.badInput.rawValue }
}

extension ChainStateError: ExitStatusProviding {
    public var exitStatus: Int32 { ExitStatus.badInput.rawValue }
}

extension StepLogError: ExitStatusProviding {
    public var exitStatus: Int32 { ExitStatus.badInput.rawValue }
}
