import Communication

/// A fresh estimate of the energy at the present parameters, by evaluation alone and in portions: a portion of every
/// chain is drawn, and nothing of it is kept but its local energies. The samples and the statistics are those of one
/// draw. Chains go on in a sampler of their own, so that the state's chains stay as they are.
///
///     let measurement = try EnergyMeasurement(energy, samples: 100_000)
///     while !measurement.isComplete { try measurement.advance() }
///     let estimate = try measurement.estimate()
///
/// The parameters must not change meanwhile.
public final class EnergyMeasurement {
    /// Samples of a portion over all ranks, about: few enough to be a fraction of a second's work, enough to evaluate
    /// many together.
    private static let portionSamples = 8192
    /// Samples of a chain in a portion, at least, where there are more chains.
    private static let leastPortion = 8

    public let energy: StateEnergy
    /// Samples of each chain in all; of a full summation, 1.
    public let length: Int
    /// Samples of each chain so far.
    public private(set) var drawn = 0
    public var isComplete: Bool { drawn == length }
    /// Nil for a full summation.
    private(set) var chains: (any ChainSampler)?
    private let hasProposals: Bool
    private let portion: Int
    private var hasBegun = false
    /// Of this rank's chains, chain-major with room for `length` samples each, real and imaginary part in turn: local
    /// energies, of an ensemble local matrices.
    private(set) var energies: [Double]
    /// Numbers of a sample in `energies`.
    let width: Int
    private var summed: EnergyEstimate?
    /// Of this rank's samples so far.
    private(set) var counts = ProposalCounts()
    private(set) var spread: CodeSpread
    private var state: MonteCarloState { energy.state }

    /// Local.
    ///
    /// - Parameter samples: kept samples over all ranks, rounded up to whole chains; a full summation ignores it.
    /// - Throws: `SamplerError` for a number that cannot be.
    public init(_ energy: StateEnergy, samples: Int) throws {
        self.energy = energy
        width = 2 * energy.ensembleCount * energy.ensembleCount
        spread = CodeSpread(siteCount: energy.state.waveFunction.siteCount)
        chains = try energy.state.continuedChains { $0.samples = samples }
        hasProposals = energy.state.source.hasProposals
        guard let chains else {
            (length, portion, energies) = (1, 1, [])
            return
        }
        let stepLength = energy.state.source.chainSampler?.parameters.samplesPerChain ?? 1
        length = chains.parameters.samplesPerChain
        // Not longer than a step's, whose memory is there; a function of totals, so that no bit depends on the ranks.
        portion = min(stepLength, max(Self.leastPortion, Self.portionSamples / chains.parameters.chains))
        energies = [Double](repeating: 0, count: width * chains.chains.count * length)
    }

    /// Samples over all ranks so far.
    public var sampleCount: Int { drawn * (chains?.parameters.chains ?? 0) }

    /// Draws the next portion. Local for chains, collective for a full summation, which is one portion.
    ///
    /// - Precondition: it is not complete.
    /// - Throws: `NotFiniteError` on every rank.
    public func advance() throws {
        precondition(!isComplete, "the measurement is complete")
        guard let chains else {
            let batch = try state.draw()
            summed = try energy.estimate(energy.localValues(of: batch, logPsi: state.logPsi(of: batch)), of: batch)
            drawn = 1
            return
        }
        if !hasBegun { chains.begin() }
        hasBegun = true
        let count = min(portion, length - drawn)
        let batch = SampleBatch(
            chains.draw(length: count), ofChains: chains.parameters.chains, hasProposals: hasProposals,
            state.communicator, state.blocks)
        if let own = batch.counts { counts.add(own) }
        spread.add(batch.configurations)
        let values = energy.localValues(of: batch, logPsi: state.logPsi(of: batch))
        let local = values.matrices ?? values.energies
        for chain in 0..<chains.chains.count {
            let first = width * (chain * length + drawn)
            energies.replaceSubrange(
                first..<first + width * count, with: local[width * chain * count..<width * (chain + 1) * count])
        }
        drawn += count
    }

    /// Goes on with chains and local energies that were found before.
    ///
    /// - Parameters:
    ///   - energies: of this rank's chains, chain-major, `drawn` samples of each.
    ///   - drawn: may be more than are wanted.
    ///   - counts: of this rank, all ranks' together being those of the samples; `spread` likewise.
    func takeOver(
        _ chains: any ChainSampler, energies found: [Double], drawn: Int, counts: ProposalCounts, spread: CodeSpread
    ) {
        (self.counts, self.spread) = (counts, spread)
        let kept = min(drawn, length)
        for chain in 0..<chains.chains.count {
            let (from, to) = (width * chain * drawn, width * chain * length)
            energies.replaceSubrange(to..<to + width * kept, with: found[from..<from + width * kept])
        }
        self.chains = chains
        self.drawn = kept
    }

    /// What all samples come to, and what is wrong with them. Collective.
    ///
    /// - Precondition: it is complete.
    /// - Throws: `NotFiniteError` on every rank, if a local energy is not finite.
    public func estimate() throws -> EnergyEstimate {
        precondition(isComplete, "the measurement is not complete")
        if let summed { return summed }
        guard let chains else { preconditionFailure("a summation has its estimate") }
        let communicator = state.communicator
        let sums =
            state.blocks?.sum(over: communicator, multiplicity: length)
            ?? ShardedSum(communicator, itemCount: energies.count / width)
        let isEnsemble = energy.ensembleCount > 1
        let (offset, total) = (chains.chains.lowerBound * length, chains.parameters.chains)
        var estimate = try energy.estimate(
            isEnsemble ? LocalOperatorMatrices.traces(of: energies, count: energy.ensembleCount) : energies,
            offset: offset, chains: total, length: length, sums: sums)
        if isEnsemble {
            estimate.ensemble = try energy.ensembleEnergies(
                energies, offset: offset, chains: total, length: length, sums: sums)
        }
        estimate.faults = EstimateFault.of(
            chains: chains.parameters.chains, length: length, dimension: state.space.dimension,
            moves: hasProposals ? try state.moves(counts) : nil, areEqual: try spread.isNarrow(over: communicator),
            rHat: estimate.statistics.splitRHat)
        return estimate
    }
}

extension StateEnergy {
    /// A fresh estimate at the present parameters, from as many samples (a full summation ignores their number); the
    /// state's chains stay as they are. Collective.
    ///
    /// - Throws: `NotFiniteError` on every rank; `SamplerError`.
    public func measured(samples: Int) throws -> EnergyEstimate {
        let measurement = try EnergyMeasurement(self, samples: samples)
        while !measurement.isComplete { try measurement.advance() }
        return try measurement.estimate()
    }
}
