import Foundation

/// Shows how a run goes, on standard error: one live line on a terminal, otherwise plain lines at a
/// rate that fits a log file. Only rank 0 shows anything.
final class ProgressDisplay {
    enum Style {
        case none
        /// One line, rewritten in place.
        case live
        case plain
    }

    private let style: Style
    private let now: () -> Double
    private var lastShown: Double?
    private var liveLineIsOpen = false
    /// Moving average over about the last ten steps.
    private var secondsPerStep: Double?

    /// - Parameters:
    ///   - rank: every rank but 0 stays silent.
    ///   - isQuiet: whether rank 0 is silent too.
    ///   - clock: seconds since some moment.
    init(rank: Int, isQuiet: Bool, clock: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }) {
        now = clock
        if rank != 0 || isQuiet {
            style = .none
        } else {
            style = TerminalWindow.isPresent ? .live : .plain
        }
    }

    /// Shows the figures of a step if it is time to: always the first and the last step, otherwise ten
    /// times a second on a terminal and once a second elsewhere.
    func report(_ figures: StepFigures) {
        // The first step includes set-up costs that later ones do not have: it counts until the second.
        if let average = secondsPerStep, figures.step > 2 {
            secondsPerStep = average + 0.1 * (figures.seconds - average)
        } else {
            secondsPerStep = figures.seconds
        }
        guard style != .none else { return }
        let time = now()
        let interval = style == .live ? 0.1 : 1.0
        let isLast = figures.step >= figures.steps
        if let lastShown, !isLast, time - lastShown < interval { return }
        lastShown = time
        let ofSteps = secondsPerStep.map { $0 * Double(max(0, figures.steps - figures.step)) }
        let secondsLeft = [figures.endIsOpen ? nil : ofSteps, figures.secondsLeft].compactMap { $0 }.min()
        if style == .live {
            // The last column is left free: some terminals wrap when it is written.
            let line = ProgressLine.text(figures, secondsLeft: secondsLeft, width: TerminalWindow.columns - 1)
            write("\r\u{1B}[2K" + line + (isLast ? "\n" : ""))
            liveLineIsOpen = !isLast
        } else {
            write(ProgressLine.text(figures, secondsLeft: secondsLeft) + "\n")
        }
    }

    /// A message between the figures: a warning, a note that a checkpoint was written.
    func note(_ text: String) {
        guard style != .none else { return }
        closeLine()
        write(text + "\n")
    }

    /// The end of the run, as aligned lines of names and values.
    func finish(_ summary: [(name: String, value: String)]) {
        guard style != .none else { return }
        closeLine()
        let width = summary.map(\.name.count).max() ?? 0
        for (name, value) in summary {
            write("  " + name + String(repeating: " ", count: width - name.count + 2) + value + "\n")
        }
    }

    /// Sentences after that.
    func close(_ lines: [String]) {
        guard style != .none else { return }
        write("\n" + lines.joined(separator: "\n") + "\n")
    }

    /// Leaves the live line as it is and goes to the next, so that other output starts on a new one.
    func closeLine() {
        guard liveLineIsOpen else { return }
        liveLineIsOpen = false
        write("\n")
    }

    private func write(_ text: String) {
        // Where it cannot be written (a full disk, a closed terminal) the run goes on unseen.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
