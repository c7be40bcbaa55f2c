import DistQGT
import RunFiles

extension EnergyEstimate {
    /// The members of `energy` in log.jsonl and summary.json.
    var json: JSONValue {
        [
            "mean": JSONValue([statistics.mean.real, statistics.mean.imaginary]),
            "error": .number(error),
            "tau": .number(withAutocorrelation?.tau ?? .nan),
            "error_of_mean": .number(statistics.errorOfMean),
            "variance": .number(variance),
            "r_hat": .number(statistics.rHat),
            "split_r_hat": .number(statistics.splitRHat),
            "tau_corr": .number(statistics.tauCorr),
        ]
    }
}

extension ReconfigurationReport {
    var json: JSONValue {
        var json: JSONObject = [
            "name": .string(method), "iterations": .integer(solver.iterations), "residual": .number(solver.residual),
            "outcome": .string(solver.outcome.rawValue),
            "failed": .array(
                failures.map { ["name": .string($0.method), "outcome": .string($0.outcome.rawValue)] }),
        ]
        if let subspace = solver.subspace {
            json["products"] = .integer(subspace.products)
            json["subspace_size"] = .integer(subspace.size)
            json["subspace_drops"] = .integer(subspace.drops)
        }
        return .object(json)
    }
}

extension ReconfigurationReport {
    /// What to tell about solvers that failed in a step; nil if the first one did not.
    func fallbackNote(step: Int) -> String? {
        guard !failures.isEmpty else { return nil }
        let failed = failures.map { "\($0.method) reported \($0.outcome.rawValue)" }.joined(separator: ", ")
        return "step \(step): \(failed); \(method) was taken"
    }
}

extension PhaseClock {
    /// The member `seconds` of log.jsonl and summary.json.
    static func json(total: Double, _ seconds: (Phase) -> Double) -> JSONValue {
        var json: JSONObject = ["total": .number(total)]
        for phase in Phase.allCases { json[phase.rawValue] = .number(seconds(phase)) }
        return .object(json)
    }

    var json: JSONValue { Self.json(total: total) { seconds[$0] ?? 0 } }
}

extension Acceptance {
    /// Of neighbouring replicas, from β = 1 on; null without replicas.
    var swapJSON: JSONValue { swaps.isEmpty ? .null : JSONValue(swaps) }
}

extension StepReport {
    /// One line of log.jsonl.
    ///
    /// - Parameter returns: to better parameters so far.
    func json(seed: Int, returns: Int) -> JSONValue {
        return [
            "step": .integer(step),
            "energy": energy.json,
            "state_energies": energy.ensemble.map { JSONValue($0.levels.map(\.energy)) } ?? .null,
            "v_score": .number(trustedVScore),
            "clipped": clippedSamples.map { .integer($0) } ?? .null,
            "samples": .integer(samples),
            "acceptance": JSONValue(acceptance),
            "acceptance_by_move": acceptanceByMove,
            "swap_acceptance": acceptances?.swapJSON ?? .null,
            "solver": solution?.json ?? .null,
            "learning_rate": .number(learningRate),
            "diag_shift": JSONValue(diagonalShift),
            "control": controlJSON(returns: returns),
            "norms": [
                "forces": .number(forceNorm), "update": .number(updateNorm), "parameters": .number(parameterNorm),
            ],
            "seconds": clock.json,
            "collectives": ["calls": .integer(collectives.calls), "bytes": .integer(collectives.bytes)],
            "relinearised_chunks": .integer(relinearisations),
            "seed": .integer(seed),
            "version": .string(programVersion),
        ]
    }

    /// Of a mixture of rules.
    private var acceptanceByMove: JSONValue {
        guard let moves = acceptances?.moves, !moves.isEmpty else { return .null }
        var json = JSONObject()
        for move in moves { json[move.name] = .number(move.share) }
        return .object(json)
    }

    /// What chose the learning rate or the shift.
    private func controlJSON(returns: Int) -> JSONValue {
        guard let control else { return .null }
        return [
            "ratio": JSONValue(trial?.ratio), "effective_share": JSONValue(trial?.effectiveShare),
            "rejected": .integer(trial?.rejections ?? 0), "curvature": JSONValue(control.curvature),
            "signal": JSONValue(control.signal), "taken_back": .bool(isReturn), "returns": .integer(returns),
        ]
    }

    /// What to tell about solvers that failed in this step; nil if the first one did not.
    var fallbackNote: String? {
        solution?.fallbackNote(step: step)
    }

    /// What to tell about a step that took back the one before; nil if it did not.
    var returnNote: String? {
        guard isReturn else { return nil }
        return
            "step \(step): the step before has lost the state, with an energy of "
            + "\(TerminalNumber.short(energy.statistics.mean.real)); it is taken back"
    }

    /// What to tell about trials that were not good enough; nil if there were none.
    var rejectionNote: String? {
        guard let trial, trial.rejections > 0 else { return nil }
        let shift = diagonalShift.map { " and diag_shift \(TerminalNumber.short($0))" } ?? ""
        return
            "step \(step): \(trial.rejections == 1 ? "a longer step" : "\(trial.rejections) longer steps") would have "
            + "raised the energy or left the samples behind; made with learning rate "
            + "\(TerminalNumber.short(learningRate))\(shift)"
    }

    /// - Parameter choosesSamples: whether the number of samples is chosen step by step.
    func figures(of course: RunCourse, choosesSamples: Bool) -> StepFigures {
        func defined(_ value: Double?) -> Double? { value.flatMap { $0.isNaN ? nil : $0 } }
        return StepFigures(
            step: step, steps: course.end, endIsOpen: course.isOpen, energy: energy.statistics.mean.real,
            error: defined(energy.withAutocorrelation?.error),
            variance: energy.variance, splitRHat: defined(energy.statistics.splitRHat),
            autocorrelationTime: defined(energy.withAutocorrelation?.tau), acceptance: acceptance,
            acceptanceByMove: (acceptances?.moves ?? []).map { ($0.name, $0.share) },
            swapAcceptance: acceptances?.swaps ?? [],
            solverIterations: solver?.iterations,
            stateEnergies: energy.ensemble?.levels.map(\.energy) ?? [],
            chosenLearningRate: (control?.controlsRate ?? false) ? learningRate : nil,
            chosenSamples: choosesSamples ? samples : nil, seconds: clock.total,
            secondsLeft: course.secondsLeft)
    }
}

extension RunState {
    /// The summary of the finished run, with a fresh energy estimate.
    func summary(of energy: EnergyEstimate, _ samples: RunPlan.Samples, seed: Int) -> RunSummary {
        RunSummary(
            energy: energy, siteCount: driver.waveFunction.siteCount, steps: driver.step, isFinished: true,
            ranks: driver.state.communicator.size, parameters: driver.waveFunction.layout.count,
            samplesPerStep: samples.total, choosesSamples: driver.samples != nil, drawn: drawn,
            isSummed: samples.isBasis, end: course.reason,
            averagedSteps: driver.average?.count ?? 0, rollbacks: rollbacks, returns: course.returns,
            lossWarning: course.lossWarning,
            extrapolation: ZeroVarianceExtrapolation(
                course.watch.history, below: (energy.statistics.mean.real, energy.error)), seed: seed,
            totalSeconds: totalSeconds,
            secondsByPhase: seconds)
    }
}

/// summary.json: what a run came to.
struct RunSummary {
    let energy: EnergyEstimate
    /// Of several states those of all copies.
    let siteCount: Int
    let steps: Int
    let isFinished: Bool
    let ranks: Int
    let parameters: Int
    /// At most.
    let samplesPerStep: Int
    /// Whether steps may have fewer.
    let choosesSamples: Bool
    /// Samples of all steps.
    let drawn: Int
    /// Whether these are the whole basis.
    let isSummed: Bool
    let end: RunCourse.End
    /// Last ones whose parameters' mean is the result; 0 for the last parameters.
    let averagedSteps: Int
    let rollbacks: Int
    /// To better parameters.
    let returns: Int
    let lossWarning: String?
    /// Nil where it says nothing.
    let extrapolation: ZeroVarianceExtrapolation?
    let seed: Int
    let totalSeconds: Double
    let secondsByPhase: [String: Double]

    /// What has to be said wherever the extrapolated energy is.
    static let extrapolationLabel = "extrapolation, not a bound"

    var json: JSONValue {
        return [
            "energy": energy.json,
            "states": energy.ensemble?.json ?? .null,
            "energy_per_site": .number(energy.statistics.mean.real / Double(siteCount)),
            "v_score": .number(energy.trustedVScore),
            "warnings": .array(warnings.map { .string($0) }),
            "steps": .integer(steps),
            "finished": .bool(isFinished),
            "ranks": .integer(ranks),
            "parameters": .integer(parameters),
            "samples_per_step": .integer(samplesPerStep),
            "samples_drawn": .integer(drawn),
            "averaged_steps": .integer(averagedSteps),
            "final_samples": .integer(energy.sampleCount),
            "rollbacks": .integer(rollbacks),
            "returns": .integer(returns),
            "ended_by": .string(end.name),
            "zero_variance": extrapolationJSON,
            "n_sites": .integer(siteCount / (energy.ensemble?.levels.count ?? 1)),
            "seconds": PhaseClock.json(total: totalSeconds) { secondsByPhase[$0.rawValue] ?? 0 },
            "seed": .integer(seed),
            "version": .string(programVersion),
        ]
    }

    /// What a reader should know before trusting the energy.
    var warnings: [String] {
        energy.faults.map(\.description) + [lossWarning].compactMap { $0 } + (energy.ensemble?.warnings ?? [])
    }

    private var extrapolationJSON: JSONValue {
        guard let extrapolation else { return .null }
        return [
            "energy": .number(extrapolation.energy), "error": .number(extrapolation.error),
            "statistical_error": .number(extrapolation.statisticalError),
            "slope": .number(extrapolation.slope), "steps": .integer(extrapolation.steps),
            "variances": JSONValue([extrapolation.variances.lowerBound, extrapolation.variances.upperBound]),
            "label": .string(Self.extrapolationLabel),
        ]
    }

    /// Lines for the end of the progress display.
    var lines: [(name: String, value: String)] {
        let error = energy.withAutocorrelation?.error
        let sites = Double(siteCount)
        let states = energy.ensemble.map { $0.words.enumerated().map { (name: "state \($0)", value: $1) } }
        return (states ?? []) + [
            (
                states == nil ? "energy" : "sum of the energies",
                TerminalNumber.value(energy.statistics.mean.real, error: error)
            ),
            (
                states == nil ? "energy per site" : "mean energy per site",
                TerminalNumber.value(energy.statistics.mean.real / sites, error: error.map { $0 / sites })
            ),
            ("variance", TerminalNumber.short(energy.variance)),
        ] + (states == nil ? [("V-score", TerminalNumber.short(energy.trustedVScore))] : []) + [
            ("steps", averagedSteps > 0 ? "\(steps), parameters averaged over the last \(averagedSteps)" : "\(steps)"),
            ("time of the steps", TerminalNumber.duration(totalSeconds)),
        ]
    }
}
