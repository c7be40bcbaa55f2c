import DistQGT

/// Which charts a report has.
struct ReportCharts {
    let runs: [ReportedRun]

    /// Charts of energies, one set for each problem.
    var energies: [LineChart] { RunGroup.groups(of: runs).flatMap(energies) }

    private func energies(of group: RunGroup) -> [LineChart] {
        let suffix = group.title.isEmpty ? "" : ", \(group.title)"
        let references = Set(group.runs.compactMap(\.exactEnergy)).sorted().map { value in
            LineChart.Reference(value: value, run: nil)
        }
        let whole = group.runs.map { $0.series(.energy, errors: .error) }.filter(\.hasValues)
        let estimates = group.runs.compactMap(\.finalEstimate)
        guard !whole.isEmpty || !estimates.isEmpty else { return [] }
        var charts = [
            LineChart(
                title: "Energy" + suffix, explanation: "Mean of each step with its standard error",
                series: whole,
                vertical: .linear(whole.flatMap(\.extent) + references.map(\.value) + estimates.map(\.value)),
                references: references, estimates: estimates)
        ]
        if let detail = detail(whole, references, estimates, title: "Energy, second half" + suffix) {
            charts.append(detail)
        }
        return charts
    }

    /// The second half of each run, on a range of its own.
    private func detail(
        _ whole: [ChartSeries], _ references: [LineChart.Reference], _ estimates: [LineChart.Estimate], title: String
    ) -> LineChart? {
        let halves = whole.compactMap { series -> ChartSeries? in
            guard series.steps.count >= 8, let first = series.steps.first, let last = series.steps.last else {
                return nil
            }
            return series.from(step: first + (last - first) / 2)
        }.filter(\.hasValues)
        guard !halves.isEmpty else { return nil }
        let shown = estimates.filter { estimate in halves.contains { $0.run == estimate.run } }
        let data = halves.flatMap(\.extent).filter(\.isFinite) + shown.map(\.value)
        guard let lowest = data.min(), let highest = data.max() else { return nil }
        // An exact energy far away would leave nothing to see of the curves.
        let reach = 2 * (highest - lowest)
        let near = references.filter { $0.value > lowest - reach && $0.value < highest + reach }
        return LineChart(
            title: title, explanation: "The same from the middle of each run on", series: halves,
            vertical: .linear(data + near.map(\.value)), references: near, estimates: shown)
    }

    /// The distance from the exact energy, for the runs where it is known.
    private var relativeError: LineChart? {
        let series = runs.filter { $0.exactEnergy != nil }.map { run -> ChartSeries in
            let energies = run.series(.energy)
            return ChartSeries(
                run: run.number, name: run.name, steps: energies.steps, values: energies.values.map(run.relativeError))
        }.filter(\.hasValues)
        let estimates = runs.compactMap { run -> LineChart.Estimate? in
            guard run.exactEnergy != nil, let estimate = run.finalEstimate else { return nil }
            let scale = abs(run.exactEnergy ?? 0)
            return .init(
                run: run.number, step: estimate.step, value: run.relativeError(of: estimate.value),
                error: estimate.error / (scale == 0 ? 1 : scale))
        }
        guard let axis = ChartAxis.logarithmic(series.flatMap(\.values) + estimates.map(\.value)) else { return nil }
        let isAbsolute = runs.contains { $0.exactEnergy == 0 }
        return LineChart(
            title: isAbsolute ? "Error of the energy" : "Relative error of the energy",
            explanation: "|E − E₀|" + (isAbsolute ? "" : " / |E₀|") + ", E₀ the exact energy; logarithmic",
            series: series, vertical: axis, estimates: estimates)
    }

    private enum Scale {
        case linear(includesZero: Bool)
        case logarithmic
    }

    private struct Item {
        let title: String
        let explanation: String
        let quantity: StepQuantity
        let scale: Scale
        var reference: Double?
    }

    private static let stateQuality = [
        Item(
            title: "Variance", explanation: "of the local energies; 0 for an eigenstate", quantity: .variance,
            scale: .logarithmic),
        Item(
            title: "V-score", explanation: "sites · variance / (E − E∞)²", quantity: .vScore, scale: .logarithmic),
    ]
    private static let sampling = [
        Item(
            title: "R̂", explanation: "1 where all chains sample the same distribution", quantity: .rHat,
            scale: .linear(includesZero: false), reference: 1),
        Item(
            title: "τ", explanation: "autocorrelation time of the energy, in kept samples of a chain",
            quantity: .autocorrelationTime, scale: .linear(includesZero: true)),
        Item(
            title: "Acceptance", explanation: "share of accepted proposals", quantity: .acceptance,
            scale: .linear(includesZero: true)),
        Item(
            title: "Samples", explanation: "of a step, over all ranks", quantity: .samples, scale: .logarithmic),
    ]
    private static let solving = [
        Item(
            title: "Solver iterations", explanation: "of the linear system of each step", quantity: .solverIterations,
            scale: .linear(includesZero: true)),
        Item(
            title: "Solver residual", explanation: "‖b − Ax‖ / ‖b‖ at the solution", quantity: .solverResidual,
            scale: .logarithmic),
        Item(title: "Norm of the forces", explanation: "‖F‖", quantity: .forces, scale: .logarithmic),
        Item(
            title: "Norm of the update", explanation: "of the change of the parameters", quantity: .update,
            scale: .logarithmic),
        Item(title: "Learning rate", explanation: "η", quantity: .learningRate, scale: .logarithmic),
        Item(title: "Diagonal shift", explanation: "λ of S + λ", quantity: .diagonalShift, scale: .logarithmic),
        Item(
            title: "Fall of the energy over what the slope promises",
            explanation: "ρ of the steps that were tried: 1 at the best learning rate, 2 for a very small one",
            quantity: .ratio, scale: .linear(includesZero: true), reference: 1),
        Item(
            title: "Signal", explanation: "the share of F·δ that is no noise of the samples", quantity: .signal,
            scale: .linear(includesZero: true)),
    ]
    private static let time = [
        Item(
            title: "Seconds per step", explanation: "wall time", quantity: .seconds, scale: .logarithmic)
    ]

    /// Charts, and the titles of those for which no run has numbers.
    typealias Section = (charts: [LineChart], missing: [String])

    var accuracy: Section {
        let quality = section(Self.stateQuality)
        return ([relativeError].compactMap { $0 } + quality.charts, quality.missing)
    }
    var sampling: Section { section(Self.sampling) }
    var solving: Section { section(Self.solving) }
    var time: Section { section(Self.time) }

    private func section(_ items: [Item]) -> Section {
        var section: Section = ([], [])
        for item in items {
            if let chart = chart(item) { section.charts.append(chart) } else { section.missing.append(item.title) }
        }
        return section
    }

    private func chart(_ item: Item) -> LineChart? {
        let series = runs.map { $0.series(item.quantity) }.filter(\.hasValues)
        guard !series.isEmpty else { return nil }
        let values = series.flatMap(\.values) + [item.reference].compactMap { $0 }
        let references = [item.reference].compactMap { $0 }.map { LineChart.Reference(value: $0, run: nil) }
        switch item.scale {
        case .linear(let includesZero):
            return LineChart(
                title: item.title, explanation: item.explanation, series: series,
                vertical: .linear(values, includesZero: includesZero), references: references)
        case .logarithmic:
            // A quantity that vanishes throughout has no logarithmic axis.
            let axis = ChartAxis.logarithmic(values)
            let zeros = values.count { $0 <= 0 }
            let note = axis == nil ? "" : "; logarithmic" + (zeros > 0 ? ", \(zeros) zeros are not shown" : "")
            return LineChart(
                title: item.title, explanation: item.explanation + note, series: series,
                vertical: axis ?? .linear(values, includesZero: true), references: references)
        }
    }
}
