import Communication

/// Where a contiguous range of Markov chains stands: all that is needed to continue them exactly, on
/// any number of ranks.
public struct ChainState: Sendable, Equatable {
    /// Global number of the first chain.
    public let firstChain: Int
    /// Current configuration of each chain.
    public let configurations: Configurations
    /// Draws of each chain's proposal stream used so far.
    public let drawCounters: [Int64]

    public var chains: Range<Int> { firstChain..<firstChain + drawCounters.count }

    public init(firstChain: Int, configurations: Configurations, drawCounters: [Int64]) {
        self.firstChain = firstChain
        self.configurations = configurations
        self.drawCounters = drawCounters
    }

    /// The rows and draw counters of some chains, which must be there and fit.
    ///
    /// - Parameters:
    ///   - chains: global numbers.
    ///   - parameters: of the sampler that goes on with them.
    ///   - drawsPerStep: what every draw counter is a multiple of.
    /// - Throws: `ChainStateError`.
    func share(
        of chains: Range<Int>, parameters: SamplerParameters, siteCount: Int, drawsPerStep: Int
    ) throws(ChainStateError) -> (spins: [Int8], drawCounters: [UInt64]) {
        guard configurations.siteCount == siteCount else {
            throw ChainStateError(reason: "\(configurations.siteCount) sites instead of \(siteCount)")
        }
        guard configurations.count == drawCounters.count else {
            throw ChainStateError(
                reason: "\(configurations.count) configurations, \(drawCounters.count) draw counters")
        }
        guard firstChain >= 0, self.chains.upperBound <= parameters.chains,
            chains.isEmpty || (firstChain <= chains.lowerBound && chains.upperBound <= self.chains.upperBound)
        else {
            throw ChainStateError(
                reason: "they are chains \(self.chains), of \(parameters.chains) this rank needs \(chains)")
        }
        let space: HilbertSpace
        do { space = try parameters.space(siteCount: siteCount) } catch {
            throw ChainStateError(reason: error.description)
        }
        var spins: [Int8] = []
        var counters: [UInt64] = []
        for chain in chains {
            let row = configurations[row: chain - firstChain]
            let counter = drawCounters[chain - firstChain]
            guard zip(row, space.localSpaces).allSatisfy({ $1.index(of: $0) != nil }) else {
                throw ChainStateError(reason: "chain \(chain) has a site in no local state (a spin that is not ±1)")
            }
            guard space.contains(row) else {
                throw ChainStateError(reason: "chain \(chain) has another conserved sum (total_sz)")
            }
            guard counter >= 0, counter % Int64(drawsPerStep) == 0 else {
                throw ChainStateError(reason: "chain \(chain) has a draw counter of another rule")
            }
            spins += row
            counters.append(UInt64(counter))
        }
        return (spins, counters)
    }

    /// The state of all chains on every rank. Collective: two gathers and two broadcasts.
    public func shared(over communicator: Communicator) throws -> ChainState {
        let all = try gathered(over: communicator)
        return ChainState(
            firstChain: 0,
            configurations: Configurations(
                siteCount: configurations.siteCount,
                spins: try communicator.broadcast(all?.configurations.spins ?? [])),
            drawCounters: try communicator.broadcast(all?.drawCounters ?? []))
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
