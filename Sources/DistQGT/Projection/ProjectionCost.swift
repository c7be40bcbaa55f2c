/// What a projection takes of a rank. Known before anything is made.
public struct ProjectionCost: Sendable, Equatable {
    public let walkers: Int
    public let ranks: Int
    /// The fewest and the most walkers of a rank.
    public let walkersPerRank: ClosedRange<Int>
    /// Bytes of a walker on its rank, and of one that goes to another rank.
    public let bytesPerWalker: Int
    public let bytesPerMessage: Int
    /// Bytes that a rank gives to the allgather of a generation, at most.
    public let gatheredBytes: Int

    /// - Parameters:
    ///   - quantities: numbers of observables that a walker carries along.
    ///   - isDeterministic: whether weights are summed up in blocks that do not depend on the ranks.
    public init(_ plan: ProjectionPlan, siteCount: Int, quantities: Int, ranks: Int, isDeterministic: Bool) {
        walkers = plan.walkers
        self.ranks = ranks
        let distribution = WalkerDistribution(
            walkers: plan.walkers, rank: 0, size: ranks, isDeterministic: isDeterministic)
        let counts = zip(distribution.starts, distribution.starts.dropFirst()).map { $1 - $0 }
        walkersPerRank = (counts.min() ?? 0)...(counts.max() ?? 0)
        // This generation, and room for the next.
        bytesPerWalker =
            2 * WalkerPopulation.byteCount(siteCount: siteCount, carriedCount: quantities)
            + WalkerPropagation.byteCount(siteCount: siteCount)
        bytesPerMessage = WalkerPopulation.messageBytes(siteCount: siteCount, carriedCount: quantities)
        gatheredBytes =
            (distribution.blockCounts.max() ?? 0) * BlockWeights.count * MemoryLayout<Double>.stride
    }

    /// Bytes of the rank with most walkers, beside amplitude ratios.
    public var bytes: Int { walkersPerRank.upperBound * bytesPerWalker }
}
