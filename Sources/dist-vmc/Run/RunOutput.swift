import DistQGT
import RunFiles

/// The files of a run. Rank 0 owns one; the other ranks have none.
///
/// Once a run is under way, files that cannot be written do not end it: log entries wait in memory, a checkpoint is
/// written when the next one is due, and what is on the disk stays as it is.
final class RunOutput {
    let directory: OutputDirectory
    /// The resolved configuration, as in config.yaml.
    let configuration: String
    /// Where a resumed run goes on, and the file it came from.
    let loaded: Checkpoint.Loaded?
    private var lock: DirectoryLock
    private var log: StepLog
    /// What is measured along an evolution; nil where nothing is.
    private var observables: StepLog?
    private var history: NetKetLog
    private let complexEnergy: Bool
    /// Entries that are not in the log yet, as steps ascend.
    private var waiting: [JSONValue] = []
    private var waitingObservables: [JSONValue] = []
    private var logging = RecurringFailure("write the log")
    private var exporting = RecurringFailure("write the log in NetKet's layout")
    private var saving = RecurringFailure("write the checkpoint")
    private let tell: (String) -> Void

    /// Opens a directory for a run, or for going on with the run in it. Everything is checked before
    /// anything is written.
    ///
    /// - Parameters:
    ///   - hasObservables: whether `appendObservables` is to come.
    ///   - tell: takes messages for the user.
    /// - Throws: `OutputRefusal`, `CheckpointError`, `ContinuationError`, `StepLogError`, `FileSystemError`.
    init(
        _ path: String, name: String, resuming: Bool, configuration resolved: ConfigurationNode, complexEnergy: Bool,
        hasObservables: Bool = false, tell: @escaping (String) -> Void
    ) throws {
        (directory, lock) = try OutputRefusal.advising {
            let directory = try OutputDirectory.prepare(path, name: name, resuming: true)
            let lock = try DirectoryLock(directory.path) { holder in
                tell("waiting for an earlier start of this Slurm job, which still has \(directory.path) (\(holder))")
            }
            try directory.requireNotStopped()
            if !resuming { try directory.requireUnused() }
            return (directory, lock)
        }
        configuration = ConfigurationDump.yaml(resolved)
        let canResume = try resuming && Checkpoint.exists(in: directory.path)
        loaded = canResume ? try Checkpoint.load(from: directory.path, fallingBack: true) : nil
        if let loaded {
            try Self.requireContinuation(of: loaded.checkpoint.configuration, in: loaded.path, by: resolved)
        } else if resuming, let stored = try directory.storedConfiguration() {
            try Self.requireContinuation(of: stored, in: directory.configuration, by: resolved)
        }
        if resuming {
            let (log, entries) = try StepLog.resume(at: directory.stepLog, after: loaded?.checkpoint.step)
            self.log = log
            history = NetKetLog(complexEnergy: complexEnergy, entries: entries)
        } else {
            log = try StepLog.create(at: directory.stepLog)
            history = NetKetLog(complexEnergy: complexEnergy)
        }
        if hasObservables {
            observables =
                resuming
                ? try StepLog.resume(at: directory.observables, after: loaded?.checkpoint.step).log
                : try StepLog.create(at: directory.observables)
        }
        self.complexEnergy = complexEnergy
        self.tell = tell
        try directory.writeConfiguration(configuration)
        if !lock.isEffective {
            tell("\(directory.path) is on a file system without locks: a second run in it would not be noticed")
        }
    }

    private static func requireContinuation(
        of stored: String, in path: String, by resolved: ConfigurationNode
    ) throws {
        let keys = Continuation.differences(try ConfigurationNode(yaml: stored, source: path), resolved)
        guard keys.isEmpty else { throw ContinuationError(path: path, keys: keys) }
    }

    /// Adds an entry of a step to the log.
    func append(_ entry: JSONValue) {
        history.append(entry)
        waiting.append(entry)
        _ = logging.attempt(tell) { try writeWaiting() }
    }

    /// Adds an entry of what is measured after a step.
    func appendObservables(_ entry: JSONValue) {
        waitingObservables.append(entry)
        _ = logging.attempt(tell) { try writeWaiting() }
    }

    /// Writes a checkpoint, whose time counts among what a time limit leaves room for.
    func write(_ checkpoint: Checkpoint, timedBy conditions: StopConditions?) {
        guard let conditions else { return write(checkpoint) }
        conditions.timeSaving { write(checkpoint) }
    }

    /// The log is made permanent first, so that it has every step the checkpoint counts. `problem` says what failed.
    func write(_ checkpoint: Checkpoint) {
        let isLogged = logging.attempt(tell) {
            try writeWaiting()
            try log.synchronise()
            try observables?.synchronise()
        }
        guard isLogged else { return }
        _ = saving.attempt(tell) { try checkpoint.write(to: directory.path) }
        _ = exporting.attempt(tell) { try history.write(to: directory.netKetLog) }
    }

    /// What keeps the run from being on the disk; nil if it is.
    var problem: String? { logging.problem ?? saving.problem ?? exporting.problem }

    /// Writes the summary; nothing of an estimate waits any longer.
    ///
    /// - Throws: `FileSystemError`.
    func finish(with summary: JSONValue) throws {
        try directory.writeSummary(summary)
        try FileSystem.remove(directory.partialEstimate)
    }

    /// What an estimate that was ended had found; nil if there is none of this subject.
    func partialEstimate(of subject: String) -> EnergyMeasurement.Progress? {
        do {
            let found = try PartialMeasurement.load(directory.partialEstimate, subject: subject)
            return try found.map { try EnergyMeasurement.Progress($0, path: directory.partialEstimate) }
        } catch {
            tell("\(error); the estimate of the final energy begins anew")
            return nil
        }
    }

    /// - Throws: `FileSystemError`, `HDF5Error`.
    func write(_ progress: EnergyMeasurement.Progress, of subject: String) throws {
        try PartialMeasurement(progress, of: subject).write(to: directory.partialEstimate)
    }

    /// Takes the steps after `step` out of the logs: they will be taken again.
    ///
    /// - Throws: `StepLogError`, `FileSystemError`.
    func takeBack(to step: Int) throws {
        waiting.removeAll { ($0["step"]?.integer ?? 0) > step }
        let (log, entries) = try StepLog.resume(at: directory.stepLog, after: step)
        self.log = log
        history = NetKetLog(complexEnergy: complexEnergy, entries: entries + waiting)
    }

    private func writeWaiting() throws {
        if !log.isInPlace || !(observables?.isInPlace ?? true) { try restoreFiles() }
        try Self.write(&waiting, to: log)
        if let observables { try Self.write(&waitingObservables, to: observables) }
    }

    private static func write(_ waiting: inout [JSONValue], to log: StepLog) throws {
        var written = 0
        defer { waiting.removeFirst(written) }
        for entry in waiting {
            try log.append(entry)
            written += 1
        }
    }

    /// Someone has removed or renamed the directory or the log in it: both are made again, for what comes.
    private func restoreFiles() throws {
        _ = try OutputDirectory.prepare(directory.path, name: directory.name, resuming: true)
        if !lock.isInPlace { lock = try DirectoryLock(directory.path) }
        try directory.writeConfiguration(configuration)
        func restored(_ log: StepLog) throws -> StepLog {
            guard !log.isInPlace else { return log }
            let last = log.lastStep ?? 0
            tell("\(log.path) had disappeared; made again, with the steps after step \(last)")
            return try StepLog.resume(at: log.path, after: last).log
        }
        log = try restored(log)
        observables = try observables.map(restored)
    }
}
