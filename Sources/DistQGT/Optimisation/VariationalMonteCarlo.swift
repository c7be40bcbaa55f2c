import Numerics

/// The optimisation: samples → linearise → local energies → forces → solve → update.
///
/// All ranks call every method together. What differs between ranks are the samples; parameters and
/// everything derived from reduced numbers are replicated, and rank 0's update is broadcast once per
/// step, so that they stay equal even where CPUs round differently.
public final class VariationalMonteCarlo {
    public let state: NeuralQuantumState
    public let hamiltonian: PauliSum
    public let space: HilbertSpace
    public let communicator: Communicator
    public let optimiser: Optimiser
    public let learningRate: Schedule
    /// Times the learning rate. The same on every rank.
    public var learningRateFactor = 1.0
    /// Nil for the plain gradient: δ = F.
    public let reconfiguration: StochasticReconfiguration?
    /// Bound on the norm of a step's change of the parameters; nil for none.
    public let maximumNorm: Double?
    public let source: SampleSource
    /// The blocks of chains, or of the basis, in which sums over samples are formed, so that a trajectory has the same
    /// bits on any number of ranks; nil for plain sums.
    public let blocks: BlockPartition?
    /// Completed steps.
    public private(set) var step = 0
    /// The last solution of the SR equation, where the next one needs it: a warm start begins there, and SPRING
    /// keeps a share of it.
    public private(set) var previousDirection: ParameterVector?
    /// Asked on every rank in the middle of each step: whether it has been told to end the run.
    public var isToldToStop: () -> Bool = { false }
    /// Asked on rank 0 towards the end of each step, with whether any rank has been told so: whether the run is to end
    /// after it. Every rank finds the answer in the step's report.
    public var wantsToStop: (_ anyIsTold: Bool) -> Bool = { $0 }
    /// Called before each phase of a step.
    package var willBegin: ((PhaseClock.Phase) throws -> Void)?

    private let samplingAmplitudes: NetworkAmplitudes
    private let localEnergies: LocalEnergies
    /// Nil where no method multiplies with rows.
    private let rows: StoredJacobian?
    /// Rank 0's update of a step and, behind it, whether the run is to end.
    private let updateMessage: RealBuffer
    private let infiniteTemperatureEnergy: Double

    /// Rows evaluated together while sampling. Fixed, because a row's last bits can depend on their number.
    public static let samplingBlockRows = 16
    /// Connected configurations evaluated together.
    public static let localEnergyBlockRows = 128

    /// Collective: rank 0's parameters are broadcast.
    ///
    /// - Parameters:
    ///   - blocks: those whose shards `makeSource` gives to the ranks.
    ///   - makeSource: builds the source of samples from the amplitudes that sampling uses.
    public init(
        state: NeuralQuantumState, hamiltonian: PauliSum, space: HilbertSpace, communicator: Communicator,
        optimiser: Optimiser, learningRate: Schedule, reconfiguration: StochasticReconfiguration?,
        maximumNorm: Double? = nil, blocks: BlockPartition? = nil,
        source makeSource: (NetworkAmplitudes) throws -> SampleSource
    ) throws {
        self.state = state
        self.hamiltonian = hamiltonian
        self.space = space
        self.communicator = communicator
        self.optimiser = optimiser
        self.learningRate = learningRate
        self.reconfiguration = reconfiguration
        self.maximumNorm = maximumNorm
        self.blocks = blocks
        rows = reconfiguration?.makeRows()
        updateMessage = RealBuffer(count: state.layout.count + 1)
        samplingAmplitudes = state.amplitudes(blockRows: Self.samplingBlockRows)
        source = try makeSource(samplingAmplitudes)
        localEnergies = LocalEnergies(of: hamiltonian, in: state.amplitudes(blockRows: Self.localEnergyBlockRows))
        infiniteTemperatureEnergy = try hamiltonian.meanDiagonal(in: space).real
        try communicator.broadcast(state.parameters.storage.buffer)
        state.parametersChanged()
    }

    /// Takes up a run after `step` completed steps; the parameters, the optimiser and the chains are
    /// restored by the caller.
    public func resume(afterStep step: Int, previousDirection: [Double]?) {
        self.step = step
        self.previousDirection = previousDirection.map { ParameterVector(state.layout, values: $0) }
        state.parametersChanged()
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
    /// A warm start adds one broadcast and, from the second step on, one product. Composed centring makes
    /// three allreduces per product. Without an SR equation there are no products, and one broadcast. Other
    /// solvers and sample space: `StepCollectives`.
    ///
    /// - Throws: `DivergenceError` before the parameters are touched, if log ψ, energies, the solution of the SR
    ///   equation or the update are not finite.
    public func advance() throws -> StepReport {
        let before = communicator.counters.snapshot
        let relinearised = state.relinearisationCount
        var clock = PhaseClock()
        let number = step + 1

        let (batch, acceptance) = try time(&clock, .sample) {
            try reportingDivergence(step: number) {
                let batch = try source.draw(samplingAmplitudes, communicator: communicator, blocks: blocks)
                return (batch, try batch.counts.map { try $0.reduced(over: communicator).acceptance })
            }
        }
        let jacobian = try time(&clock, .linearise) { linearise(batch) }
        let (energies, energy) = try time(&clock, .localEnergy) { try estimate(batch, jacobian) }
        guard energy.isFinite else { throw DivergenceError(step: number, quantity: "the energy") }
        let gradient = try time(&clock, .forces) {
            try EnergyGradient(
                jacobian, localEnergies: energies, mean: energy.statistics.mean, isFlagged: isToldToStop())
        }
        let (update, solution) = try time(&clock, .solve) {
            try direction(jacobian, gradient, energies, energy.statistics.mean)
        }
        let rate = learningRateFactor * learningRate.value(at: step)
        let stopIsRequested = try time(&clock, .update) {
            optimiser.makeUpdate(update, learningRate: rate)
            let norm = update.norm()
            if let maximumNorm, norm > maximumNorm, norm.isFinite { update.scale(by: maximumNorm / norm) }
            let stopIsRequested = try broadcast(update, anyIsToldToStop: gradient.flagCount > 0)
            guard update.norm().isFinite else { throw DivergenceError(step: number, quantity: "the update") }
            state.parameters.add(1, times: update)
            state.parametersChanged()
            return stopIsRequested
        }
        let report = StepReport(
            step: number, energy: energy, acceptance: acceptance, solution: solution, learningRate: rate,
            diagonalShift: reconfiguration.map { $0.diagonalShift.value(at: step) },
            forceNorm: gradient.forces.norm(), updateNorm: update.norm(), parameterNorm: state.parameters.norm(),
            clock: clock, collectives: communicator.counters.snapshot - before,
            relinearisations: state.relinearisationCount - relinearised, stopIsRequested: stopIsRequested)
        step = number
        return report
    }

    /// A fresh energy estimate at the present parameters. Collective. Chains go on in a sampler of their
    /// own, so that the run's chains stay as they are.
    ///
    /// - Parameter samples: kept samples over all ranks; a full summation ignores it.
    /// - Throws: `DivergenceError` if the energy is not finite, or log ψ where a full summation needs it.
    public func estimateEnergy(samples: Int) throws -> EnergyEstimate {
        let source = try source.continued(samplingAmplitudes) { $0.samples = samples }
        let batch = try reportingDivergence(step: step) {
            try source.draw(samplingAmplitudes, communicator: communicator, blocks: blocks)
        }
        let energy = try estimate(batch, linearise(batch)).energy
        guard energy.isFinite else { throw DivergenceError(step: step, quantity: "the energy") }
        return energy
    }

    /// Rank 0's update, and its word on whether the run is to end: one message.
    private func broadcast(_ update: ParameterVector, anyIsToldToStop: Bool) throws -> Bool {
        let count = update.count
        updateMessage.pointer.update(from: update.pointer, count: count)
        updateMessage.pointer[count] = communicator.rank == 0 && wantsToStop(anyIsToldToStop) ? 1 : 0
        try communicator.broadcast(updateMessage.buffer)
        update.pointer.update(from: updateMessage.pointer, count: count)
        return updateMessage.pointer[count] != 0
    }

    /// What a sampler throws while drawing comes from reduced numbers, so that every rank throws it.
    private func reportingDivergence<Result>(step: Int, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch is SamplerError {
            throw DivergenceError(step: step, quantity: "log psi")
        }
    }

    /// Plain gradient descent takes the forces themselves as its direction.
    private func direction(
        _ jacobian: Linearisation, _ gradient: EnergyGradient, _ energies: [Double], _ meanEnergy: Complex<Double>
    ) throws -> (ParameterVector, ReconfigurationReport?) {
        guard let reconfiguration else {
            let forces = gradient.forces.makeZero()
            forces.assign(from: gradient.forces)
            return (forces, nil)
        }
        let (direction, report) = try reconfiguration.direction(
            jacobian, gradient, energies: energies, meanEnergy: meanEnergy, step: step, previous: previousDirection,
            rows: rows)
        guard report.solver.outcome != .notFinite else {
            throw DivergenceError(step: step + 1, quantity: "the solution of the SR equation")
        }
        if reconfiguration.remembersDirection {
            let kept = direction.makeZero()
            kept.assign(from: direction)
            // Rank 0's, as the update is: the next solve must start from equal vectors.
            try communicator.broadcast(kept.storage.buffer)
            previousDirection = kept
        }
        return (direction, report)
    }

    private func linearise(_ batch: SampleBatch) -> Linearisation {
        state.linearise(batch.configurations, in: batch.space(isComplex: state.isComplex))
    }

    private func estimate(
        _ batch: SampleBatch, _ jacobian: Linearisation
    ) throws -> (localEnergies: [Double], energy: EnergyEstimate) {
        let energies = localEnergies.evaluate(
            batch.configurations, logPsi: jacobian.logPsi, blocks: batch.sums.blocks)
        let statistics: EnergyStatistics
        var honest: InitialSequenceEstimate?
        if let chains = batch.chains {
            statistics = try .ofChains(
                energies: energies, offset: chains.offset, chains: chains.total, length: chains.length,
                sums: batch.sums)
            honest = try .ofChains(
                energies: energies, mean: statistics.mean, chains: chains.total, length: chains.length,
                sums: batch.sums)
        } else {
            statistics = try .ofFullSummation(
                energies: energies, probabilities: batch.probabilities ?? [], sums: batch.sums)
        }
        let vScore = statistics.vScore(
            siteCount: state.siteCount, infiniteTemperatureEnergy: infiniteTemperatureEnergy)
        return (
            energies,
            EnergyEstimate(statistics: statistics, honest: honest, vScore: vScore, sampleCount: batch.totalCount)
        )
    }

    private func time<Result>(
        _ clock: inout PhaseClock, _ phase: PhaseClock.Phase, _ body: () throws -> Result
    ) throws -> Result {
        try willBegin?(phase)
        return try clock.time(phase, body)
    }
}
