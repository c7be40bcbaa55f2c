import Communication
import LinearAlgebra
import Numerics

/// The search for the state of least energy: samples → linearise → local energies → forces → solve → update.
///
/// All ranks call every method together. What differs between ranks are the samples; parameters and
/// everything derived from reduced numbers are replicated, and rank 0's update is broadcast once per
/// step, so that they stay equal even where CPUs round differently.
public final class GroundStateDriver: Driver {
    public let state: MonteCarloState
    public let energy: StateEnergy
    public let optimiser: Optimiser
    public let learningRate: Schedule
    /// Times the learning rate. The same on every rank.
    public var learningRateFactor = 1.0 {
        didSet { control?.scaleRate(by: learningRateFactor / oldValue) }
    }
    /// Times the learning rate, too, for some steps. The same on every rank.
    public var restraint = 1.0 {
        didSet { control?.scaleRate(by: restraint / oldValue) }
    }
    /// How the next step solves its equation; nil for the plain gradient: δ = F.
    public var reconfiguration: StochasticReconfiguration? { samples?.level.reconfiguration ?? plannedReconfiguration }
    /// That of a fixed number of samples.
    private let plannedReconfiguration: StochasticReconfiguration?
    /// Bound on the norm of a step's change of the parameters; nil for none.
    public let maximumNorm: Double?
    /// Mean absolute deviations from the median that local energies in the forces are clipped to; nil for as they are.
    public let energyClipping: Double?
    /// What chooses the learning rate, the shift, or both; nil where both follow their schedules. The same on every rank.
    package var control: StepControl?
    /// What chooses the number of samples; nil for as many as the state draws by itself. The same on every rank.
    package var samples: SampleControl?
    /// Completed steps.
    public private(set) var step = 0
    /// The last solution of the SR equation, where the next one needs it: a warm start begins there, and SPRING
    /// keeps a share of it.
    public internal(set) var previousDirection: ParameterVector?
    /// Asked on every rank in the middle of each step: whether it has been told to end the run.
    public var isToldToStop: () -> Bool = { false }
    /// Asked on rank 0 towards the end of each step, with whether any rank has been told so: whether the run is to end
    /// after it. Every rank finds the answer in the step's report.
    public var wantsToStop: (_ anyIsTold: Bool) -> Bool = { $0 }
    /// Asked on rank 0 towards the end of each step, with the energy at the parameters before its update (nil where these are left for
    /// those before the last step): what else is decided.
    /// Every rank finds the answer in the step's report.
    public var decide: (EnergyEstimate?) -> StepDecisions = { _ in [] }
    /// Called before each phase of a step.
    package var willBegin: ((PhaseClock.Phase) throws -> Void)?

    /// Nil where no method multiplies with rows.
    private var rows: StoredJacobian?
    /// Whether the solves of a run may need the direction before.
    private let remembersDirection: Bool
    /// The level whose rows these are.
    private var rowsLevel: Int?
    /// Whether the parameters after a step are added to their average, and whether that step's energy is kept beside it.
    public var averaging: (parameters: Bool, energy: Bool) = (false, false)
    /// The average of the parameters; nil where no step has added to it. The same on every rank.
    public var average: ParameterAverage?
    /// The parameters that were last worth being kept (`StepDecisions.keep`); nil before any were. The same on every rank.
    public internal(set) var kept: ParameterVector?
    /// MARCH's moments; nil without.
    public let moments: SecondMoments?
    /// Whether the learning rate is the norm of a step.
    private let fixesNorm: Bool
    /// What the solves of a run leave to the next; nil where no solver asks for it.
    public let subspace: RecycledSubspace?
    /// Rank 0's update of a step and, behind it, whether the run is to end; where the update lies.
    private var updateMessage: RealBuffer?
    /// The same on every rank.
    package var watch: DivergenceWatch

    public var waveFunction: NeuralQuantumState { state.waveFunction }
    private var communicator: Communicator { state.communicator }

    /// Local.
    ///
    /// - Parameters:
    ///   - samples: what chooses the number of samples and, with it, how equations are solved; only where steps are
    ///     controlled.
    ///   - fixesNorm: whether a step's change of the parameters has the norm of the learning rate.
    ///   - maximumNorm: bound on the norm of a step's change of the parameters; nil for none.
    ///   - energyClipping: see `ClippedEnergies`; nil for none.
    /// - Throws: as `StateEnergy.init`.
    public init(
        state: MonteCarloState, hamiltonian: any Operator, optimiser: Optimiser, learningRate: Schedule,
        reconfiguration: StochasticReconfiguration?, fixesNorm: Bool = false, maximumNorm: Double? = nil,
        energyClipping: Double? = nil,
        control: StepControl? = nil, samples: SampleControl? = nil
    ) throws {
        precondition(samples == nil || control != nil, "the noise of a step is measured where steps are controlled")
        precondition(control == nil || reconfiguration != nil, "a controlled step needs the metric of S")
        precondition(
            control == nil || (!fixesNorm && reconfiguration?.scaling == nil),
            "a controlled step measures its own length")
        self.fixesNorm = fixesNorm
        self.state = state
        self.optimiser = optimiser
        self.learningRate = learningRate
        plannedReconfiguration = reconfiguration
        self.samples = samples
        self.maximumNorm = maximumNorm
        self.energyClipping = energyClipping
        self.control = control
        energy = try StateEnergy(of: hamiltonian, in: state)
        watch = DivergenceWatch(hamiltonian)
        let ways = samples.map { $0.levels.map(\.reconfiguration) } ?? [reconfiguration].compactMap { $0 }
        remembersDirection = ways.contains(where: \.remembersDirection)
        moments = ways.first?.makeMoments()
        let count = state.waveFunction.trainedLayout.count
        subspace = ways.lazy.compactMap { $0.makeSubspace(parameters: count) }.first
        rows = samples == nil ? reconfiguration?.makeRows() : nil
    }

    /// Takes up a run after `step` completed steps; the parameters, the optimiser and the chains are
    /// restored by the caller.
    public func resume(afterStep step: Int, previousDirection: [Double]?) {
        self.step = step
        self.previousDirection = previousDirection.map { ParameterVector(waveFunction.trainedLayout, values: $0) }
        waveFunction.parametersChanged()
    }

    /// One optimisation step. Collective.
    ///
    /// Where the SR equation is solved from zero in I iterations, without a restart and with I at most the
    /// solver's residual interval, a step makes I + 9 collectives:
    /// - Markov chains: I + 6 allreduces (1 for the acceptance, 3 for the statistics of the energy, 1 for the
    ///   forces, I + 1 products), 2 broadcasts (the solver's outcome, the update), 1 gather (statistics; empty
    ///   where ranks hold whole chains). Chains of more than 32 samples make one broadcast more, and those that
    ///   are correlated beyond 32 lags still more: see `InitialSequenceEstimate`.
    /// - Direct sampling: one allreduce less, as there is no acceptance.
    /// - Full summation: I + 7 allreduces (3 for the probabilities, 2 for the statistics of the energy, 1 for the
    ///   forces, I + 1 products), 2 broadcasts.
    ///
    /// Where local energies are clipped, five allreduces more. A warm start adds one broadcast and, from the second step on,
    /// one product. Composed centring makes
    /// three allreduces per product. Without an SR equation there are no products, and one broadcast. Other
    /// solvers and sample space: `StepCollectives`.
    ///
    /// - Throws: `DivergenceError` before the parameters are touched, if log ψ, energies, the solution of the SR
    ///   equation or the update are not finite, or are impossible (`DivergenceWatch`).
    public func advance() throws -> StepReport {
        let before = communicator.counters.snapshot
        let relinearised = waveFunction.relinearisationCount
        var clock = PhaseClock()
        let number = step + 1

        let (batch, acceptances) = try time(&clock, .sample) {
            try reportingDivergence(step: number) {
                let batch = try state.draw(length: samples?.level.length)
                return (batch, try state.acceptances(of: batch))
            }
        }
        let jacobian = try time(&clock, .linearise) { state.linearise(batch) }
        let (energies, energy) = try time(&clock, .localEnergy) {
            let values = self.energy.localValues(of: batch, logPsi: jacobian.logPsi)
            return (
                values.energies, try reportingDivergence(step: number) { try self.energy.estimate(values, of: batch) }
            )
        }
        let (gradient, clipped) = try time(&clock, .forces) {
            let clipped = try energyClipping.flatMap {
                try self.energy.clipped(energies, energy.statistics, of: batch, limit: $0)
            }
            let gradient = try EnergyGradient(
                jacobian, localEnergies: clipped?.energies ?? energies, mean: clipped?.mean ?? energy.statistics.mean,
                isFlagged: isToldToStop(),
                isDoubted: control?.isLost(energy: energy.statistics.mean.real, energyError: energy.error) ?? false)
            return (gradient, clipped)
        }
        // One rank's doubt is enough: the numbers are those of all, but for their rounding.
        let found =
            try (gradient.doubtCount > 0 ? wayBack() : nil)
            ?? direction(batch, jacobian, gradient, energies, energy, clipped, &clock)
        let update = found.direction
        let (decisions, updateNorm) = try time(&clock, .update) {
            if found.isReturn {
                previousDirection = nil
                update.scale(by: found.rate)
                control?.takeBack()
            } else {
                try remember(update)
                optimiser.makeUpdate(update, learningRate: found.rate)
            }
            var norm = update.norm()
            var rate = found.rate
            if fixesNorm, norm > 0, norm.isFinite {
                update.scale(by: rate / norm)
                norm = update.norm()
            }
            if let maximumNorm, norm > maximumNorm, norm.isFinite {
                rate *= maximumNorm / norm
                update.scale(by: maximumNorm / norm)
                norm = update.norm()
            }
            if let slope = found.slope {
                control?.made(slope: slope, rate: rate, factor: learningRateFactor * restraint)
            }
            let (decisions, finding) = try broadcast(
                update, found.isReturn ? nil : energy, anyIsToldToStop: gradient.flagCount > 0
            ) {
                found.isReturn
                    ? nil
                    : watch.finding(energy.statistics, chains: state.source.chainSampler?.parameters.chains)
                        ?? watch.finding(
                            update: norm, learningRate: found.rate, shift: found.shift ?? 0,
                            parameterNorm: waveFunction.parameters.trainedNorm())
            }
            let updateNorm = update.norm()
            guard updateNorm.isFinite else { throw DivergenceError(step: number, quantity: "the update") }
            if let finding {
                throw DivergenceError(step: number, finding, energy.statistics, updateNorm: updateNorm)
            }
            if found.isReturn {
                if averaging.parameters { average?.remove(waveFunction.parameters) }
            } else {
                watch.add(update: updateNorm, learningRate: found.rate, shift: found.shift ?? 0)
                if decisions.contains(.keep) { keepParameters(like: update) }
            }
            waveFunction.parameters.add(1, toTrained: update)
            waveFunction.parametersChanged()
            if !found.isReturn { addToAverage(energy, like: update) }
            return (decisions, updateNorm)
        }
        let report = StepReport(
            step: number, energy: energy, clippedSamples: clipped?.count, acceptances: acceptances,
            samples: batch.totalCount, solution: found.solution, learningRate: found.rate, diagonalShift: found.shift,
            trial: found.trial,
            isReturn: found.isReturn, control: control,
            forceNorm: gradient.forces.norm(), updateNorm: updateNorm, parameterNorm: waveFunction.parameters.norm(),
            clock: clock, collectives: communicator.counters.snapshot - before,
            relinearisations: waveFunction.relinearisationCount - relinearised, decisions: decisions)
        step = number
        if var control {
            samples?.choose(&control, wasLost: found.isReturn)
            self.control = control
        }
        return report
    }

    /// Refuses an energy at the present parameters that no state has. Collective: one broadcast.
    ///
    /// - Throws: `DivergenceError` on every rank.
    public func requirePossible(_ estimate: EnergyEstimate) throws {
        let finding = watch.finding(estimate.statistics, chains: state.source.chainSampler?.parameters.chains)
        guard let finding = DivergenceWatch.Finding(rawValue: try communicator.broadcast(finding?.rawValue ?? 0)) else {
            return
        }
        throw DivergenceError(step: step, finding, estimate.statistics, updateNorm: 0)
    }

    /// Adds the parameters to their average, where that is asked for. Collective over the ranks of the update's memory.
    private func addToAverage(_ energy: EnergyEstimate, like update: ParameterVector) {
        guard averaging.parameters else { return }
        let average = average ?? ParameterAverage(like: update)
        self.average = average
        average.add(waveFunction.parameters)
        if averaging.energy { average.add(energy: energy.statistics.mean.real, error: energy.error) }
    }

    /// Puts the average in place of the parameters; once more, and these are back. Collective over the ranks of its memory.
    public func exchangeAverage() {
        average?.exchange(with: waveFunction.parameters)
        waveFunction.parametersChanged()
    }

    /// What the update of a step sends.
    static func messages(parameters: Int, isControlled: Bool) -> [CollectiveRecord] {
        [.reals(parameters + 1 + (isControlled ? StepControl.wordCount : 0), .broadcast)]
    }

    /// What a trial of a step sends, where steps are controlled.
    static func messagesOfTrial(_ distribution: SampleDistribution) -> [CollectiveRecord] {
        StateEnergy.messagesOfReweighting(distribution) + [.reals(StepControl.wordCount + 1, .broadcast)]
    }

    /// Rank 0's update, what it decides about the run, and what it finds wrong with the step: one message.
    private func broadcast(
        _ update: ParameterVector, _ energy: EnergyEstimate?, anyIsToldToStop: Bool,
        finding: () -> DivergenceWatch.Finding?
    ) throws -> (decisions: StepDecisions, finding: DivergenceWatch.Finding?) {
        let (count, share) = (update.count, update.share)
        let length = count + 1 + (control == nil ? 0 : StepControl.wordCount)
        let message = updateMessage ?? update.memory?.makeBuffer(count: length) ?? RealBuffer(count: length)
        updateMessage = message
        (message.pointer + share.lowerBound).update(
            from: update.storage.pointer + share.lowerBound, count: share.count)
        if communicator.rank == 0 {
            var decisions = decide(energy)
            if wantsToStop(anyIsToldToStop) { decisions.insert(.stop) }
            message.pointer[count] = Double(
                decisions.rawValue * DivergenceWatch.Finding.count + (finding()?.rawValue ?? 0))
            for (index, word) in (control?.words ?? []).enumerated() { message.pointer[count + 1 + index] = word }
        }
        try communicator.broadcast(message.buffer, isInCommon: update.memory != nil)
        (update.storage.pointer + share.lowerBound).update(
            from: message.pointer + share.lowerBound, count: share.count)
        update.noteChange()
        update.publish()
        if control != nil { control?.words = (count + 1..<length).map { message.pointer[$0] } }
        let word = Int(message.pointer[count])
        return (
            StepDecisions(rawValue: word / DivergenceWatch.Finding.count),
            DivergenceWatch.Finding(rawValue: word % DivergenceWatch.Finding.count)
        )
    }

    func reportingDivergence<Result>(step: Int, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as NotFiniteError {
            throw DivergenceError(step: step, quantity: error.quantity, problem: error.problem)
        }
    }

    /// A direction and how far the step goes along it.
    private struct FoundDirection {
        let direction: ParameterVector
        let solution: ReconfigurationReport?
        let rate: Double
        let shift: Double?
        /// F·δ, where it matters.
        var slope: Double?
        var trial: StepTrial?
        var isReturn = false
    }

    /// The last step, to be taken back; nil where there was none, and where an optimiser's memory made it. Collective over the
    /// ranks of the direction's memory.
    private func wayBack() -> FoundDirection? {
        guard let control, let previousDirection, control.lastLearningRate > 0,
            optimiser.rule == .gradientDescent
        else { return nil }
        let direction = previousDirection.makeZero()
        direction.assign(from: previousDirection)
        direction.publish()
        return FoundDirection(
            direction: direction, solution: nil, rate: control.lastLearningRate,
            shift: control.controlsShift ? control.shift : reconfiguration?.diagonalShift.value(at: step),
            isReturn: true)
    }

    /// Repeats of a step that must not be made, before the run gives up.
    private static let maximumAttempts = 12

    /// The direction of a step; where steps are controlled, one along which the energy may go. Collective.
    private func direction(
        _ batch: SampleBatch, _ jacobian: Linearisation, _ gradient: EnergyGradient, _ energies: [Double],
        _ energy: EnergyEstimate, _ clipped: ClippedEnergies?, _ clock: inout PhaseClock
    ) throws -> FoundDirection {
        let mean = energy.statistics.mean
        // What the direction is made from; what a step does to the energy is seen in all of it.
        let (forceEnergies, forceMean) = (clipped?.energies ?? energies, clipped?.mean ?? mean)
        let scheduledRate = learningRateFactor * restraint * learningRate.value(at: step)
        let scheduledShift = reconfiguration.map { $0.diagonalShift.value(at: step) }
        guard var control else {
            let (direction, solution) = try time(&clock, .solve) {
                try solve(jacobian, gradient, forceEnergies, forceMean, shift: scheduledShift)
            }
            return FoundDirection(
                direction: direction, solution: solution, rate: scheduledRate, shift: scheduledShift)
        }
        if let previousDirection {
            control.observe(
                slope: gradient.forces.dot(previousDirection), energy: mean.real, energyError: energy.error)
        } else {
            control.begin(energy: mean.real, energyError: energy.error)
        }
        var jacobian = jacobian
        for attempt in 0..<Self.maximumAttempts {
            // The trial before has changed the parameters and put them back.
            if attempt > 0 { jacobian = try time(&clock, .linearise) { state.linearise(batch) } }
            let shift = control.controlsShift ? control.shift : scheduledShift
            // What is kept of the last direction may be what leads uphill, the more so the larger the shift.
            let (direction, solution) = try time(&clock, .solve) {
                try solve(jacobian, gradient, forceEnergies, forceMean, shift: shift, startsAfresh: attempt > 0)
            }
            let slope = gradient.forces.dot(direction)
            let rate = control.rate(slope: slope, scheduled: scheduledRate)
            var found = FoundDirection(
                direction: direction, solution: solution, rate: rate, shift: shift, slope: slope)
            guard control.isTrialDue(slope: slope, rate: rate) || attempt > 0 else {
                self.control = control
                return found
            }
            let (trial, isAccepted) = try time(&clock, .update) {
                let trial = try reweighted(
                    batch, energies, logPsi: jacobian.logPsi, mean: mean.real, along: direction, scale: -rate)
                let isAccepted = control.accepts(
                    trial, slope: slope, rate: rate, energyError: energy.error,
                    energyScale: mean.length + energy.statistics.variance.squareRoot())
                // Rank 0's numbers decide.
                var words = control.words + [isAccepted ? 1 : 0]
                try words.withUnsafeMutableBufferPointer { try communicator.broadcast($0) }
                control.words = Array(words.dropLast())
                return (trial, words[StepControl.wordCount] == 1)
            }
            if isAccepted {
                self.control = control
                found.trial = StepTrial(
                    ratio: StepControl.ratio(trial, slope: slope, rate: rate), effectiveShare: trial.effectiveShare,
                    rejections: attempt)
                return found
            }
        }
        throw DivergenceError(
            step: step + 1, quantity: "the step",
            problem: "would raise the energy, or go where these samples say nothing, however short it is made")
    }

    /// The energy at θ ± scale · direction; the parameters are the same afterwards, bit for bit. Collective.
    package func reweighted(
        _ batch: SampleBatch, _ energies: [Double], logPsi: [Double], mean: Double, along direction: ParameterVector,
        scale: Double
    ) throws -> ReweightedEnergy {
        let parameters = waveFunction.parameters
        let start = ParameterVector(parameters.layout)
        start.assign(from: parameters)
        return try energy.reweighted(batch, energies: energies, logPsi: logPsi, mean: mean) { steps in
            parameters.assign(from: start)
            if steps != 0 { parameters.add(steps * scale, toTrained: direction) }
            waveFunction.parametersChanged()
        }
    }

    /// The solution of the SR equation. Plain gradient descent takes the forces themselves as its direction.
    ///
    /// - Parameter startsAfresh: whether the last direction counts for nothing.
    private func solve(
        _ jacobian: Linearisation, _ gradient: EnergyGradient, _ energies: [Double], _ meanEnergy: Complex<Double>,
        shift: Double?, startsAfresh: Bool = false
    ) throws -> (ParameterVector, ReconfigurationReport?) {
        if let samples, rowsLevel != samples.index {
            (rows, rowsLevel) = (reconfiguration?.makeRows(), samples.index)
        }
        guard let reconfiguration else {
            let forces = gradient.forces.makeZero()
            forces.assign(from: gradient.forces)
            return (forces, nil)
        }
        let (direction, report) = try reconfiguration.direction(
            jacobian, gradient, energies: energies, meanEnergy: meanEnergy, step: step, shift: shift,
            tolerance: control?.solverTolerance, momentumShare: control?.momentumShare ?? 1,
            previous: reconfiguration.remembersDirection && !startsAfresh ? previousDirection : nil, rows: rows,
            subspace: subspace, moments: moments)
        guard report.solver.outcome != .notFinite else {
            throw DivergenceError(step: step + 1, quantity: "the solution of the SR equation")
        }
        return (direction, report)
    }

    /// Keeps a direction for the next step, where it is of use there. Collective.
    private func remember(_ direction: ParameterVector) throws {
        let isStart = remembersDirection
        guard isStart || control != nil else { return }
        let kept = direction.makeZero()
        kept.assign(from: direction)
        // Rank 0's, as the update is: the next solve must start from equal vectors. What only rank 0 measures with needs
        // no message.
        if isStart { try communicator.broadcast(kept.storage.buffer, isInCommon: kept.memory != nil) }
        kept.publish()
        moments?.add(
            kept, previous: previousDirection,
            momentum: (control?.momentumShare ?? 1) * (reconfiguration?.momentum?.value(at: step) ?? 0))
        previousDirection = kept
    }

    private func time<Result>(
        _ clock: inout PhaseClock, _ phase: PhaseClock.Phase, _ body: () throws -> Result
    ) throws -> Result {
        try willBegin?(phase)
        return try clock.time(phase, body)
    }
}
