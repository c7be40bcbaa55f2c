import DistQGT

/// The files of a run. Rank 0 owns one; the other ranks have none.
struct RunOutput {
    let directory: OutputDirectory
    /// The resolved configuration, as in config.yaml.
    let configuration: String
    private let log: StepLog
    private var history: NetKetLog
    /// Where a resumed run goes on, and the file it came from.
    let loaded: Checkpoint.Loaded?

    /// Opens a directory for a run, or for going on with the run in it. Everything is checked before
    /// anything is written.
    ///
    /// - Throws: `OutputDirectoryError`, `CheckpointError`, `ContinuationError`, `StepLogError`, `FileSystemError`.
    init(
        _ path: String, name: String, resuming: Bool, configuration resolved: ConfigurationNode, complexEnergy: Bool
    ) throws {
        directory = try OutputDirectory.prepare(path, name: name, resuming: resuming)
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
        try directory.writeConfiguration(configuration)
    }

    private static func requireContinuation(
        of stored: String, in path: String, by resolved: ConfigurationNode
    ) throws {
        let keys = Continuation.differences(try ConfigurationNode(yaml: stored, source: path), resolved)
        guard keys.isEmpty else { throw ContinuationError(path: path, keys: keys) }
    }

    mutating func append(_ report: StepReport) throws {
        let entry = report.json
        try log.append(entry)
        history.append(entry)
    }

    /// The log is made permanent first, so that it has every step the checkpoint counts.
    func write(_ checkpoint: Checkpoint) throws {
        try log.synchronise()
        try history.write(to: directory.netKetLog)
        try checkpoint.write(to: directory.path)
    }

    func write(_ summary: RunSummary) throws { try directory.writeSummary(summary.json) }
}
