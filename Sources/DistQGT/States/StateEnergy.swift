import Communication

/// The energy of a Hamiltonian in a state: local energies of samples, and what they say about their mean.
public final class StateEnergy {
    public let state: MonteCarloState
    public let hamiltonian: any Operator
    private let localEnergies: LocalEnergies
    /// Of an ensemble; nil for any other wave function.
    private let localMatrices: LocalOperatorMatrices?
    /// Of an ensemble the number of its states, otherwise 1.
    public var ensembleCount: Int { localMatrices?.count ?? 1 }
    /// The mean of the spectrum: of the Hamiltonian's diagonal over the space.
    public let infiniteTemperatureEnergy: Double

    /// Local.
    ///
    /// - Throws: `OperatorError` or `HilbertSpaceError` where the mean of the Hamiltonian's diagonal, which the V-score
    ///   takes, has no value.
    public init(of hamiltonian: any Operator, in state: MonteCarloState) throws {
        self.state = state
        self.hamiltonian = hamiltonian
        localEnergies = LocalEnergies(
            of: hamiltonian, in: state.waveFunction.amplitudes(blockRows: MonteCarloState.localEnergyBlockRows))
        let states = state.waveFunction.ensembleAmplitudes(blockRows: MonteCarloState.localEnergyBlockRows)
        localMatrices = (hamiltonian as? OperatorCopies).flatMap { copies in
            states.map { LocalOperatorMatrices(of: [copies.base], in: $0) }
        }
        infiniteTemperatureEnergy = try hamiltonian.meanDiagonal(in: state.space).real
    }

    /// What `estimate` sends.
    ///
    /// - Parameter ensembleCount: states of an ensemble, or 1.
    package static func messages(_ distribution: SampleDistribution, ensembleCount: Int = 1) -> [CollectiveRecord] {
        let ensemble = messagesOfEnsemble(count: ensembleCount)
        guard let length = distribution.chainLength else { return EnergyStatistics.messagesOfFullSummation + ensemble }
        return EnergyStatistics.messagesOfChains + InitialSequenceEstimate.messages(length: length) + ensemble
    }

    /// Local energies of samples with what they are made of.
    public struct LocalValues: Sendable {
        /// Real and imaginary part in turn.
        public let energies: [Double]
        /// Of an ensemble the local matrices, whose traces the energies are (`LocalOperatorMatrices`); nil for any other wave
        /// function.
        public let matrices: [Double]?
    }

    /// The local energies of a batch, and of an ensemble the local matrices. Local.
    ///
    /// - Parameter logPsi: of the samples, real and imaginary part in turn.
    public func localValues(of batch: SampleBatch, logPsi: [Double]) -> LocalValues {
        guard let localMatrices else {
            return LocalValues(energies: localEnergies(of: batch, logPsi: logPsi), matrices: nil)
        }
        let matrices = localMatrices.evaluate(batch.configurations, blocks: batch.sums.blocks)
        return LocalValues(
            energies: LocalOperatorMatrices.traces(of: matrices, count: localMatrices.count), matrices: matrices)
    }

    /// What the local values of a batch come to. Collective.
    ///
    /// - Throws: `NotFiniteError` on every rank, if one of them is not finite.
    public func estimate(_ values: LocalValues, of batch: SampleBatch) throws -> EnergyEstimate {
        var estimate = try estimate(values.energies, of: batch)
        estimate.ensemble = try values.matrices.map { try ensembleEnergies($0, of: batch) }
        return estimate
    }

    /// The local energies of a batch of samples, real and imaginary part in turn. Local.
    ///
    /// - Parameter logPsi: of the samples, likewise.
    public func localEnergies(of batch: SampleBatch, logPsi: [Double]) -> [Double] {
        localEnergies(of: batch.configurations, logPsi: logPsi, blocks: batch.sums.blocks)
    }

    /// The same of configurations, of which those of two blocks are not evaluated together. Local.
    func localEnergies(of configurations: Configurations, logPsi: [Double], blocks: [Range<Int>]) -> [Double] {
        guard let localMatrices else {
            return localEnergies.evaluate(configurations, logPsi: logPsi, blocks: blocks)
        }
        return LocalOperatorMatrices.traces(
            of: localMatrices.evaluate(configurations, blocks: blocks), count: localMatrices.count)
    }

    /// What the local energies of a batch come to. Collective.
    ///
    /// - Throws: `NotFiniteError` on every rank, if one of them is not finite.
    public func estimate(_ energies: [Double], of batch: SampleBatch) throws -> EnergyEstimate {
        guard let chains = batch.chains else {
            let statistics = try EnergyStatistics.ofFullSummation(
                energies: energies, probabilities: batch.probabilities ?? [], sums: batch.sums,
                leastProbability: FaintStates.largestProbability,
                others: batch.faint.map { state.imageWeights(of: hamiltonian, at: $0) })
            return try estimate(statistics, withAutocorrelation: nil, sampleCount: batch.totalCount)
        }
        return try estimate(
            energies, offset: chains.offset, chains: chains.total, length: chains.length, sums: batch.sums)
    }

    /// Local energies for the forces, those that are far off moved nearer; nil where the basis is summed, whose faint states are
    /// no accidents. Collective: five allreduces of few numbers.
    ///
    /// - Parameters:
    ///   - statistics: of these energies.
    ///   - limit: mean absolute deviations.
    public func clipped(
        _ energies: [Double], _ statistics: EnergyStatistics, of batch: SampleBatch, limit: Double
    ) throws -> ClippedEnergies? {
        guard batch.chains != nil else { return nil }
        return try ClippedEnergies(
            energies, statistics, components: state.waveFunction.isComplex ? 2 : 1, limit: limit, sums: batch.sums,
            total: batch.totalCount)
    }

    /// What the local energies of this rank's chains come to. Collective.
    ///
    /// - Parameters:
    ///   - energies: chain-major, real and imaginary part in turn.
    ///   - offset: global number of the first local sample.
    ///   - chains: over all ranks, of `length` samples each.
    ///   - sums: over the local samples.
    func estimate(
        _ energies: [Double], offset: Int, chains: Int, length: Int, sums: ShardedSum
    ) throws -> EnergyEstimate {
        let statistics = try EnergyStatistics.ofChains(
            energies: energies, offset: offset, chains: chains, length: length, sums: sums)
        let withAutocorrelation = try InitialSequenceEstimate.ofChains(
            energies: energies, mean: statistics.mean, chains: chains, length: length, sums: sums)
        return try estimate(statistics, withAutocorrelation: withAutocorrelation, sampleCount: chains * length)
    }

    private func estimate(
        _ statistics: EnergyStatistics, withAutocorrelation: InitialSequenceEstimate?, sampleCount: Int
    ) throws -> EnergyEstimate {
        let vScore = statistics.vScore(
            siteCount: state.waveFunction.siteCount, infiniteTemperatureEnergy: infiniteTemperatureEnergy)
        let estimate = EnergyEstimate(
            statistics: statistics, withAutocorrelation: withAutocorrelation, vScore: vScore, sampleCount: sampleCount)
        guard estimate.isFinite else { throw NotFiniteError(quantity: "the energy") }
        return estimate
    }
}
