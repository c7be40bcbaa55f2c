import DistQGT
import RunFiles

/// What a reader of a run's figures should know before trusting them.
enum RunRemarks {
    /// Less than this share of the proposals is next to nothing.
    private static let leastAcceptance = 0.001
    /// By so many standard errors a variational energy may lie below the exact one by chance.
    static let significantDeviations = 5.0

    static func of(_ run: ReportedRun) -> [String] {
        let record = run.record
        var remarks: [String] = []
        if !record.isFinished {
            let planned = record.plannedSteps.map { " of \($0)" } ?? ""
            remarks.append(
                "not finished: \(record.lastStep ?? 0)\(planned) steps are in the log; energies are those of its last step"
            )
        }
        if record.hasTornLine { remarks.append("the last line of log.jsonl is cut and was left out") }
        let steps = record.entries.compactMap { $0["step"]?.integer }
        if let first = steps.first, let last = steps.last, last - first + 1 != steps.count {
            remarks.append(
                "\(last - first + 1 - steps.count) steps between \(first) and \(last) are missing in the log")
        }
        let unknown = StepQuantity.energy.values(in: record.entries).count { !$0.isFinite }
        if unknown > 0 { remarks.append("\(unknown) of \(steps.count) steps have no finite energy") }

        let energy = run.lastEnergy
        if let exact = run.exactEnergy, energy.error > 0, energy.value < exact - significantDeviations * energy.error {
            remarks.append(
                "the energy lies \(PageNumber.short((exact - energy.value) / energy.error)) standard errors below the exact "
                    + "one, which no state can: the samples or the error are wrong")
        }
        if record.isFinished, let warnings = record.summary?["warnings"]?.array {
            remarks += warnings.compactMap(\.string)
        } else if let rHat = record.lastEstimate?["r_hat"]?.number, rHat > EstimateFault.largestRHat {
            remarks.append("R̂ = \(PageNumber.short(rHat)): the chains have not mixed, and the error is too small")
        }
        if let acceptance = record.entries.last?["acceptance"]?.number, acceptance < leastAcceptance {
            remarks.append(
                "\(PageNumber.short(100 * acceptance)) % of the proposals of the last step were accepted: its chains were frozen"
            )
        }
        remarks += (record.evaluation?["warnings"]?.array ?? []).compactMap(\.string).map { "evaluation: \($0)" }
        let unmixed = unmixedQuantities(record.evaluation)
        if let first = unmixed.first {
            let more = unmixed.count > 1 ? " and \(unmixed.count - 1) more" : ""
            remarks.append(
                "R̂ is above \(EstimateFault.largestRHat) for \(first)\(more) in the evaluation: the chains have not mixed, and the errors "
                    + "are too small")
        }
        if let step = record.evaluation?["step"]?.integer, let last = record.lastStep, step != last {
            remarks.append("the observables are those of the state after step \(step), not of the last one")
        }
        let outcomes = record.entries.compactMap { $0["solver"]?["outcome"]?.string }
        for outcome in SolverOutcome.allCases where outcome != .converged {
            let count = outcomes.count { $0 == outcome.rawValue }
            if count > 0 {
                remarks.append("the solver ended with \(outcome.rawValue) in \(count) of \(outcomes.count) steps")
            }
        }
        let replaced = record.entries.count { $0["solver"]?["failed"]?.array?.isEmpty == false }
        if replaced > 0 { remarks.append("another solver took over from one that failed in \(replaced) steps") }
        return remarks
    }

    private static func unmixedQuantities(_ evaluation: JSONValue?) -> [String] {
        guard let evaluation else { return [] }
        let entries =
            [evaluation["energy_per_site"]].compactMap { $0 }
            + EvaluationReport.blocks.flatMap { evaluation[$0]?.array ?? [] }
        return entries.filter { ($0["r_hat"]?.number ?? 0) > EstimateFault.largestRHat }.compactMap {
            $0["text"]?.string
        }
    }
}
