/// Recognises a run that has exploded in numbers which are still finite.
///
/// Two things are held against what is possible, one against the run's own history:
/// - **Energy.** No state has an energy further from the trace than the radius B of `Operator.energyBound`, nor a variance
///   above B². A mean over C chains whose samples have at most that variance is off by more than 100 B/√C with a
///   probability below 10⁻⁴ (Chebyshev), in practice far below, as variances are far below B²; likewise a sample variance
///   beyond 10⁴ B² (Markov). Where the basis is summed there is no such error.
/// - **Update.** From the sixth step on, a change of the parameters that is larger than the parameters, larger than 1, and
///   more than ten times the largest change of any step so far, both per unit of the learning rate and allowing for a lower
///   diagonal shift. The first steps, which may be wild, make the history.
package struct DivergenceWatch: Sendable, Equatable {
    /// What is wrong with a step. The raw value travels with the update.
    package enum Finding: Int, Sendable {
        case energy = 1
        case variance, update

        /// Of raw values, 0 for nothing among them.
        static let count = 4
    }

    /// The history that a later step is held against.
    package struct History: Sendable, Equatable {
        /// Steps that have been made.
        package var steps = 0
        /// Of the largest change so far: its norm over the learning rate, and the shift it was made with.
        package var largestDirection = 0.0
        package var shift = 0.0

        package init() {}
    }

    private static let judgedFrom = 5
    private static let factor = 10.0
    private static let deviations = 100.0

    private let centre: Double
    private let radius: Double
    package var history = History()

    package init(_ hamiltonian: any Operator) { (centre, radius) = hamiltonian.energyBound }

    /// What is impossible about an energy; nil if nothing is. Local.
    ///
    /// - Parameter chains: over all ranks; nil where the basis is summed.
    package func finding(_ statistics: EnergyStatistics, chains: Int?) -> Finding? {
        let scatter = chains.map { Self.deviations / Double($0).squareRoot() } ?? 1
        if abs(statistics.mean.real - centre) > radius * (1 + scatter) { return .energy }
        let spread = chains == nil ? 2 : Self.deviations
        return statistics.variance > spread * radius * (spread * radius) ? .variance : nil
    }

    /// What is wrong with a change of the parameters, before it is made; nil if nothing is. Local.
    ///
    /// - Parameters:
    ///   - norm: of the change.
    ///   - shift: of the SR equation; 0 without one.
    ///   - parameterNorm: of those that are trained, before the change.
    package func finding(
        update norm: Double, learningRate: Double, shift: Double, parameterNorm: Double
    ) -> Finding? {
        guard history.steps >= Self.judgedFrom, learningRate > 0, norm > 1, norm > parameterNorm else { return nil }
        // Where the shift falls, the direction grows by no more than its ratio.
        let growth = history.shift > shift ? history.shift / shift : 1
        return norm / learningRate > Self.factor * growth * history.largestDirection ? .update : nil
    }

    /// Adds a step that was made to the history.
    package mutating func add(update norm: Double, learningRate: Double, shift: Double) {
        history.steps += 1
        guard learningRate > 0, norm / learningRate > history.largestDirection else { return }
        history.largestDirection = norm / learningRate
        history.shift = shift
    }
}

extension DivergenceError {
    /// A step that is finite and impossible. The same on every rank, as the numbers are.
    package init(
        step: Int, _ finding: DivergenceWatch.Finding, _ statistics: EnergyStatistics, updateNorm: Double
    ) {
        switch finding {
        case .energy:
            self.init(
                step: step, quantity: "the energy",
                problem: "is \(statistics.mean.real), far beyond what any state of this hamiltonian has")
        case .variance:
            self.init(
                step: step, quantity: "the variance of the energy",
                problem: "is \(statistics.variance), far beyond what any state of this hamiltonian has")
        case .update:
            self.init(
                step: step, quantity: "the update",
                problem: "has the norm \(updateNorm), larger than the parameters and than ten times any update before")
        }
    }
}
