import DistQGT
import RunFiles

/// The evolution from where it is taken up to its end or to an early one: steps, their records, what is measured on the way,
/// checkpoints. All ranks call every method together.
struct EvolutionRun {
    private let configuration: RunConfiguration
    private let times: EvolutionTimes
    private let samplesPerStep: Int
    private let driver: EvolutionDriver
    private var state: EvolutionState
    private let observables: EvolutionObservables?
    /// On rank 0.
    private let output: RunOutput?
    private let conditions: StopConditions?
    private let progress: ProgressDisplay
    private let checkpoints: CheckpointWriter

    /// - Parameters:
    ///   - state: what the evolution starts from, restored if it is taken up.
    ///   - conditions: on rank 0.
    init(
        _ configuration: Configuration, _ state: EvolutionState, _ observables: EvolutionObservables?,
        _ output: RunOutput?, _ conditions: StopConditions?, _ progress: ProgressDisplay
    ) {
        self.configuration = configuration.run
        samplesPerStep = RunPlan.Samples(configuration).total
        self.state = state
        self.observables = observables
        self.output = output
        self.conditions = conditions
        self.progress = progress
        driver = state.driver
        times = state.driver.times
        checkpoints = CheckpointWriter(output, conditions, on: state.driver.state.communicator)
    }

    /// Runs it. Collective.
    ///
    /// - Returns: the summary, or nil if the run ended early.
    /// - Throws: `DivergenceError`; `CollectiveFailure` if files that could not be written are missing at the end.
    mutating func execute() throws -> EvolutionSummary? {
        let world = driver.state.communicator
        var last: EvolutionReport?
        if driver.progress == nil { last = try record(driver.begin()) }
        while !driver.isOver {
            let report = try record(driver.advance())
            last = report
            if try StopConditions.areMet(conditions, on: world) {
                try save(mustSucceed: true)
                progress.note(
                    "dist-vmc: ended after step \(report.step) at time \(TerminalNumber.short(report.time)) of "
                        + "\(TerminalNumber.short(times.end)): \(conditions?.reason ?? "")")
                return nil
            }
            let isDue = configuration.checkpointEvery > 0 && report.step % configuration.checkpointEvery == 0
            if isDue && !driver.isOver { try save() }
        }
        try save(mustSucceed: true)
        // Taken up after its last step, it has nothing left to do.
        guard let last else { return nil }
        let summary = EvolutionSummary(
            state: state, last: last, samplesPerStep: samplesPerStep, seed: configuration.seed)
        try world.collectively { try output?.finish(with: summary.json) }
        return summary
    }

    private mutating func record(_ report: EvolutionReport) throws -> EvolutionReport {
        state.add(report)
        output?.append(report.json(seed: configuration.seed))
        if let note = report.solution.fallbackNote(step: report.step) { progress.note(note) }
        progress.report(report.figures(of: driver.expectedSteps))
        if let observables, times.isRecorded(report.time) {
            let line = try observables.measured()
            output?.appendObservables(line)
        }
        return report
    }

    private func save(mustSucceed: Bool = false) throws {
        try checkpoints.save(step: driver.step, mustSucceed: mustSucceed) {
            try state.checkpoint(configuration: output?.configuration ?? "", seed: configuration.seed)
        }
    }
}
