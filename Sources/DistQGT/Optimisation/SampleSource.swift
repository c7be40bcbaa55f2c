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

extension SampleSource {
    /// The same source with a sampler of its own, whose chains go on from where these stand, so that these stay as they
    /// are. A full summation is itself. Local.
    ///
    /// - Parameters:
    ///   - amplitudes: of the same wave function.
    ///   - change: makes the new sampler's parameters from those of this one.
    package func continued(
        _ amplitudes: NetworkAmplitudes, changing change: (inout SamplerParameters) -> Void
    ) throws -> SampleSource {
        switch self {
        case .metropolis(let sampler):
            var parameters = sampler.parameters
            change(&parameters)
            let fresh = try MetropolisSampler(
                rule: sampler.rule, parameters: parameters, evaluator: amplitudes.makeProposalEvaluator(),
                shard: Shard(offset: sampler.chains.lowerBound, count: sampler.chains.count))
            try fresh.restore(sampler.chainState())
            return .metropolis(fresh)
        case .direct(let sampler): return .direct(try sampler.continued(changing: change))
        case .fullSummation: return self
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
    /// How sums over the samples are formed.
    package let sums: ShardedSum
    /// Layout of the chains; nil for a full summation.
    package let chains: (total: Int, length: Int, offset: Int)?
    /// Nil where there are no proposals.
    package let counts: ProposalCounts?

    /// Samples of chains.
    fileprivate init(
        _ sampler: some ChainSampler, hasProposals: Bool, _ communicator: Communicator, _ blocks: BlockPartition?
    ) {
        let samples = sampler.sample()
        configurations = samples.configurations
        totalCount = sampler.parameters.roundedSamples
        probabilities = nil
        sums =
            blocks?.sum(over: communicator, multiplicity: samples.length)
            ?? ShardedSum(communicator, itemCount: samples.configurations.count)
        chains = (sampler.parameters.chains, samples.length, samples.offset)
        counts = hasProposals ? samples.counts : nil
    }

    /// States of the basis.
    fileprivate init(_ configurations: Configurations, totalCount: Int, probabilities: [Double], sums: ShardedSum) {
        self.configurations = configurations
        self.totalCount = totalCount
        self.probabilities = probabilities
        self.sums = sums
        chains = nil
        counts = nil
    }

    package func space(isComplex: Bool) -> SampleSpace {
        SampleSpace(sums: sums, totalCount: totalCount, isComplex: isComplex, probabilities: probabilities)
    }
}

extension SampleSource {
    /// Draws the samples of one step at the parameters that `amplitudes` has. Local for chains; a full
    /// summation is collective: three allreduces.
    ///
    /// - Parameter blocks: of the chains, or of the basis, over which sums are to be formed; nil for plain sums.
    package func draw(
        _ amplitudes: NetworkAmplitudes, communicator: Communicator, blocks: BlockPartition? = nil
    ) throws -> SampleBatch {
        switch self {
        case .metropolis(let sampler): return SampleBatch(sampler, hasProposals: true, communicator, blocks)
        case .direct(let sampler): return SampleBatch(sampler, hasProposals: false, communicator, blocks)
        case .fullSummation(let basis):
            let states =
                blocks?.sum(over: communicator)
                ?? ShardedSum(communicator, itemCount: basis.configurations.count)
            let samples = try basis.evaluate(amplitudes, sums: states)
            let kept = samples.probabilities.indices.filter { !samples.isSkipped($0) }
            let siteCount = samples.configurations.siteCount
            var spins: [Int8] = []
            spins.reserveCapacity(kept.count * siteCount)
            for state in kept { spins += samples.configurations[row: state] }
            let sums = blocks.map { blocks in
                blocks.sum(over: communicator, blocks: Self.ranges(of: kept, in: states.blocks))
            }
            return SampleBatch(
                Configurations(siteCount: siteCount, spins: spins), totalCount: try communicator.allReduce(kept.count),
                probabilities: kept.map { samples.probabilities[$0] },
                sums: sums ?? ShardedSum(communicator, itemCount: kept.count))
        }
    }

    /// The kept states of each block of states, numbered among the kept ones.
    private static func ranges(of kept: [Int], in blocks: [Range<Int>]) -> [Range<Int>] {
        var next = 0
        return blocks.map { block in
            let first = next
            while next < kept.count, kept[next] < block.upperBound { next += 1 }
            return first..<next
        }
    }
}
