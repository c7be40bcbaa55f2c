import Communication
import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct SamplingChainStateTests {
    private static let rule = ProposalRule.mixture([
        WeightedRule(weight: 1, rule: .exchange(pairs: [SIMD2(0, 1), SIMD2(2, 4), SIMD2(3, 5)])),
        WeightedRule(weight: 2, rule: .local(flips: 1)), WeightedRule(weight: 1, rule: .local(flips: 3)),
    ])

    /// Chains whose log ψ depends strongly on the position in the block: only fixed positions give
    /// equal samples.
    private func sampler(rank: Int, size: Int, chains: Int = 13, seed: UInt64 = 8) throws -> MetropolisSampler {
        let amplitudes = TabulatedAmplitudes(siteCount: 6, seed: 2, blockRows: 4)
        return try MetropolisSampler(
            rule: Self.rule,
            parameters: SamplerParameters(chains: chains, samples: 100, sweep: 3, discard: 2, seed: seed),
            evaluator: BatchedProposals(amplitudes), shard: Shard.block(of: chains, rank: rank, size: size))
    }

    @Test func samplingIsTheSameOnAnyNumberOfRanks() throws {
        let whole = try sampler(rank: 0, size: 1)
        let expected = [whole.sample(), whole.sample()]
        for size in [2, 3, 4, 5, 15] {
            let parts = try (0..<size).map { try sampler(rank: $0, size: size) }
            for step in 0..<2 {
                let samples = parts.map { $0.sample() }
                #expect(samples.flatMap(\.configurations.spins) == expected[step].configurations.spins)
                #expect(samples.reduce(0) { $0 + $1.counts.accepted } == expected[step].counts.accepted)
                #expect(
                    samples.reduce(SIMD4()) { $0 &+ $1.counts.acceptedByKind } == expected[step].counts.acceptedByKind)
                var offset = 0
                for part in samples {
                    if !part.chains.isEmpty { #expect(part.offset == offset) }
                    offset += part.configurations.count
                }
            }
        }
        #expect(try sampler(rank: 0, size: 1, seed: 9).sample().configurations != expected[0].configurations)
    }

    @Test func samplingDoesNotDependOnTheNumberOfChains() throws {
        // Chain k is a function of (seed, k): more chains leave the first ones as they are.
        let few = try sampler(rank: 0, size: 1, chains: 5).sample()
        let many = try sampler(rank: 0, size: 1, chains: 25).sample()
        for chain in 0..<5 {
            for step in 0..<4 {
                #expect(
                    few.configurations[row: chain * few.length + step].elementsEqual(
                        many.configurations[row: chain * many.length + step]))
            }
        }
    }

    /// Fewer samples of each chain, with as large a part discarded; the same on any number of ranks.
    @Test func shorterChainsDiscardInProportion() throws {
        let whole = try sampler(rank: 0, size: 1)
        let lengths: [Int?] = [2, 4, nil, 100]
        // 8 samples of each chain after 2 sweeps of 3 proposals, and half or a quarter of both.
        let expected = lengths.map { whole.sample(length: $0) }
        #expect(expected.map(\.length) == [2, 4, 8, 100])
        #expect(expected.map { $0.counts.proposed } == [3, 5, 10, 102].map { 13 * 3 * $0 })
        for size in [2, 3, 15] {
            let parts = try (0..<size).map { try sampler(rank: $0, size: size) }
            for (length, expected) in zip(lengths, expected) {
                #expect(
                    parts.flatMap { $0.sample(length: length).configurations.spins } == expected.configurations.spins)
            }
        }
    }

    @Test func samplingContinuesExactlyFromAStoredState() throws {
        let original = try sampler(rank: 0, size: 1)
        _ = original.sample()
        let state = original.chainState()
        #expect(state.chains == 0..<13)
        let expected = original.sample()
        for size in [1, 3, 4] {
            var spins: [Int8] = []
            for rank in 0..<size {
                let resumed = try sampler(rank: rank, size: size)
                try resumed.restore(state)
                spins += resumed.sample().configurations.spins
            }
            #expect(spins == expected.configurations.spins)
        }
    }

    @Test func samplingRefusesAForeignState() throws {
        let sampler = try sampler(rank: 1, size: 2)
        let good = sampler.chainState()
        try sampler.restore(good)
        let states = [
            ChainState(firstChain: 0, configurations: good.configurations, drawCounters: good.drawCounters),
            ChainState(firstChain: 9, configurations: good.configurations, drawCounters: good.drawCounters),
            ChainState(
                firstChain: good.firstChain, configurations: Configurations(siteCount: 3, spins: [1, 1, 1]),
                drawCounters: [0]),
            ChainState(
                firstChain: good.firstChain, configurations: good.configurations, drawCounters: [0]),
            ChainState(
                firstChain: good.firstChain,
                configurations: Configurations(siteCount: 6, repeating: 0, count: good.drawCounters.count),
                drawCounters: good.drawCounters),
            ChainState(
                firstChain: good.firstChain, configurations: good.configurations,
                drawCounters: good.drawCounters.map { $0 - 2 }),
            ChainState(
                firstChain: good.firstChain, configurations: good.configurations,
                drawCounters: good.drawCounters.map { $0 + 1 }),
        ]
        for state in states { #expect(throws: ChainStateError.self) { try sampler.restore(state) } }
        #expect(sampler.chainState() == good)
    }
}
