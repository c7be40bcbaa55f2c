import Communication
import LinearAlgebra
import Numerics

/// The evolution of a state in time by the time-dependent variational principle: at each stage of a Runge-Kutta step
/// samples → linearise → local energies → forces → solve (`EvolutionEquation`).
///
/// All ranks call every method together. θ̇ and whether a step is good enough are rank 0's, so that the parameters stay equal
/// even where CPUs round differently.
public final class EvolutionDriver: Driver {
    public let equation: EvolutionEquation
    public let tableau: RungeKuttaTableau
    public let times: EvolutionTimes
    /// Nil where steps have one size.
    public let control: StepSizeControl?
    /// Nil before the evolution has begun.
    public private(set) var progress: EvolutionProgress?
    /// θ̇ at the present parameters; nil before the evolution has begun, and where it was taken up.
    public private(set) var derivative: TimeDerivative?
    public var step: Int { progress?.step ?? 0 }
    public var time: Double { progress?.time ?? 0 }
    public var state: MonteCarloState { equation.state }
    public var waveFunction: NeuralQuantumState { state.waveFunction }
    private var communicator: Communicator { state.communicator }

    /// Steps that are made again, shorter, before the evolution gives up.
    private static let maximumAttempts = 40

    /// Local.
    ///
    /// - Parameters:
    ///   - hamiltonian: the one that moves the state, at time 0 where it depends on it.
    ///   - hamiltonianAt: the one at a time; nil where it is always the same.
    ///   - crossValidates: whether residuals are also measured in samples that θ̇ was not solved in.
    ///   - control: nil for steps of one size; needs a tableau that is adaptive.
    /// - Precondition: in real time log ψ is complex.
    /// - Throws: as `StateEnergy.init`.
    public init(
        state: MonteCarloState, hamiltonian: any Operator, at hamiltonianAt: ((Double) throws -> any Operator)? = nil,
        time: EvolutionTime, tableau: RungeKuttaTableau,
        times: EvolutionTimes, control: StepSizeControl? = nil, reconfiguration: StochasticReconfiguration,
        crossValidates: Bool = false
    ) throws {
        precondition(control == nil || tableau.isAdaptive, "\(tableau.name) does not estimate its error")
        self.tableau = tableau
        self.times = times
        self.control = control
        equation = try EvolutionEquation(
            state: state, hamiltonian: hamiltonian, at: hamiltonianAt, time: time, reconfiguration: reconfiguration,
            crossValidates: crossValidates)
    }

    /// Parameter vectors that a step has beside those of a derivative: of the stages, where it starts, the message of a stage, and
    /// the difference that is its error.
    public static func vectors(_ tableau: RungeKuttaTableau) -> Int { tableau.stages.count + 3 }

    /// Whether the end has been reached.
    public var isOver: Bool { times.isOver(time) }

    /// The steps of the whole evolution, if those to come are as long as the next one.
    public var expectedSteps: Int {
        guard !isOver else { return step }
        let rest = (times.end - time) / (control == nil ? times.step : progress?.nextSize ?? times.step)
        return step + Int(min(1e9, max(1, (rest - 1e-6).rounded(.up))))
    }

    /// What is known where the evolution starts. Collective. To be called once, before the first step; not after `restore`.
    ///
    /// - Throws: `DivergenceError`.
    public func begin() throws -> EvolutionReport {
        precondition(progress == nil, "an evolution begins once")
        let before = communicator.counters.snapshot
        let relinearised = waveFunction.relinearisationCount
        var clock = PhaseClock()
        let point = try equation.derivative(&clock, of: 0, at: 0)
        let progress = EvolutionProgress(
            step: 0, time: 0, nextSize: times.step, firstEnergy: point.energy.statistics.mean.real, distance: 0)
        self.progress = progress
        derivative = point
        return report(
            point, progress, size: 0, error: nil, rejections: 0, clock, communicator.counters.snapshot - before,
            waveFunction.relinearisationCount - relinearised)
    }

    /// One step of the Runge-Kutta method, and θ̇ where it ends. Collective.
    ///
    /// A stage makes the collectives of a step of an optimisation with the same solver, and one allreduce for its residual
    /// where it is at the end of the step; where the size is chosen, each attempt adds four allreduces and one broadcast,
    /// in the plain norm the broadcast alone.
    ///
    /// - Throws: `DivergenceError` on every rank where numbers are not finite, or where no step is short enough.
    public func advance() throws -> EvolutionReport {
        guard var progress else { preconditionFailure("begin() comes before the first step") }
        let before = communicator.counters.snapshot
        let relinearised = waveFunction.relinearisationCount
        var clock = PhaseClock()
        let parameters = waveFunction.parameters
        let origin = ParameterVector(parameters.layout)
        origin.assign(from: parameters)
        // Where it was taken up, the same samples are drawn again.
        let first = try derivative ?? equation.derivative(&clock, of: step, at: progress.time)
        let time = progress.time
        let stop = times.stop(after: time, isFixed: control == nil)
        for attempt in 0..<Self.maximumAttempts {
            // A step that all but reaches the stop goes there.
            let isCut = control == nil || time + progress.nextSize * (1 + 1e-6) >= stop
            let size = isCut ? stop - time : progress.nextSize
            let instant = isCut ? stop : time + size
            let (slopes, last) = try stages(from: origin, first.slope, by: size, from: time, to: instant, &clock)
            var (next, error) = (progress.nextSize, nil as Double?)
            if let control, let order = tableau.errorOrder {
                let found = try self.error(of: slopes, size: size, origin, first, control, &clock)
                let factor = control.factor(error: found, order: order)
                // Written so that an error that is not a number is too large.
                guard found <= control.tolerance else {
                    progress.nextSize = size * min(factor, 0.9)
                    guard progress.nextSize > Self.shortestShare * times.end else { break }
                    continue
                }
                error = found
                // A step that was cut says nothing about longer ones than it allows.
                next = size * factor
                if isCut, factor >= StepSizeControl.largestFactor { next = max(progress.nextSize, next) }
            }
            try move(from: origin, by: size, tableau.weights, slopes, &clock)
            let end: TimeDerivative
            if tableau.endsWithLastStage, let last {
                end = last
            } else {
                end = try equation.derivative(&clock, of: step + 1, at: instant)
            }
            progress.nextSize = next
            progress.step += 1
            progress.time = instant
            progress.distance += 0.5 * size * (first.residual.squareRoot() + end.residual.squareRoot())
            // In the metric a step's error is a distance of states, too.
            if let control, control.norm == .metric { progress.distance += error ?? 0 }
            derivative = end
            self.progress = progress
            return report(
                end, progress, size: size, error: error, rejections: attempt, clock,
                communicator.counters.snapshot - before, waveFunction.relinearisationCount - relinearised)
        }
        throw DivergenceError(
            step: step + 1, quantity: "the step",
            problem: "does not reach the tolerance, however short it is made")
    }

    // MARK: Stages

    /// θ̇ of all stages of a step, and the last of them where it is not the first. Where steps are tried, numbers that are not
    /// finite end the stages: the step is too long. Collective.
    private func stages(
        from origin: ParameterVector, _ first: ParameterVector, by size: Double, from start: Double, to end: Double,
        _ clock: inout PhaseClock
    ) throws -> (slopes: [ParameterVector], last: TimeDerivative?) {
        var slopes = [first]
        var last: TimeDerivative?
        do {
            for stage in tableau.stages.indices.dropFirst() {
                try move(from: origin, by: size, tableau.stages[stage], slopes, &clock)
                let isEnd = tableau.endsWithLastStage && stage == tableau.stages.count - 1
                let instant = isEnd ? end : start + size * tableau.stages[stage].reduce(0, +)
                let point = try equation.derivative(&clock, of: step + 1, at: instant, hasResidual: isEnd)
                slopes.append(point.slope)
                last = point
            }
        } catch let error as DivergenceError {
            // Thrown on every rank alike.
            guard control != nil else { throw error }
        }
        return (slopes, last)
    }

    /// θ ← origin + size Σ c_i k_i.
    private func move(
        from origin: ParameterVector, by size: Double, _ coefficients: [Double], _ slopes: [ParameterVector],
        _ clock: inout PhaseClock
    ) throws {
        clock.time(.update) {
            let parameters = waveFunction.parameters
            parameters.assign(from: origin)
            for (coefficient, slope) in zip(coefficients, slopes) where coefficient != 0 {
                parameters.add(size * coefficient, times: slope)
            }
            waveFunction.parametersChanged()
        }
    }

    /// Of the whole time; the error of shorter steps is rounding.
    private static let shortestShare = 1e-12
    /// No state moves faster than √Var H (J. Anandan and Y. Aharonov, PRL 65, 1697, 1990); by samples, and where the variance
    /// changes in a step, some more is let pass.
    private static let speedAllowance = 1.25

    /// Rank 0's estimate of the error of a step: how far its two results are apart, in the metric as states, to which is added
    /// what the step moves the state farther than H does: a step that leaves the samples behind may
    /// have two results that are wrong alike. Infinite where stages are missing. The parameters are the start's
    /// afterwards. Collective: one broadcast, and four allreduces in the metric.
    private func error(
        of slopes: [ParameterVector], size: Double, _ origin: ParameterVector, _ first: TimeDerivative,
        _ control: StepSizeControl, _ clock: inout PhaseClock
    ) throws -> Double {
        let errorWeights = tableau.errorWeights ?? []
        guard slopes.count == tableau.stages.count else {
            try move(from: origin, by: 0, [], [], &clock)
            return .infinity
        }
        var length = 0.0
        switch control.norm {
        case .plain:
            try move(from: origin, by: 0, [], [], &clock)
            let difference = ParameterVector(waveFunction.layout)
            for (weight, slope) in zip(errorWeights, slopes) where weight != 0 {
                difference.add(size * weight, times: slope)
            }
            length = difference.norm()
        case .metric:
            let state = equation.state
            try move(from: origin, by: size, tableau.weights, slopes, &clock)
            let result = clock.time(.update) { state.logPsi(of: first.batch) }
            try move(from: origin, by: size, zip(tableau.weights, errorWeights).map { $0 - $1 }, slopes, &clock)
            let embedded = clock.time(.update) { state.logPsi(of: first.batch) }
            try move(from: origin, by: 0, [], [], &clock)
            length = try clock.time(.update) {
                let start = state.logPsi(of: first.batch)
                let difference = try state.angle(result, embedded, in: first.batch, logPsi: start)
                let path = try state.angle(start, result, in: first.batch, logPsi: start)
                let excess = path - Self.speedAllowance * first.energy.statistics.variance.squareRoot() * size
                return excess <= 0 ? difference : difference + excess
            }
        }
        return try communicator.broadcast(length)
    }

    private func report(
        _ point: TimeDerivative, _ progress: EvolutionProgress, size: Double, error: Double?, rejections: Int,
        _ clock: PhaseClock,
        _ collectives: CollectiveCounts, _ relinearisations: Int
    ) -> EvolutionReport {
        EvolutionReport(
            step: progress.step, time: progress.time, stepSize: size, error: error, rejections: rejections,
            energy: point.energy,
            energyDrift: equation.isDriven ? .nan : point.energy.statistics.mean.real - progress.firstEnergy,
            acceptances: point.acceptances,
            solution: point.solution, residual: point.residual,
            crossValidatedResidual: point.crossValidatedResidual,
            distanceBound: equation.time == .real ? progress.distance : nil, derivativeNorm: point.slope.norm(),
            parameterNorm: waveFunction.parameters.norm(), clock: clock, collectives: collectives,
            relinearisations: relinearisations)
    }

    /// Takes up an evolution; the parameters and the chains, where they stood before the last samples were drawn, are restored
    /// by the caller. Local.
    public func restore(_ progress: EvolutionProgress) {
        self.progress = progress
        derivative = nil
    }
}
