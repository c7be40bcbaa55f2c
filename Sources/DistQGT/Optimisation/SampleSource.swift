/// Where a step's samples come from: Markov chains, the conditional probabilities of an autoregressive network, or the
/// whole basis with its probabilities.
public enum SampleSource {
    case metropolis(MetropolisSampler)
    case direct(DirectSampler)
    case fullSummation(FullSummation)

    /// What draws the samples of chains; nil for a full summation.
    public var chainSampler: (any ChainSampler)? {
        switch self {
        case .metropolis(let sampler): sampler
        case .direct(let sampler): sampler
        case .fullSummation: nil
        }
    }
}

/// The local samples of one step.
package struct SampleBatch {
    package let configurations: Configurations
    /// Number of samples over all ranks.
    package let totalCount: Int
    /// w of each sample where they are not all 1/N; states of probability 0 are left out.
    package let probabilities: [Double]?
    /// Layout of the chains; nil for a full summation.
    package let chains: (total: Int, length: Int, offset: Int)?
    /// Nil where there are no proposals.
    package let counts: ProposalCounts?

    /// Samples of chains.
    fileprivate init(_ sampler: some ChainSampler, hasProposals: Bool) {
        let samples = sampler.sample()
        configurations = samples.configurations
        totalCount = sampler.parameters.roundedSamples
        probabilities = nil
        chains = (sampler.parameters.chains, samples.length, samples.offset)
        counts = hasProposals ? samples.counts : nil
    }

    /// States of the basis.
    fileprivate init(_ configurations: Configurations, totalCount: Int, probabilities: [Double]) {
        self.configurations = configurations
        self.totalCount = totalCount
        self.probabilities = probabilities
        chains = nil
        counts = nil
    }
}

extension SampleSource {
    /// Draws the samples of one step at the parameters that `amplitudes` has. Local for chains; a full
    /// summation is collective: three allreduces.
    package func draw(_ amplitudes: NetworkAmplitudes, communicator: Communicator) throws -> SampleBatch {
        switch self {
        case .metropolis(let sampler): return SampleBatch(sampler, hasProposals: true)
        case .direct(let sampler): return SampleBatch(sampler, hasProposals: false)
        case .fullSummation(let basis):
            let samples = try basis.evaluate(amplitudes, communicator: communicator)
            let kept = samples.probabilities.indices.filter { !samples.isSkipped($0) }
            let siteCount = samples.configurations.siteCount
            var spins: [Int8] = []
            spins.reserveCapacity(kept.count * siteCount)
            for state in kept { spins += samples.configurations[row: state] }
            return SampleBatch(
                Configurations(siteCount: siteCount, spins: spins), totalCount: try communicator.allReduce(kept.count),
                probabilities: kept.map { samples.probabilities[$0] })
        }
    }
}
