import Communication

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

    /// Whether samples are accepted or rejected proposals.
    public var hasProposals: Bool {
        if case .metropolis = self { true } else { false }
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
                amplitudes: amplitudes, shard: Shard(offset: sampler.chains.lowerBound, count: sampler.chains.count))
            try fresh.restore(sampler.chainState())
            return .metropolis(fresh)
        case .direct(let sampler): return .direct(try sampler.continued(changing: change))
        case .fullSummation: return self
        }
    }
}

extension SampleSource {
    /// What drawing the samples of a step and counting its moves sends, by where they come from.
    package static func messages(_ distribution: SampleDistribution) -> [CollectiveRecord] {
        // The number of states that are kept.
        if distribution.isFullSummation { return FullSummation.messages + [.reals(1)] }
        return distribution.isDirect ? [] : ProposalCounts.messages(replicas: distribution.replicas)
    }

    /// Draws the samples of one step at the parameters that `amplitudes` has. Local for chains; a full
    /// summation is collective: three allreduces.
    ///
    /// - Parameters:
    ///   - length: samples of each chain; nil for as many as its parameters say.
    ///   - blocks: of the chains, or of the basis, over which sums are to be formed; nil for plain sums.
    package func draw(
        _ amplitudes: NetworkAmplitudes, length: Int? = nil, communicator: Communicator, blocks: BlockPartition? = nil
    ) throws -> SampleBatch {
        switch self {
        case .metropolis(let sampler):
            return SampleBatch(
                sampler.sample(length: length), ofChains: sampler.parameters.chains, hasProposals: true, communicator,
                blocks)
        case .direct(let sampler):
            return SampleBatch(
                sampler.sample(length: length), ofChains: sampler.parameters.chains, hasProposals: false, communicator,
                blocks)
        case .fullSummation(let basis):
            let states =
                blocks?.sum(over: communicator)
                ?? ShardedSum(communicator, itemCount: basis.configurations.count)
            let samples = try basis.evaluate(amplitudes, sums: states)
            let kept = samples.probabilities.indices.filter { !samples.isSkipped($0) }
            let sums = blocks.map { blocks in
                blocks.sum(over: communicator, blocks: Configurations.ranges(of: kept, in: states.blocks))
            }
            return SampleBatch(
                samples.configurations.rows(kept), totalCount: try communicator.allReduce(kept.count),
                probabilities: kept.map { samples.probabilities[$0] },
                sums: sums ?? ShardedSum(communicator, itemCount: kept.count),
                faint: samples.faintStates(in: states.blocks))
        }
    }
}
