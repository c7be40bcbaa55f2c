/// The figures of a step on one line.
enum ProgressLine {
    private static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded()))%" }

    /// - Parameters:
    ///   - secondsLeft: of the whole run; nil where nothing is known yet.
    ///   - width: columns that the line may take; the least important figures are left out to fit.
    static func text(_ figures: StepFigures, secondsLeft: Double?, width: Int = .max) -> String {
        let stepWidth = String(figures.steps).count
        let step = String(figures.step)
        let padded = String(repeating: " ", count: max(0, stepWidth - step.count)) + step
        // In the order of the line; the higher the rank, the earlier a figure is left out.
        var parts: [(text: String, rank: Int)] = [
            (figures.endIsOpen ? "\(padded)/auto" : "\(padded)/\(figures.steps)", 0)
        ]
        if let time = figures.time { parts.append(("t " + TerminalNumber.short(time), 0)) }
        parts += [
            ("E " + TerminalNumber.value(figures.energy, error: figures.error), 0),
            ("var " + TerminalNumber.short(figures.variance), 2),
        ]
        if !figures.stateEnergies.isEmpty {
            let states = figures.stateEnergies.map { TerminalNumber.short($0) }.joined(separator: ", ")
            parts.append(("of states (\(states))", 1))
        }
        if let residual = figures.residual { parts.append(("r2 " + TerminalNumber.short(residual), 1)) }
        if let splitRHat = figures.splitRHat, splitRHat.isFinite {
            parts.append(("Rhat " + TerminalNumber.decimals(splitRHat), 4))
        }
        if let tau = figures.autocorrelationTime, tau.isFinite { parts.append(("tau " + TerminalNumber.short(tau), 5)) }
        if let acceptance = figures.acceptance { parts.append(("acc \(percent(acceptance))", 6)) }
        if !figures.acceptanceByMove.isEmpty {
            let moves = figures.acceptanceByMove.map { "\($0.name) \(percent($0.share))" }.joined(separator: ", ")
            parts.append(("(\(moves))", 9))
        }
        if let least = figures.swapAcceptance.min() { parts.append(("swap \(percent(least))", 6)) }
        if let iterations = figures.solverIterations { parts.append(("it \(iterations)", 7)) }
        if let rate = figures.chosenLearningRate { parts.append(("lr " + TerminalNumber.short(rate), 8)) }
        if let samples = figures.chosenSamples { parts.append(("n \(samples)", 8)) }
        parts.append((TerminalNumber.duration(figures.seconds) + "/step", 3))
        if let secondsLeft, figures.step < figures.steps {
            parts.append((TerminalNumber.duration(secondsLeft) + " left", 1))
        }
        func line() -> String { parts.map(\.text).joined(separator: "  ") }
        while line().count > width, let last = parts.map(\.rank).max(), last > 0 {
            parts.removeAll { $0.rank == last }
        }
        return String(line().prefix(max(width, 0)))
    }
}
