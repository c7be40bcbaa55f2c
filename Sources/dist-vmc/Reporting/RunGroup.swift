import DistQGT

/// A run of a report: its record beside what the report found out about it.
struct ReportedRun {
    /// Among the report's runs.
    let number: Int
    /// What the page calls it.
    let name: String
    let record: RunRecord
    /// The exact energy; nil where it is not known.
    let exactEnergy: Double?

    /// The curve of a quantity, with an error band if asked for.
    func series(_ quantity: StepQuantity, errors: StepQuantity? = nil) -> ChartSeries {
        ChartSeries(
            run: number, name: name, steps: record.entries.map { Double($0["step"]?.integer ?? 0) },
            values: quantity.values(in: record.entries), errors: errors?.values(in: record.entries))
    }

    /// |E − E₀|/|E₀|, or |E − E₀| where E₀ is zero.
    func relativeError(of energy: Double) -> Double {
        guard let exactEnergy else { return .nan }
        return abs(energy - exactEnergy) / (exactEnergy == 0 ? 1 : abs(exactEnergy))
    }

    /// The energy after the last step with its error, or the last step's in an unfinished run.
    var lastEnergy: (value: Double, error: Double) {
        let estimate = record.lastEstimate
        let mean = estimate?["mean"]
        return ((mean?[0] ?? mean)?.number ?? .nan, estimate?["error"]?.number ?? .nan)
    }

    /// The estimate at the final parameters, at the run's last step; nil in an unfinished run.
    var finalEstimate: LineChart.Estimate? {
        guard record.isFinished, let step = record.lastStep, lastEnergy.value.isFinite else { return nil }
        return .init(run: number, step: Double(step), value: lastEnergy.value, error: lastEnergy.error)
    }
}

/// Runs of one problem, whose energies can be compared.
struct RunGroup {
    /// Lattice and Hamiltonian; empty if all runs of the report are of one problem.
    let title: String
    let runs: [ReportedRun]

    static func groups(of runs: [ReportedRun]) -> [RunGroup] {
        var keys: [String] = []
        var members: [String: [ReportedRun]] = [:]
        for run in runs {
            let key = run.record.problemKey
            if members[key] == nil { keys.append(key) }
            members[key, default: []].append(run)
        }
        return keys.map { key in
            let runs = members[key] ?? []
            let lattice = runs.first?.record.setting("lattice", "type")
            let extent = runs.first?.record.setting("lattice", "extent")
            let hamiltonian = runs.first?.record.setting("hamiltonian", "type")
            let title = [hamiltonian, lattice, extent].compactMap { $0 }.joined(separator: " ")
            return RunGroup(title: keys.count == 1 ? "" : title, runs: runs)
        }
    }
}
