import DistQGT
import RunFiles

extension EvolutionReport {
    /// One line of log.jsonl.
    func json(seed: Int) -> JSONValue {
        return [
            "step": .integer(step),
            "time": .number(time),
            "step_size": .number(stepSize),
            "step_error": JSONValue(error),
            "rejected": .integer(rejections),
            "energy": energy.json,
            "energy_drift": .number(energyDrift),
            "residual": [
                "absolute": .number(residual), "relative": .number(relativeResidual),
                "cross_validated": JSONValue(crossValidatedResidual),
            ],
            "distance_bound": JSONValue(distanceBound),
            "infidelity_bound": JSONValue(infidelityBound),
            "acceptance": JSONValue(acceptance),
            "swap_acceptance": acceptances?.swapJSON ?? .null,
            "solver": solution.json,
            "norms": ["derivative": .number(derivativeNorm), "parameters": .number(parameterNorm)],
            "seconds": clock.json,
            "collectives": ["calls": .integer(collectives.calls), "bytes": .integer(collectives.bytes)],
            "relinearised_chunks": .integer(relinearisations),
            "seed": .integer(seed),
            "version": .string(programVersion),
        ]
    }

    /// - Parameter steps: of the whole evolution, as far as it is known.
    func figures(of steps: Int) -> StepFigures {
        func defined(_ value: Double?) -> Double? { value.flatMap { $0.isNaN ? nil : $0 } }
        return StepFigures(
            step: step, steps: steps, energy: energy.statistics.mean.real,
            error: defined(energy.withAutocorrelation?.error), variance: energy.variance,
            splitRHat: defined(energy.statistics.splitRHat),
            autocorrelationTime: defined(energy.withAutocorrelation?.tau), acceptance: acceptance,
            swapAcceptance: acceptances?.swaps ?? [], solverIterations: solution.solver.iterations, time: time,
            residual: defined(relativeResidual),
            seconds: clock.total)
    }
}

/// summary.json of an evolution.
struct EvolutionSummary {
    let state: EvolutionState
    let last: EvolutionReport
    let samplesPerStep: Int
    let seed: Int

    var json: JSONValue {
        let siteCount = state.driver.waveFunction.siteCount
        return [
            "evolution": .string(state.driver.equation.time.rawValue),
            "integrator": .string(state.driver.tableau.name),
            "time": .number(last.time),
            "steps": .integer(last.step),
            "rejected_steps": .integer(state.rejections),
            "energy": last.energy.json,
            "energy_per_site": .number(last.energy.statistics.mean.real / Double(siteCount)),
            "energy_drift": ["last": .number(last.energyDrift), "largest": .number(state.largestDrift)],
            "residual": ["last": .number(last.relativeResidual), "largest": .number(state.largestResidual)],
            "distance_bound": JSONValue(last.distanceBound),
            "infidelity_bound": JSONValue(last.infidelityBound),
            "finished": true,
            "ranks": .integer(state.driver.state.communicator.size),
            "parameters": .integer(state.driver.waveFunction.layout.count),
            "samples_per_step": .integer(samplesPerStep),
            "seconds": PhaseClock.json(total: state.totalSeconds) { state.seconds[$0.rawValue] ?? 0 },
            "seed": .integer(seed),
            "version": .string(programVersion),
        ]
    }

    /// Lines for the end of the progress display.
    var lines: [(name: String, value: String)] {
        var lines = [
            ("time", TerminalNumber.short(last.time)),
            (
                "energy",
                TerminalNumber.value(last.energy.statistics.mean.real, error: last.energy.withAutocorrelation?.error)
            ),
            ("residual r^2, at most", TerminalNumber.short(state.largestResidual)),
        ]
        if state.driver.equation.time == .real, !state.driver.equation.isDriven {
            lines.append(("drift of the energy, at most", TerminalNumber.short(state.largestDrift)))
        }
        if let bound = last.infidelityBound { lines.append(("bound of the infidelity", TerminalNumber.short(bound))) }
        lines.append(("steps", "\(last.step), \(state.rejections) more made again shorter"))
        lines.append(("time of the steps", TerminalNumber.duration(state.totalSeconds)))
        return lines
    }
}
