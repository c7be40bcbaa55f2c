import DistQGT

/// How long an optimisation goes on and what it does on the way: when its last stage begins, why it ends, when it goes back to
/// better parameters. Rank 0 decides in the middle of a step (`decide`); all ranks follow what it has decided (`follow`).
///
/// The last stage are the steps whose parameters are averaged. Where the number of steps is given, it is known
/// beforehand; it begins earlier where the run has converged (`run.steps: auto`) or where its time is nearly used up
/// (`run.max_time`).
final class RunCourse {
    /// Why a run ends. The raw value is stored.
    enum End: Int {
        case steps, maximumSteps, converged, time

        /// In summary.json.
        var name: String {
            switch self {
            case .steps: "steps"
            case .maximumSteps: "max_steps"
            case .converged: "converged"
            case .time: "max_time"
            }
        }
    }

    private let run: RunConfiguration
    /// What the final energy takes; of a basis, once all of it.
    private let finalSamples: Double
    private(set) var watch: ConvergenceWatch
    private(set) var lost = LostStateWatch()
    /// The step after which the run ends, and how many before it are the last stage, as far as is known.
    private(set) var end: Int
    private(set) var lastStage: Int
    private(set) var reason: End
    /// Returns to better parameters, and the step after which the last one was.
    private(set) var returns = 0
    private var returnedAfter = 0
    /// Seconds of all steps of the run, of one as the last ones were, and what of that is spent on a sample and its energy.
    private var (seconds, stepSeconds, sampleSeconds) = (0.0, 0.0, 0.0)
    /// What the newest step counts for in the seconds of one.
    private static let newest = 0.2

    /// Steps that the learning rate is halved for after a return; as many follow in which it grows again.
    private static let carefulSteps = 50.0

    /// - Parameter samples: of a step.
    init(_ run: RunConfiguration, samples: RunPlan.Samples) {
        self.run = run
        finalSamples = Double(samples.isBasis ? samples.total : run.finalSamples)
        watch = ConvergenceWatch(samples: samples.total, finalSamples: run.finalSamples)
        (end, lastStage, reason) = Self.planned(run)
    }

    /// As the configuration alone has it.
    private static func planned(_ run: RunConfiguration) -> (Int, Int, End) {
        let end = run.steps ?? run.maximumSteps
        return (end, min(end, run.averagedSteps ?? end / 5), run.steps == nil ? .maximumSteps : .steps)
    }

    /// Whether the configuration's end is not that of the run.
    private var isDecided: Bool { reason == .converged || reason == .time }
    /// Whether the end is a bound only.
    var isOpen: Bool { run.steps == nil && !isDecided }
    /// Seconds that the steps may still take; nil without a bound.
    var secondsLeft: Double? {
        run.maximumTime.map { max(0, $0 - seconds - finalSamples * sampleSeconds) }
    }

    func stepsLeft(after step: Int) -> Int { max(0, end - step) }

    /// Whether the step after this one belongs to the last stage.
    private func isLast(after step: Int) -> Bool { stepsLeft(after: step) <= lastStage }

    /// The last stage of a run that is to end soon: so many steps that they are a fifth of all, or what the configuration says
    /// if that is less.
    private func stage(after step: Int) -> Int {
        min(run.averagedSteps ?? .max, max(1, step / 4), stepsLeft(after: step))
    }

    /// Times the learning rate of the step after this one.
    func restraint(after step: Int) -> Double {
        guard returns > 0 else { return 1 }
        return min(1, max(0.5, 0.5 * Double(step - returnedAfter) / Self.carefulSteps))
    }

    /// Takes in what steps have taken so far.
    ///
    /// - Parameters:
    ///   - seconds: of all steps of the run.
    ///   - energySeconds: of these, what was spent on samples and local energies.
    ///   - samples: of all steps.
    ///   - steps: whose seconds these are.
    func note(seconds: Double, energySeconds: Double, samples: Int, steps: Int) {
        let last = seconds - self.seconds
        self.seconds = seconds
        guard steps > 0 else { return }
        stepSeconds += (stepSeconds > 0 ? Self.newest * (last - stepSeconds) : seconds / Double(steps))
        sampleSeconds = energySeconds / Double(max(1, samples))
    }

    /// What follows from the energy of step `step`, at the parameters before its update. On rank 0.
    ///
    /// - Parameters:
    ///   - energy: nil where the step only takes back the one before.
    ///   - scale: how far the energy is from the mean of the spectrum.
    func decide(_ energy: EnergyEstimate?, step: Int, scale: Double) -> StepDecisions {
        var decisions: StepDecisions = []
        var hasConverged = false
        if let energy {
            let (mean, error) = (energy.statistics.mean.real, energy.error)
            if run.maximumReturns > 0 {
                switch lost.add(energy: mean, error: error, step: step) {
                case .good: decisions.insert(.keep)
                case .lost where returns < run.maximumReturns && step < end: return .comeBack
                default: break
                }
            }
            hasConverged = watch.add(energy: mean, error: error, variance: energy.variance, scale: scale)
        }
        guard step < end else { return decisions }
        if run.steps == nil, hasConverged, !isLast(after: step) { decisions.insert(.converged) }
        if let limit = run.maximumTime, stepSeconds > 0 {
            // This step's own time is not known yet.
            let used = seconds + stepSeconds + finalSamples * sampleSeconds
            if used + stepSeconds >= limit {
                decisions.insert(.timeIsUp)
            } else if !isLast(after: step), used + stepSeconds * Double(stage(after: step) + 1) >= limit {
                decisions.insert(.timeRunsOut)
            }
        }
        return decisions
    }

    /// Takes over what has been decided in a step. On every rank.
    func follow(_ decisions: StepDecisions, after step: Int) {
        if decisions.contains(.comeBack) {
            returns += 1
            returnedAfter = step
            lost.hasReturned()
            watch.beginAnew()
        }
        if decisions.contains(.timeIsUp) {
            (end, reason) = (step, .time)
        } else if decisions.contains(.timeRunsOut) {
            lastStage = stage(after: step)
            (end, reason) = (step + lastStage, .time)
        } else if decisions.contains(.converged) {
            lastStage = stage(after: step)
            (end, reason) = (step + lastStage, .converged)
        }
    }

    /// What is told of a return. Before it is followed.
    func returnNote(after step: Int) -> String {
        "step \(step): the energy stays at \(TerminalNumber.value(lost.energy, error: lost.error)), well above "
            + "\(TerminalNumber.value(lost.bestEnergy, error: lost.bestError)) of step \(lost.bestStep): back to the parameters "
            + "before step \(lost.keptStep), with half the learning rate for some \(Int(Self.carefulSteps)) steps "
            + "(\(returns + 1) of \(run.maximumReturns), run.max_returns)"
    }

    /// That the run ends in a state that is worse than an earlier one; nil if it does not.
    var lossWarning: String? {
        guard lost.isHigh else { return nil }
        return
            "the energy of the last steps is well above \(TerminalNumber.value(lost.bestEnergy, error: lost.bestError)) of step "
            + "\(lost.bestStep): the run has lost its state"
    }

    // MARK: - Checkpoints

    /// What the end was decided from: where the configuration says something else now, it is decided anew.
    private var signature: [Double] {
        [
            Double(run.steps ?? -1), Double(run.maximumSteps), run.maximumTime ?? -1, Double(run.averagedSteps ?? -1),
        ]
    }

    /// All that changes, as a checkpoint takes it.
    var words: (course: [Double], watch: [Double], lost: [Double]) {
        get {
            (
                signature + [
                    Double(reason.rawValue), Double(end), Double(lastStage), Double(returns), Double(returnedAfter),
                ], watch.words, lost.words
            )
        }
        set {
            watch.words = newValue.watch
            lost.words = newValue.lost
            (end, lastStage, reason) = Self.planned(run)
            let words = newValue.course
            guard words.count == 9 else { return }
            (returns, returnedAfter) = (Int(words[7]), Int(words[8]))
            guard Array(words.prefix(4)) == signature, let stored = End(rawValue: Int(words[4])) else { return }
            (reason, end, lastStage) = (stored, Int(words[5]), Int(words[6]))
        }
    }
}
