import DistQGT
import Foundation
import RunFiles

/// An evaluation as JSON and as a table.
struct EvaluationReport {
    let evaluation: Evaluation
    /// Step of the checkpoint that was evaluated.
    let step: Int
    let method: SamplerConfiguration.Method
    let siteCount: Int
    let precision: Double
    let maximumSamples: Int
    let chains: Int?
    let seed: Int
    /// Whether it was not ended early.
    let isComplete: Bool

    /// How a file is known to be an evaluation, which another one may replace.
    static let format = "distqgt-evaluation-1"

    /// What the JSON object holds, as `--help` prints it.
    static let fields = """
        format, version, step, n_sites, method (chains, direct, full_sum), samples, chains, seed, acceptance, max_samples, \
        precision, complete (false where it was ended early), reached, not_reached [], energy {mean, error, tau, r_hat, variance, variance_error}, energy_per_site, v_score \
        (null where the variance means nothing), warnings [], lanczos {steps, coefficients [a1, ...] (null where infinite), alpha (of one step: a1), energy {mean, error}, precision, reached} (with --lanczos), \
        \(observableFields)
        """

    /// What the JSON object holds of each block of observables, as `--help` prints it.
    static let observableFields = """
        magnetisation [{component, pattern, moment, site}], density [the same], correlations [{component, distance or \
        displacement or sites, pairs}], structure_factor [{component, momentum}], one_body [{component, part, distance or \
        displacement or sites, pairs}], momentum_distribution [{component, momentum}], pairing [as correlations], \
        pauli_strings [{name}], fermion_strings [{name}], renyi2 [{name, sites, purity, purity_error}]; \
        of a run with several states [{state}] in `states`, and in the others {state} or, of |<a|O|b>|^2, {states: [a, b]}; each of these also {text, mean, error, tau, r_hat, precision, reached}.
        """

    static let blocks = [
        ObservableRequest.statesBlock, "magnetisation", "density", "correlations", "structure_factor", "one_body",
        "momentum_distribution", "pairing",
        "pauli_strings", "fermion_strings", "renyi2",
    ]

    var json: JSONValue {
        let energy = evaluation.result.energy
        let variance = evaluation.result.energyVariance
        var object: JSONObject = [
            "format": .string(Self.format),
            "version": .string(programVersion),
            "step": .integer(step),
            "n_sites": .integer(siteCount),
            "method": .string(methodName),
            "samples": .integer(evaluation.result.samples),
            "chains": chains.map { .integer($0) } ?? .null,
            "seed": evaluation.isSummed ? .null : .integer(seed),
            "acceptance": JSONValue(evaluation.result.acceptance),
            "max_samples": evaluation.isSummed ? .null : .integer(maximumSamples),
            "precision": .number(precision),
            "complete": .bool(isComplete),
            "reached": .bool(evaluation.isReached),
            "not_reached": .array(evaluation.notReached.map { .string($0) }),
            "energy": [
                "mean": .number(energy.mean), "error": .number(energy.error), "tau": .number(energy.tau),
                "r_hat": .number(energy.rHat), "variance": .number(variance.mean),
                "variance_error": .number(variance.error),
            ],
            "energy_per_site": .object(Self.json(evaluation.energyPerSite)),
            "v_score": .number(evaluation.vScore),
            "warnings": .array(evaluation.warnings.map { .string($0) }),
        ]
        if let step = evaluation.result.lanczosStep, let perSite = evaluation.lanczosPerSite {
            var lanczos: JSONObject = [
                "steps": .integer(step.coefficients.count),
                "coefficients": .array(step.coefficients.map { .number($0) }),
                "energy": ["mean": .number(step.energy), "error": .number(step.error)],
                "precision": .number(perSite.item.precision), "reached": .bool(perSite.isReached),
            ]
            if step.coefficients.count == 1 { lanczos["alpha"] = .number(step.coefficients[0]) }
            object["lanczos"] = .object(lanczos)
        }
        Self.add(evaluation.quantities, to: &object)
        return .object(object)
    }

    /// Adds a list for each block of observables that some quantities belong to.
    static func add(_ quantities: [Evaluation.Quantity], to object: inout JSONObject) {
        for block in blocks {
            let members = quantities.filter { $0.item.block == block }
            if !members.isEmpty { object[block] = .array(members.map { .object(json($0)) }) }
        }
    }

    private var methodName: String {
        switch method {
        case .metropolis: "chains"
        case .direct: "direct"
        case .fullSum: "full_sum"
        }
    }

    private static func json(_ quantity: Evaluation.Quantity) -> JSONObject {
        var object = quantity.item.labels
        object["text"] = .string(quantity.item.name)
        object["mean"] = .number(quantity.estimate.mean)
        object["error"] = .number(quantity.estimate.error)
        object["tau"] = .number(quantity.estimate.tau)
        object["r_hat"] = .number(quantity.estimate.rHat)
        for (key, value) in zip(quantity.details.keys, quantity.details.values) { object[key] = value }
        object["precision"] = .number(quantity.item.precision)
        object["reached"] = .bool(quantity.isReached)
        return object
    }

    /// A table, one line for each quantity.
    var text: String {
        let source =
            evaluation.isSummed
            ? "the whole basis, \(evaluation.result.samples) states"
            : "\(evaluation.result.samples) samples of \(chains ?? 0) chains"
        let end = isComplete ? "" : "; ended early, not complete"
        var lines = ["step \(step), \(siteCount) sites, \(source)\(end)"]
        var rows = [["", "mean", "error", "tau", "R-hat", ""]]
        func row(_ name: String, _ estimate: ChainEstimate, _ mark: String) {
            rows.append([
                name,
                evaluation.isSummed
                    ? Self.exact(estimate.mean) : TerminalNumber.value(estimate.mean, error: estimate.error),
                Self.short(estimate.error), Self.short(estimate.tau),
                estimate.rHat.isFinite ? String(format: "%.4f", estimate.rHat) : "-", mark,
            ])
        }
        row("energy", evaluation.result.energy, "")
        row("variance", evaluation.result.energyVariance, "")
        for quantity in evaluation.perSite + evaluation.quantities {
            row(
                quantity.item.name, quantity.estimate,
                quantity.isReached ? "" : "> \(Self.short(quantity.item.precision))")
        }
        if let step = evaluation.result.lanczosStep {
            let isOne = step.coefficients.count == 1
            for (power, coefficient) in step.coefficients.enumerated() {
                let name = isOne ? "alpha of the Lanczos step" : "a\(power + 1) of the Lanczos steps"
                rows.append([name, Self.short(coefficient), "", "", "", ""])
            }
        }
        rows.append(["V-score", Self.short(evaluation.vScore), "", "", "", ""])
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for cells in rows {
            let padded = cells.enumerated().map { column, cell -> String in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            lines.append(padded.joined(separator: "  ").trimmingTrailingSpaces)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func exact(_ value: Double) -> String { value.isFinite ? String(format: "%.12g", value) : "-" }
    private static func short(_ value: Double) -> String { value.isFinite ? TerminalNumber.short(value) : "-" }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        String(reversed().drop { $0 == " " }.reversed())
    }
}
