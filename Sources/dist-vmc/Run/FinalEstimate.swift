import DistQGT
import RunFiles

/// The energy at the final parameters of a run, in portions, between which the run may end early: what has been found
/// by then waits in a file for `--resume`. All ranks call every method together.
struct FinalEstimate {
    private let driver: GroundStateDriver
    private let samples: Int
    /// On rank 0.
    private let output: RunOutput?
    private let conditions: StopConditions?
    private let progress: ProgressDisplay

    init(
        _ driver: GroundStateDriver, samples: Int, _ output: RunOutput?, _ conditions: StopConditions?,
        _ progress: ProgressDisplay
    ) {
        self.driver = driver
        self.samples = samples
        self.output = output
        self.conditions = conditions
        self.progress = progress
    }

    /// - Parameter checkpoint: of the state whose energy it is, on rank 0.
    /// - Returns: nil if the run ended early. At least one portion is measured in any case, so that a run that is taken
    ///   up again and again ends.
    /// - Throws: `DivergenceError`; `CollectiveFailure` where the file cannot be written or does not fit.
    func execute(at checkpoint: Checkpoint?) throws -> EnergyEstimate? {
        let world = driver.state.communicator
        conditions?.beginsOtherWork()
        let measurement = try EnergyMeasurement(driver.energy, samples: samples)
        let subject = checkpoint.map(Self.subject)
        try measurement.restore(subject.flatMap { output?.partialEstimate(of: $0) })
        if measurement.drawn > 0 {
            progress.note("the estimate of the final energy goes on after \(Self.words(measurement))")
        }
        do {
            while !measurement.isComplete {
                try measurement.advance()
                guard !measurement.isComplete, try StopConditions.areMet(conditions, on: world) else { continue }
                let found = try measurement.progress()
                try world.collectively {
                    if let found, let subject { try output?.write(found, of: subject) }
                }
                progress.note(
                    "dist-vmc: ended in the estimate of the final energy, after \(Self.words(measurement)): "
                        + (conditions?.reason ?? ""))
                return nil
            }
            let energy = try measurement.estimate()
            try driver.requirePossible(energy)
            return energy
        } catch let error as NotFiniteError {
            throw DivergenceError(step: driver.step, quantity: error.quantity, problem: error.problem)
        }
    }

    private static func words(_ measurement: EnergyMeasurement) -> String {
        "\(measurement.drawn) of \(measurement.length) samples of each chain"
    }

    /// What tells this measurement from others: the state, and where its chains stand.
    private static func subject(_ checkpoint: Checkpoint) -> String {
        "energy after step \(checkpoint.step), seed \(checkpoint.seed), state \(checkpoint.stateFingerprint)"
    }
}
