import DistQGT
import RunFiles

/// The projection from where it is taken up to its end or to an early one: generations, their records, checkpoints. All ranks
/// call every method together.
struct ProjectionRun {
    private let configuration: RunConfiguration
    private let checkpointEvery: Int
    private let projection: GreensFunctionMonteCarlo
    private var state: ProjectionState
    /// On rank 0.
    private let output: RunOutput?
    private let conditions: StopConditions?
    private let progress: ProgressDisplay
    private let checkpoints: CheckpointWriter
    private let observables: ProjectionObservables?

    /// - Parameters:
    ///   - state: what the projection starts from, restored if it is taken up.
    ///   - conditions: on rank 0.
    init(
        _ configuration: Configuration, _ settings: ProjectionConfiguration, _ state: ProjectionState,
        _ observables: ProjectionObservables?, _ output: RunOutput?, _ conditions: StopConditions?,
        _ progress: ProgressDisplay
    ) {
        self.configuration = configuration.run
        checkpointEvery = settings.checkpointEvery
        projection = state.projection
        self.state = state
        self.observables = observables
        self.output = output
        self.conditions = conditions
        self.progress = progress
        checkpoints = CheckpointWriter(output, conditions, on: state.projection.state.communicator)
    }

    /// Runs it. Collective.
    ///
    /// - Parameter first: what the walkers are that it starts with; nil where it is taken up.
    /// - Returns: the summary, or nil if it ended early.
    /// - Throws: `ProjectionError`; `CollectiveFailure` if files that could not be written are missing at the end.
    mutating func execute(after first: GenerationReport?) throws -> ProjectionSummary? {
        let world = projection.state.communicator
        if let first { record(first) }
        while !projection.isOver {
            record(try projection.advance())
            let generation = projection.generation
            if try StopConditions.areMet(conditions, on: world) {
                try save(mustSucceed: true)
                progress.note(
                    "dist-vmc: ended after generation \(generation) of \(projection.plan.lastGeneration): "
                        + (conditions?.reason ?? ""))
                return nil
            }
            let isDue = checkpointEvery > 0 && generation % checkpointEvery == 0
            if isDue && !projection.isOver { try save() }
        }
        try save(mustSucceed: true)
        let summary = try ProjectionSummary(state, observables, seed: configuration.seed)
        try world.collectively { try output?.finish(with: summary.json) }
        return summary
    }

    private mutating func record(_ report: GenerationReport) {
        state.add(report)
        output?.append(report.json(interval: projection.plan.interval, seed: configuration.seed))
        progress.report(report.figures(of: projection.plan))
    }

    private func save(mustSucceed: Bool = false) throws {
        try checkpoints.save(step: projection.generation, mustSucceed: mustSucceed) {
            try state.checkpoint(configuration: output?.configuration ?? "", seed: configuration.seed)
        }
    }
}
