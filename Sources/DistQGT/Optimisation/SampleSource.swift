/// Where a step's samples come from: Markov chains, or the whole basis with its probabilities.
public enum SampleSource {
    case metropolis(MetropolisSampler)
    case fullSummation(FullSummation)
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
    package let counts: ProposalCounts?
}

extension SampleSource {
    /// Draws the samples of one step at the parameters that `amplitudes` has. Local for chains; a full
    /// summation is collective: three allreduces.
    package func draw(_ amplitudes: NetworkAmplitudes, communicator: Communicator) throws -> SampleBatch {
        switch self {
        case .metropolis(let sampler):
            let samples = sampler.sample()
            return SampleBatch(
                configurations: samples.configurations, totalCount: sampler.parameters.roundedSamples,
                probabilities: nil,
                chains: (sampler.parameters.chains, samples.length, samples.offset), counts: samples.counts)
        case .fullSummation(let basis):
            let samples = try basis.evaluate(amplitudes, communicator: communicator)
            let kept = samples.probabilities.indices.filter { !samples.isSkipped($0) }
            let siteCount = samples.configurations.siteCount
            var spins: [Int8] = []
            spins.reserveCapacity(kept.count * siteCount)
            for state in kept { spins += samples.configurations[row: state] }
            return SampleBatch(
                configurations: Configurations(siteCount: siteCount, spins: spins),
                totalCount: try communicator.allReduce(kept.count),
                probabilities: kept.map { samples.probabilities[$0] }, chains: nil, counts: nil)
        }
    }
}
