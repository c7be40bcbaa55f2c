import DistQGT
import RunFiles

/// The optimisation from where it is taken up to its last step or to an early end: steps, their records, checkpoints,
/// returns after a divergence. All ranks call every method together.
struct OptimisationRun {
    private let configuration: RunConfiguration
    private let samples: RunPlan.Samples
    private let driver: GroundStateDriver
    private let course: RunCourse
    private var state: RunState
    /// On rank 0.
    private let output: RunOutput?
    private let conditions: StopConditions?
    private let progress: ProgressDisplay
    private let messages: Messages
    /// Nil where a divergence ends the run.
    private var rollback: Rollback?
    private let checkpoints: CheckpointWriter

    /// Collective.
    ///
    /// - Parameters:
    ///   - state: what the run starts from, restored if it is taken up.
    ///   - conditions: on rank 0.
    init(
        _ configuration: Configuration, _ state: RunState, _ output: RunOutput?, _ conditions: StopConditions?,
        _ progress: ProgressDisplay, _ messages: Messages
    ) throws {
        self.configuration = configuration.run
        samples = RunPlan.Samples(configuration)
        self.state = state
        self.output = output
        self.conditions = conditions
        self.progress = progress
        self.messages = messages
        driver = state.driver
        course = state.course
        checkpoints = CheckpointWriter(output, conditions, on: state.driver.state.communicator)
        driver.isToldToStop = { Interruption.signal != nil }
        driver.wantsToStop = { conditions?.areMet(anyRankIsSignalled: $0) ?? false }
        let (driver, course) = (driver, course)
        let centre = driver.energy.infiniteTemperatureEnergy
        driver.decide = { [unowned driver] energy in
            course.decide(
                energy, step: driver.step + 1, scale: energy.map { abs($0.statistics.mean.real - centre) } ?? 0)
        }
        noteSpent(in: state)
        if configuration.run.rollsBack {
            rollback = Rollback(
                factor: configuration.run.rollbackFactor, limit: configuration.run.maximumRollbacks,
                step: driver.step, checkpoint: try checkpoint())
        }
    }

    /// Runs it. Collective.
    ///
    /// - Returns: the summary, or nil if the run ended early.
    /// - Throws: `DivergenceError` or `RollbackError`; `CollectiveFailure` if files that could not be written are
    ///   missing at the end.
    mutating func execute() throws -> RunSummary? {
        while true {
            do {
                while driver.step < course.end {
                    guard try !takeStep() else { return nil }
                }
                if driver.average?.isTaken == false { exchangeAverage() }
                guard var energy = try finalEnergy() else { return nil }
                if let average = driver.average, average.isTaken, try isWorse(average, energy) {
                    progress.note(
                        "the mean of the parameters of the last \(average.count) steps has a higher energy than these steps: "
                            + "the run ends with the last parameters")
                    exchangeAverage()
                    driver.average = nil
                    guard let other = try finalEnergy() else { return nil }
                    energy = other
                }
                let summary = state.summary(of: energy, samples, seed: configuration.seed)
                try driver.state.communicator.collectively { try output?.finish(with: summary.json) }
                return summary
            } catch let error as DivergenceError {
                try rollBack(because: error)
            }
        }
    }

    /// The energy at the parameters that the run ends with, once they are on the disk; nil if the run ended early.
    private mutating func finalEnergy() throws -> EnergyEstimate? {
        try save(mustSucceed: true)
        let estimate = FinalEstimate(driver, samples: configuration.finalSamples, output, conditions, progress)
        return try estimate.execute(at: checkpoint())
    }

    /// Rank 0's word on whether the run is to end with the last parameters: numbers of others may differ in their last bits.
    private func isWorse(_ average: ParameterAverage, _ energy: EnergyEstimate) throws -> Bool {
        let found = average.isWorse(energy: energy.statistics.mean.real, error: energy.error)
        return try driver.state.communicator.broadcast(found ? 1 : 0) == 1
    }

    private mutating func exchangeAverage() {
        driver.exchangeAverage()
        checkpoints.forget()
    }

    /// Of the averaged steps, those whose energies the mean is held against.
    private static let comparedPart = 4

    /// - Returns: whether the run ends here.
    private mutating func takeStep() throws -> Bool {
        let left = course.stepsLeft(after: driver.step)
        // A run that has been made longer goes on as if it had never ended.
        if driver.average?.isTaken == true { driver.exchangeAverage() }
        if let average = driver.average, average.count > course.lastStage - left { driver.average = nil }
        driver.averaging = (
            left <= course.lastStage, left <= max(1, course.lastStage / Self.comparedPart)
        )
        driver.restraint = course.restraint(after: driver.step)
        let report = try driver.advance()
        rollback?.stepSucceeded()
        state.add(report)
        noteSpent(in: state)
        output?.append(report.json(seed: configuration.seed, returns: course.returns))
        for note in [report.returnNote, report.fallbackNote, report.rejectionNote].compactMap({ $0 }) {
            progress.note(note)
        }
        if report.decisions.contains(.comeBack) {
            progress.note(course.returnNote(after: report.step))
            try driver.returnToKept()
        }
        course.follow(report.decisions, after: report.step)
        if let average = driver.average, driver.step == course.end { average.requireEnergy(of: report.energy) }
        progress.report(report.figures(of: course, choosesSamples: driver.samples != nil))
        if report.stopIsRequested {
            try save(mustSucceed: true)
            let reason = conditions?.reason ?? ""
            progress.note(
                "dist-vmc: ended after step \(report.step) of \(course.isOpen ? "at most " : "")\(course.end): \(reason)"
            )
            return true
        }
        let isDue = configuration.checkpointEvery > 0 && report.step % configuration.checkpointEvery == 0
        if isDue && report.step < course.end { try save() }
        return false
    }

    private func noteSpent(in state: RunState) {
        course.note(
            seconds: state.totalSeconds, energySeconds: state.energySeconds, samples: state.drawn, steps: driver.step)
    }

    private func checkpoint() throws -> Checkpoint? {
        try state.checkpoint(configuration: output?.configuration ?? "", seed: configuration.seed)
    }

    private mutating func save(mustSucceed: Bool = false) throws {
        var written: Checkpoint?
        let isNew = try checkpoints.save(step: driver.step, mustSucceed: mustSucceed) {
            written = try checkpoint()
            return written
        }
        if isNew { rollback?.saved(written, step: driver.step) }
    }

    /// Goes back to the last good checkpoint with a smaller learning rate.
    ///
    /// - Throws: the error, if that is not asked for; `RollbackError`.
    private mutating func rollBack(because error: DivergenceError) throws {
        guard var rollback else { throw error }
        let world = driver.state.communicator
        let bytes = try rollback.takeBack(because: error, on: world)
        let factor = driver.learningRateFactor * rollback.factor
        // Time that was spent was spent.
        let spent = state
        try world.collectively { try state.restore(Checkpoint(decoding: bytes, path: "memory"), path: "memory") }
        state.seconds = spent.seconds
        state.totalSeconds = spent.totalSeconds
        state.drawn = spent.drawn
        state.rollbacks = spent.rollbacks + 1
        driver.learningRateFactor = factor
        self.rollback = rollback
        try world.collectively { try output?.takeBack(to: rollback.step) }
        messages.say(
            "\(error); back to step \(rollback.step) with the learning rate times \(TerminalNumber.short(factor)) "
                + "(\(rollback.returns) of \(rollback.limit))")
        checkpoints.forget()
        try save()
    }
}
