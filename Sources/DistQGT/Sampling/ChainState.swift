import Communication

/// Where a contiguous range of Markov chains stands: all that is needed to continue them exactly, on
/// any number of ranks.
public struct ChainState: Sendable, Equatable {
    /// Global number of the first chain.
    public let firstChain: Int
    /// Current configuration of each replica of each chain, those of a chain one after the other from β = 1 on.
    public let configurations: Configurations
    /// Draws of each replica's proposal stream used so far.
    public let drawCounters: [Int64]
    /// K, replicas of each chain.
    public let replicas: Int

    public var chains: Range<Int> { firstChain..<firstChain + drawCounters.count / replicas }

    /// - Precondition: there is at least one replica.
    public init(firstChain: Int, configurations: Configurations, drawCounters: [Int64], replicas: Int = 1) {
        precondition(replicas >= 1, "a chain has a replica")
        self.firstChain = firstChain
        self.configurations = configurations
        self.drawCounters = drawCounters
        self.replicas = replicas
    }

    /// The rows and draw counters of some chains, which must be there and fit.
    ///
    /// - Parameters:
    ///   - chains: global numbers.
    ///   - parameters: of the sampler that goes on with them.
    ///   - drawsPerStep: what every draw counter is a multiple of.
    ///   - replicas: of each chain.
    /// - Throws: `ChainStateError`.
    func share(
        of chains: Range<Int>, parameters: SamplerParameters, siteCount: Int, drawsPerStep: Int, replicas: Int = 1
    ) throws(ChainStateError) -> (spins: [Int8], drawCounters: [UInt64]) {
        guard configurations.siteCount == siteCount else {
            throw ChainStateError(reason: "\(configurations.siteCount) sites instead of \(siteCount)")
        }
        guard configurations.count == drawCounters.count else {
            throw ChainStateError(
                reason: "\(configurations.count) configurations, \(drawCounters.count) draw counters")
        }
        guard self.replicas == replicas else {
            throw ChainStateError(reason: "\(self.replicas) replicas of each chain instead of \(replicas)")
        }
        guard drawCounters.count.isMultiple(of: replicas) else {
            throw ChainStateError(reason: "\(drawCounters.count) configurations, \(replicas) replicas of each chain")
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
        for number in chains.lowerBound * replicas..<chains.upperBound * replicas {
            let chain = number / replicas
            let row = configurations[row: number - firstChain * replicas]
            let counter = drawCounters[number - firstChain * replicas]
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
        try Self.broadcast(
            gathered(over: communicator), siteCount: configurations.siteCount, replicas: replicas, over: communicator)
    }

    /// Rank 0's state of all chains on every rank. Collective: two broadcasts.
    ///
    /// - Parameters:
    ///   - state: nil on the other ranks.
    ///   - siteCount: that of the state.
    ///   - replicas: those of the state.
    static func broadcast(
        _ state: ChainState?, siteCount: Int, replicas: Int, over communicator: Communicator
    ) throws -> ChainState {
        let spins = try communicator.broadcast(state?.configurations.spins ?? [])
        let counters = try communicator.broadcast(state?.drawCounters ?? [])
        return ChainState(
            firstChain: 0, configurations: Configurations(siteCount: siteCount, spins: spins), drawCounters: counters,
            replicas: replicas)
    }

    /// The state of all chains on rank 0, nil elsewhere. Collective: two gathers.
    public func gathered(over communicator: Communicator) throws -> ChainState? {
        let spins = try communicator.gather(configurations.spins)
        let counters = try communicator.gather(drawCounters)
        guard let spins, let counters else { return nil }
        return ChainState(
            firstChain: 0,
            configurations: Configurations(siteCount: configurations.siteCount, spins: spins),
            drawCounters: counters, replicas: replicas)
    }
}
