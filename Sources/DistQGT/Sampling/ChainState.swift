/// Where a contiguous range of Markov chains stands: all that is needed to continue them exactly, on
/// any number of ranks.
public struct ChainState: Sendable, Equatable {
    /// Global number of the first chain.
    public let firstChain: Int
    /// Current configuration of each chain.
    public let configurations: Configurations
    /// Draws of each chain's proposal stream used so far.
    public let drawCounters: [Int64]

    public var chains: Range<Int> { firstChain ..< firstChain + drawCounters.count }

    public init(firstChain: Int, configurations: Configurations, drawCounters: [Int64]) {
        self.firstChain = firstChain
        self.configurations = configurations
        self.drawCounters = drawCounters
    }

    /// The state of all chains on rank 0, nil elsewhere. Collective: two gathers.
    public func gathered(over communicator: Communicator) throws -> ChainState? {
        let spins = try communicator.gather(configurations.spins)
        let counters = try communicator.gather(drawCounters)
        guard let spins, let counters else { return nil }
        return ChainState(
            firstChain: 0,
            configurations: Configurations(siteCount: configurations.siteCount, spins: spins),
            drawCounters: counters)
    }
}
