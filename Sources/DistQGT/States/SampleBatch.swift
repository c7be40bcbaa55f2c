import Communication

/// The local samples of one step, or of a portion of a longer draw.
public struct SampleBatch {
    public let configurations: Configurations
    /// Number of samples over all ranks.
    public let totalCount: Int
    /// w of each sample where they are not all 1/N; states of probability 0 are left out.
    public let probabilities: [Double]?
    /// How sums over the samples are formed.
    package let sums: ShardedSum
    /// Layout of the chains; nil for a full summation.
    public let chains: (total: Int, length: Int, offset: Int)?
    /// Nil where there are no proposals.
    public let counts: ProposalCounts?
    /// Of a full summation: the states whose weight is lost in rounding; nil if this rank has none.
    let faint: FaintStates?

    /// Samples of chains.
    ///
    /// - Parameter total: chains over all ranks.
    init(
        _ samples: Samples, ofChains total: Int, hasProposals: Bool, _ communicator: Communicator,
        _ blocks: BlockPartition?
    ) {
        configurations = samples.configurations
        totalCount = total * samples.length
        probabilities = nil
        sums =
            blocks?.sum(over: communicator, multiplicity: samples.length)
            ?? ShardedSum(communicator, itemCount: samples.configurations.count)
        chains = (total, samples.length, samples.offset)
        counts = hasProposals ? samples.counts : nil
        faint = nil
    }

    /// States of the basis.
    init(
        _ configurations: Configurations, totalCount: Int, probabilities: [Double], sums: ShardedSum,
        faint: FaintStates? = nil
    ) {
        self.configurations = configurations
        self.totalCount = totalCount
        self.probabilities = probabilities
        self.sums = sums
        chains = nil
        counts = nil
        self.faint = faint
    }

    /// Bytes for each sample that a rank keeps during a step: its configuration; log ψ as it was sampled and as it is
    /// linearised, and its local energy, pairs of numbers. A full summation has the whole basis beside the states that
    /// it keeps, and the probabilities of both.
    package static func bytesPerSample(siteCount: Int, _ distribution: SampleDistribution) -> Int {
        let (configuration, real) = (siteCount * MemoryLayout<Int8>.stride, MemoryLayout<Double>.stride)
        return configuration + 3 * 2 * real + (distribution.isFullSummation ? configuration + 2 * real : 0)
    }

    package func space(isComplex: Bool) -> SampleSpace {
        SampleSpace(sums: sums, totalCount: totalCount, isComplex: isComplex, probabilities: probabilities)
    }
}
