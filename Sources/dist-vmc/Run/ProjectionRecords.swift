import Communication
import DistQGT
import RunFiles

extension ProjectionCost {
    /// Of the walkers, in words, and of the messages of a generation.
    var lines: [[String]] {
        let (least, most) = (walkersPerRank.lowerBound, walkersPerRank.upperBound)
        return [
            [
                "walkers",
                "\(walkers), \(least == most ? "\(most)" : "\(least) to \(most)") on a rank, \(bytesPerWalker) bytes each",
            ],
            [
                "a generation sends",
                "\(gatheredBytes) bytes from each rank to all, and walkers of \(bytesPerMessage) bytes from rank to rank",
            ],
        ]
    }

    var words: String { lines.map { $0.joined(separator: ": ") }.joined(separator: "; ") }

    var json: JSONValue {
        [
            "walkers": .integer(walkers),
            "walkers_per_rank": JSONValue([walkersPerRank.lowerBound, walkersPerRank.upperBound]),
            "bytes_per_walker": .integer(bytesPerWalker), "bytes_per_moved_walker": .integer(bytesPerMessage),
            "gathered_bytes": .integer(gatheredBytes),
        ]
    }
}

extension RunPlan {
    /// What the projection takes that the configuration describes; nil where it describes none.
    ///
    /// - Throws: `ConfigurationError` for observables that are none.
    func projectionCost() throws -> ProjectionCost? {
        guard let projection = configuration.projection else { return nil }
        let request = try projection.observables.map {
            try ObservableRequest($0, configuration: configuration, precision: .infinity, isSummed: false)
        }
        return ProjectionCost(
            projection.plan, siteCount: configuration.problem.siteCount, quantities: request?.items.count ?? 0,
            ranks: ranks, isDeterministic: configuration.run.deterministic)
    }
}

extension GenerationReport {
    /// One line of log.jsonl.
    func json(interval: Double, seed: Int) -> JSONValue {
        [
            "step": .integer(generation),
            "time": .number(Double(generation) * interval),
            "energy": ["mean": JSONValue([energy, 0]), "variance": .number(variance)],
            "weight": ["log_mean": .number(logWeight), "effective_share": .number(effectiveShare)],
            "moves": .integer(moves),
            "wrong_signs": .integer(wrongSigns),
            "seconds": ["total": .number(seconds)],
            "collectives": [
                "calls": .integer(collectives.calls), "bytes": .integer(collectives.bytes),
                "walkers_sent": .integer(sent),
            ],
            "seed": .integer(seed),
            "version": .string(programVersion),
        ]
    }

    func figures(of plan: ProjectionPlan) -> StepFigures {
        StepFigures(
            step: generation, steps: plan.lastGeneration, energy: energy, variance: variance,
            time: Double(generation) * plan.interval, seconds: seconds)
    }
}

/// summary.json of a projection.
struct ProjectionSummary {
    let state: ProjectionState
    /// By correction length, ascending.
    let energies: [ProjectedEstimate]
    let quantities: [Evaluation.Quantity]
    let seed: Int
    private var plan: ProjectionPlan { state.projection.plan }
    private var siteCount: Double { Double(state.projection.state.waveFunction.siteCount) }

    /// - Precondition: the projection is over.
    init(_ state: ProjectionState, _ observables: ProjectionObservables?, seed: Int) throws {
        self.state = state
        self.seed = seed
        energies = try state.projection.energies()
        quantities = try observables?.quantities(state.projection.forwardEstimates()) ?? []
    }

    private var energy: ProjectedEstimate { energies[energies.count - 1] }
    private var kind: String { state.projection.hasFixedNode ? "fixed node (an upper bound)" : "exact" }

    var json: JSONValue {
        var object: JSONObject = [
            "projection": .string(kind),
            "energy": [
                "mean": JSONValue([energy.mean, 0]), "error": .number(energy.error), "tau": .number(energy.tau),
            ],
            "energy_per_site": [
                "mean": .number(energy.mean / siteCount), "error": .number(energy.error / siteCount),
            ],
            "energies": .array(
                energies.map {
                    [
                        "correction_length": .integer($0.length), "mean": .number($0.mean), "error": .number($0.error),
                        "tau": .number($0.tau), "effective_share": .number($0.effectiveShare),
                    ]
                }),
            "wrong_signs": .integer(state.projection.wrongSigns),
            "moves": .integer(state.projection.moves),
            "walkers": .integer(plan.walkers),
            "interval": .number(plan.interval),
            "equilibration": .integer(plan.equilibration),
            "generations": .integer(plan.generations),
            "warnings": .array(warnings.map { .string($0) }),
            "finished": true,
            "ranks": .integer(state.projection.state.communicator.size),
            "parameters": .integer(state.projection.state.waveFunction.layout.count),
            "seconds": ["total": .number(state.totalSeconds)],
            "seed": .integer(seed),
            "version": .string(programVersion),
        ]
        EvaluationReport.add(quantities, to: &object)
        return .object(object)
    }

    /// Below this share of the generations an estimate rests on few of them.
    private static let leastShare = 0.1

    /// What a reader should know before trusting the energy.
    var warnings: [String] {
        var warnings: [String] = []
        if energy.effectiveShare < Self.leastShare {
            warnings.append(
                "the factors of \(energy.length) generations leave \(TerminalNumber.short(100 * energy.effectiveShare)) % of the "
                    + "generations: more projection.walkers, or a smaller projection.correction_length")
        }
        return warnings
    }

    /// Expectation values that are shown; all of them are in the file.
    private static let shownQuantities = 12

    /// Lines for the end of the progress display.
    var lines: [(name: String, value: String)] {
        var lines = [
            ("projection", kind),
            ("energy", TerminalNumber.value(energy.mean, error: energy.error)),
            ("energy per site", TerminalNumber.value(energy.mean / siteCount, error: energy.error / siteCount)),
        ]
        for other in energies.dropLast() {
            lines.append(
                (
                    "energy with \(other.length) factors of \(energy.length)",
                    TerminalNumber.value(other.mean, error: other.error)
                ))
        }
        for quantity in quantities.prefix(Self.shownQuantities) {
            let estimate = quantity.estimate
            lines.append((quantity.item.name, TerminalNumber.value(estimate.mean, error: estimate.error)))
        }
        if quantities.count > Self.shownQuantities {
            lines.append(("in summary.json", "\(quantities.count - Self.shownQuantities) more"))
        }
        lines.append(("generations", "\(plan.generations), after \(plan.equilibration) of equilibration"))
        lines.append(("time of the generations", TerminalNumber.duration(state.totalSeconds)))
        return lines
    }
}

extension ProjectionError: ExitStatusProviding {
    public var exitStatus: Int32 {
        switch self {
        case .complexKernel, .otherPopulation: ExitStatus.badInput.rawValue
        case .notFinite: ExitStatus.failed.rawValue
        }
    }
}
