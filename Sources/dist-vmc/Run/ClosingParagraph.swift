import DistQGT
import Foundation

/// What a run was and what it came to, in sentences that can be pasted into a notebook.
struct ClosingParagraph {
    private let configuration: ConfigurationNode
    private let summary: RunSummary

    /// - Parameter configuration: the resolved one.
    init(_ configuration: ConfigurationNode, _ summary: RunSummary) {
        self.configuration = configuration
        self.summary = summary
    }

    /// Lines of at most so many characters, but for longer words.
    func lines(width: Int = 100) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    var text: String { [subject, steps, energy, statistics, extrapolation].compactMap { $0 }.joined(separator: " ") }

    private var subject: String {
        let blocks = ["lattice", "hilbert", "hamiltonian", "states"].compactMap { name in
            block(name).map { "\(name) {\($0)}" }
        }
        return
            "Variational Monte Carlo for \(blocks.joined(separator: ", ")) with the ansatz {\(block("ansatz") ?? "")}, "
            + "\(summary.parameters) real parameters."
    }

    private var steps: String {
        let steps = "\(summary.steps) \(summary.steps == 1 ? "step" : "steps")"
        let average =
            summary.averagedSteps > 0
            ? " The parameters are the mean of those of the last \(summary.averagedSteps) steps." : ""
        let returns =
            summary.returns > 0
            ? " \(Self.times(summary.returns)) the run had lost its state and went back to an "
                + "earlier one." : ""
        return
            "\(steps) of \(summary.choosesSamples ? "up to " : "")\(summary.samplesPerStep) \(summary.isSummed ? "basis states" : "samples") took "
            + "\(TerminalNumber.duration(summary.totalSeconds)) on \(summary.ranks) \(summary.ranks == 1 ? "rank" : "ranks"); "
            + "the run ended \(ending).\(average)\(returns)"
    }

    private static func times(_ count: Int) -> String {
        switch count {
        case 1: "Once"
        case 2: "Twice"
        default: "\(count) times"
        }
    }

    private var ending: String {
        switch summary.end {
        case .steps: "after the steps that were asked for"
        case .maximumSteps: "after run.max_steps, before energy and variance had stopped falling"
        case .converged: "because energy and variance had stopped falling within their errors"
        case .time: "because run.max_time was used up"
        }
    }

    private var energy: String {
        let (mean, sites) = (summary.energy.statistics.mean.real, Double(summary.siteCount))
        let error = summary.energy.withAutocorrelation?.error
        func value(_ mean: Double, _ error: Double?) -> String {
            guard let error, error.isFinite, error > 0 else { return TerminalNumber.value(mean, error: nil) }
            return TerminalNumber.value(mean, error: error)
        }
        let source =
            summary.isSummed
            ? "summed over the basis" : "from \(summary.energy.sampleCount) fresh samples at the final parameters"
        if let ensemble = summary.energy.ensemble {
            return "Energies of the \(ensemble.levels.count) states \(ensemble.words.joined(separator: ", ")), in all "
                + "\(value(mean, error)), \(source) (digits in brackets: standard error)."
        }
        return "Energy \(value(mean, error)), per site \(value(mean / sites, error.map { $0 / sites })), \(source) "
            + "(digits in brackets: standard error)."
    }

    private var statistics: String {
        var parts = [
            "variance \(TerminalNumber.short(summary.energy.variance))",
            summary.energy.ensemble == nil ? "V-score \(TerminalNumber.short(summary.energy.trustedVScore))" : nil,
        ].compactMap { $0 }
        let splitRHat = summary.energy.statistics.splitRHat
        if splitRHat.isFinite { parts.append("R-hat \(TerminalNumber.decimals(splitRHat))") }
        if let tau = summary.energy.withAutocorrelation?.tau, tau.isFinite {
            parts.append("autocorrelation time \(TerminalNumber.short(tau)) kept samples of a chain")
        }
        let text = parts.joined(separator: ", ")
        let warnings = summary.warnings.map { " Warning: \($0)." }.joined()
        return text.prefix(1).uppercased() + text.dropFirst() + "." + warnings
    }

    private var extrapolation: String? {
        guard let found = summary.extrapolation else { return nil }
        return
            "Energy against variance of the last \(found.steps) steps (variances \(TerminalNumber.short(found.variances.lowerBound)) "
            + "to \(TerminalNumber.short(found.variances.upperBound))) leads to "
            + "\(TerminalNumber.value(found.energy, error: found.error)) at zero variance (\(RunSummary.extrapolationLabel))."
    }

    private static let longest = 160

    /// A block, or each of a list of blocks, on one line, without keys that are null and details of networks; nil without it.
    private func block(_ name: String) -> String? {
        func line(_ entries: [ConfigurationNode.Entry]) -> String {
            entries.filter { !$0.value.isNull && !$0.key.hasSuffix("_init") && !$0.key.hasPrefix("use_") }
                .map { "\($0.key): \(ConfigurationDump.inline($0.value))" }.joined(separator: ", ")
        }
        let text: String
        switch configuration[name]?.content {
        case .map(let entries): text = line(entries)
        case .list(let blocks): text = blocks.compactMap { try? line($0.map()) }.joined(separator: "} {")
        default: return nil
        }
        return text.count <= Self.longest ? text : text.prefix(Self.longest) + "..."
    }
}
