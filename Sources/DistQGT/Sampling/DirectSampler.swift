import Communication
import Foundation
import LinearAlgebra

/// Independent samples of the |ψ|² of an autoregressive wave function: spins are drawn site after site from their
/// conditional probabilities, without a Markov chain. In a sector of fixed magnetisation a spin whose direction those
/// before it decide takes that direction.
///
/// Samples belong to chains as those of `MetropolisSampler` do: chain k's random numbers are a function of (seed, k) and
/// of its own number of draws, and of L samples that are drawn together sample t of chain k is evaluated at position
/// (k L + t) mod `blockRows` of its block, so that the samples are the same on any number of ranks. Local: no communication.
public final class DirectSampler: ChainSampler {
    public let siteCount: Int
    public let parameters: SamplerParameters
    public let chains: Range<Int>
    private let evaluator: any ConditionalEvaluator
    /// Last samples, one row per local chain.
    private var spins: [Int8]
    private var drawCounters: [UInt64]
    // One block, in plain memory: inner loops must not check for exclusive access.
    private let block: Buffer<Int8>
    private let logOdds: Buffer<Double>
    private let streams: Buffer<RandomStream>
    /// Of each row, in a sector: up spins and down spins that are still to come.
    private let remaining: Buffer<(up: Int, down: Int)>

    /// - Parameters:
    ///   - parameters: without effect are `sweep` and `discard`.
    ///   - shard: this rank's range of the chains, as `Shard.block(of: parameters.chains, …)`.
    /// - Throws: `SamplerError` for parameters that cannot be, or a sector that is not the wave function's.
    public init(
        parameters: SamplerParameters, evaluator: any ConditionalEvaluator, shard: Shard
    ) throws(SamplerError) {
        siteCount = evaluator.siteCount
        try parameters.validate(siteCount: siteCount)
        let space = try parameters.space(siteCount: siteCount)
        guard space.isOfSpinsHalf, space.magnetisation == evaluator.magnetisation else { throw .otherSector }
        self.parameters = parameters
        self.evaluator = evaluator
        chains = shard.range
        spins = try parameters.initialConfigurations(of: shard.range, siteCount: siteCount)
        drawCounters = [UInt64](repeating: 0, count: chains.count)
        let rows = evaluator.blockRows
        block = Buffer(repeating: 1, count: rows * siteCount)
        logOdds = Buffer(repeating: 0, count: rows)
        streams = Buffer(
            repeating: RandomStream(seed: parameters.seed, index: 0, purpose: .conditionals), count: rows)
        remaining = Buffer(repeating: (0, 0), count: rows)
    }

    /// One draw for each site, and an even number, so that a sample starts at a block of the generator.
    private var drawsPerSample: Int { siteCount + siteCount % 2 }

    /// Samples depend on nothing that came before.
    public func begin(discard: Int) {}

    public func draw(length: Int) -> Samples {
        let rows = chains.lowerBound * length..<chains.upperBound * length
        var kept = [Int8](repeating: 0, count: rows.count * siteCount)
        let blockRows = evaluator.blockRows
        for start in stride(from: rows.lowerBound / blockRows * blockRows, to: rows.upperBound, by: blockRows) {
            let own = max(start, rows.lowerBound)..<min(start + blockRows, rows.upperBound)
            drawBlock(own, start: start, length: length)
            kept.replaceSubrange(
                (own.lowerBound - rows.lowerBound) * siteCount..<(own.upperBound - rows.lowerBound) * siteCount,
                with: block.buffer[(own.lowerBound - start) * siteCount..<(own.upperBound - start) * siteCount])
        }
        for row in 0..<chains.count {
            drawCounters[row] += UInt64(length * drawsPerSample)
            let last = (row + 1) * length - 1
            spins.replaceSubrange(
                row * siteCount..<(row + 1) * siteCount, with: kept[last * siteCount..<(last + 1) * siteCount])
        }
        return Samples(
            configurations: Configurations(siteCount: siteCount, spins: kept), logPsi: nil, chains: chains,
            length: length, counts: ProposalCounts())
    }

    /// Draws the samples of global numbers `own` into the block that begins with number `start`; its other rows stay
    /// some configurations.
    private func drawBlock(_ own: Range<Int>, start: Int, length: Int) {
        let upSpins = evaluator.magnetisation.map { (siteCount + $0) / 2 }
        let (streams, remaining) = (streams.pointer, remaining.pointer)
        for number in own {
            let (chain, step) = (number / length, number % length)
            streams[number - start] = RandomStream(
                seed: parameters.seed, index: chain, purpose: .conditionals,
                position: drawCounters[chain - chains.lowerBound] + UInt64(step * drawsPerSample))
            if let upSpins { remaining[number - start] = (upSpins, siteCount - upSpins) }
        }
        let (spins, odds) = (block.pointer, logOdds.pointer)
        for site in 0..<siteCount {
            evaluator.evaluate(site: site, spins: spins, into: odds)
            for row in own.lowerBound - start..<own.upperBound - start {
                var isUp = streams[row].uniform() < 1 / (1 + exp(-odds[row]))
                if upSpins != nil {
                    if remaining[row].up == 0 { isUp = false }
                    if remaining[row].down == 0 { isUp = true }
                    if isUp { remaining[row].up -= 1 } else { remaining[row].down -= 1 }
                }
                spins[row * siteCount + site] = isUp ? 1 : -1
            }
        }
    }

    /// A sampler that goes on where this one stands, with other parameters.
    package func continued(changing change: (inout SamplerParameters) -> Void) throws -> DirectSampler {
        var parameters = self.parameters
        change(&parameters)
        let sampler = try DirectSampler(
            parameters: parameters, evaluator: evaluator,
            shard: Shard(offset: chains.lowerBound, count: chains.count))
        try sampler.restore(chainState())
        return sampler
    }

    public func chainState() -> ChainState {
        ChainState(
            firstChain: chains.lowerBound, configurations: Configurations(siteCount: siteCount, spins: spins),
            drawCounters: drawCounters.map { Int64($0) })
    }

    public func restore(_ state: ChainState) throws(ChainStateError) {
        (spins, drawCounters) = try state.share(
            of: chains, parameters: parameters, siteCount: siteCount, drawsPerStep: drawsPerSample)
    }
}
