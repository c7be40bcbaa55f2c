import Communication

/// How the samples of a state are to be drawn: a plain value.
public enum SampleMethod: Sendable {
    /// Markov chains by the Metropolis rule.
    ///
    /// - Parameter isScreened: whether proposals are decided in single precision where that leaves no doubt:
    ///   `ScreenedProposals`.
    case metropolis(ProposalRule, SamplerParameters, isScreened: Bool = false)
    /// Independent samples of an autoregressive network.
    case direct(SamplerParameters)
    /// The whole basis of the space.
    case fullSummation

    /// What draws the samples on this rank. Local.
    ///
    /// - Throws: `SamplerError`, `HilbertSpaceError`.
    func makeSource(
        _ amplitudes: NetworkAmplitudes, in space: HilbertSpace, communicator: Communicator, blocks: BlockPartition?
    ) throws -> SampleSource {
        let (rank, size) = (communicator.rank, communicator.size)
        func shard(_ chains: Int) -> Shard {
            blocks?.shard(rank: rank, size: size) ?? .block(of: chains, rank: rank, size: size)
        }
        switch self {
        case .metropolis(let rule, let parameters, let isScreened):
            amplitudes.screensProposals = isScreened
            return .metropolis(
                try MetropolisSampler(
                    rule: rule, parameters: parameters, evaluator: amplitudes.makeProposalEvaluator(),
                    amplitudes: amplitudes, shard: shard(parameters.chains)))
        case .direct(let parameters):
            guard let evaluator = amplitudes.makeConditionalEvaluator() else { throw SamplerError.notAutoregressive }
            return .direct(
                try DirectSampler(parameters: parameters, evaluator: evaluator, shard: shard(parameters.chains)))
        case .fullSummation:
            return .fullSummation(
                try blocks == nil
                    ? FullSummation(space, rank: rank, size: size)
                    : FullSummation(blocksOf: space, rank: rank, size: size))
        }
    }
}
