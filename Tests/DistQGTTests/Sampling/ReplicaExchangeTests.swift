import Communication
import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

@Suite struct ReplicaExchangeTests {
    private static let ladder = ReplicaLadder(replicas: 4, leastBeta: 0.2)
    private static let rule = ProposalRule.mixture([
        WeightedRule(weight: 1, rule: .exchange(pairs: [SIMD2(0, 1), SIMD2(2, 4), SIMD2(3, 5)])),
        WeightedRule(weight: 2, rule: .local(flips: 1)),
    ])

    private func sampler(
        _ amplitudes: TabulatedAmplitudes, rule: ProposalRule = Self.rule, chains: Int = 13, samples: Int = 65,
        sweep: Int = 3, discard: Int = 2, ladder: ReplicaLadder = Self.ladder, rank: Int = 0, size: Int = 1
    ) throws -> MetropolisSampler {
        try MetropolisSampler(
            rule: rule,
            parameters: SamplerParameters(
                chains: chains, samples: samples, sweep: sweep, discard: discard, seed: 8, ladder: ladder),
            evaluator: BatchedProposals(amplitudes), amplitudes: amplitudes,
            shard: Shard.block(of: chains, rank: rank, size: size))
    }

    private func pValue(_ counts: [Int], _ weights: [Double]) -> Double {
        let scale = Double(counts.reduce(0, +)) / weights.reduce(0, +)
        let (statistic, freedom) = ChiSquared.statistic(observed: counts, expected: weights.map { $0 * scale })
        return ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom)
    }

    @Test func betasFallGeometricallyFromOne() {
        #expect(ReplicaLadder.single.betas == [1])
        #expect(ReplicaLadder(replicas: 2, leastBeta: 0.3).betas == [1, 0.3])
        let betas = ReplicaLadder(replicas: 4, leastBeta: 0.125).betas
        for (beta, expected) in zip(betas, [1, 0.5, 0.25, 0.125]) { #expect(abs(beta - expected) < 1e-15) }
    }

    /// Each replica against its own power of |ψ|², with draws thinned beyond the correlation time.
    @Test func everyReplicaHasItsDistribution() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 8, seed: 21)
        let sampler = try sampler(
            amplitudes, rule: .local(flips: 1), chains: 200, samples: 200, sweep: 60, discard: 1)
        for _ in 0..<4 { _ = sampler.sample() }
        let betas = Self.ladder.betas
        var counts = betas.map { _ in [Int](repeating: 0, count: 256) }
        var sampled = [Int](repeating: 0, count: 256)
        for _ in 0..<40 {
            let samples = sampler.sample()
            for row in 0..<samples.configurations.count {
                sampled[TabulatedAmplitudes.index(of: samples.configurations[row: row])] += 1
            }
            let state = sampler.chainState()
            #expect(state.replicas == 4)
            #expect(state.chains == 0..<200)
            for row in 0..<state.configurations.count {
                counts[row % 4][TabulatedAmplitudes.index(of: state.configurations[row: row])] += 1
            }
        }
        // The samples of a draw of one are where the first replicas stand.
        #expect(sampled == counts[0])
        for (replica, beta) in betas.enumerated() {
            #expect(pValue(counts[replica], (0..<256).map { amplitudes.weight(of: $0, power: beta) }) > 1e-4)
            // A test that can fail.
            #expect(
                pValue(counts[replica], (0..<256).map { amplitudes.weight(of: $0, power: beta + 0.25) }) < 1e-4)
        }
    }

    /// In equilibrium replicas are independent: Σ p_k(a) p_l(b) min(1, (w_b/w_a)^(β_k − β_l)) of them are exchanged.
    @Test func swapsAreAcceptedAsInEquilibrium() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 6, seed: 3, width: 1.1)
        let sampler = try sampler(
            amplitudes, rule: .local(flips: 1), chains: 100, samples: 20_000, sweep: 30, discard: 10)
        let counts = try sampler.sample().counts.reduced(over: .alone())
        #expect(counts.swaps == 100 * 210)
        #expect(counts.proposed == 100 * 210 * 30)
        let betas = Self.ladder.betas
        func probabilities(_ beta: Double) -> [Double] {
            let weights = (0..<64).map { amplitudes.weight(of: $0, power: beta) }
            let total = weights.reduce(0, +)
            return weights.map { $0 / total }
        }
        for pair in 0..<3 {
            let (upper, lower) = (probabilities(betas[pair]), probabilities(betas[pair + 1]))
            var expected = 0.0
            for a in 0..<64 {
                for b in 0..<64 {
                    let ratio = amplitudes.weight(of: b) / amplitudes.weight(of: a)
                    expected += upper[a] * lower[b] * min(1, pow(ratio, betas[pair] - betas[pair + 1]))
                }
            }
            #expect(abs(counts.swapAcceptance[pair] - expected) < 0.015, "\(counts.swapAcceptance), \(expected)")
        }
    }

    /// log |ψ| = 1.1 |M| − b for M the sum of spins, with a bias of 0.1 for M > 0: all up and all down, with a barrier of
    /// e^−22 in |ψ|² between them.
    @Test func replicasCrossWhereChainsDoNot() throws {
        let siteCount = 10
        func total(_ state: Int) -> Int { siteCount - 2 * state.nonzeroBitCount }
        let amplitudes = TabulatedAmplitudes(
            siteCount: siteCount,
            logPsi: (0..<1 << siteCount).flatMap { state -> [Double] in
                [1.1 * Double(abs(total(state))) + (total(state) > 0 ? 0.1 : 0), 0]
            })
        let weights = (0..<1 << siteCount).map { amplitudes.weight(of: $0) }
        let exact = zip(weights.indices, weights).reduce(0) { $0 + (total($1.0) > 0 ? $1.1 : 0) } / weights.reduce(0, +)
        func found(_ ladder: ReplicaLadder) throws -> (share: Double, crossings: Int) {
            let samples = try sampler(
                amplitudes, rule: .local(flips: 1), chains: 40, samples: 40_000, sweep: 10, discard: 50, ladder: ladder
            ).sample()
            var (up, crossings) = (0, 0)
            for chain in 0..<40 {
                var last = 0
                for step in 0..<samples.length {
                    let sum = samples.configurations[row: chain * samples.length + step].reduce(0) { $0 + Int($1) }
                    if sum > 0 { up += 1 }
                    if sum * last < 0 { crossings += 1 }
                    if sum != 0 { last = sum }
                }
            }
            return (Double(up) / Double(samples.configurations.count), crossings)
        }
        #expect(try found(.single).crossings == 0)
        let (share, crossings) = try found(ReplicaLadder(replicas: 8, leastBeta: 0.1))
        #expect(crossings > 2000, "\(crossings)")
        #expect(abs(share - exact) < 0.03, "\(share), \(exact)")
        #expect(exact > 0.54)
    }

    @Test func chainsWithReplicasLeaveANode() throws {
        for outside in [-Double.infinity, .nan] {
            let amplitudes = TabulatedAmplitudes(siteCount: 8, seed: 4)
            for state in 0..<256 where state.nonzeroBitCount > 2 { amplitudes.logPsi[2 * state] = outside }
            let rule = ProposalRule.mixture((1...8).map { WeightedRule(weight: 1, rule: .local(flips: $0)) })
            let sampler = try sampler(amplitudes, rule: rule, chains: 40, samples: 4000, sweep: 10, discard: 60)
            let samples = sampler.sample()
            for row in 0..<samples.configurations.count {
                #expect(TabulatedAmplitudes.index(of: samples.configurations[row: row]).nonzeroBitCount <= 2)
            }
        }
    }

    @Test func samplesAreTheSameOnAnyNumberOfRanks() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 6, seed: 2, blockRows: 4)
        let whole = try sampler(amplitudes)
        let expected = [whole.sample(), whole.sample()]
        for size in [2, 3, 5, 15] {
            let parts = try (0..<size).map { try sampler(amplitudes, rank: $0, size: size) }
            for step in 0..<2 {
                let samples = parts.map { $0.sample() }
                #expect(samples.flatMap(\.configurations.spins) == expected[step].configurations.spins)
                #expect(samples.flatMap { $0.logPsi ?? [] } == expected[step].logPsi)
                for pair in 0..<3 {
                    #expect(
                        samples.reduce(0) { $0 + $1.counts.acceptedSwaps[pair] }
                            == expected[step].counts.acceptedSwaps[pair])
                }
            }
        }
        let swaps = expected[1].counts
        #expect(swaps.swaps == 13 * 7)
        #expect(swaps.acceptedSwaps.allSatisfy { $0 > 5 && $0 < 13 * 7 })
        // log ψ is that of the samples.
        for row in 0..<expected[1].configurations.count {
            let state = TabulatedAmplitudes.index(of: expected[1].configurations[row: row])
            #expect(expected[1].logPsi?[2 * row] == amplitudes.logPsi[2 * state])
        }
    }

    @Test func chainsGoOnFromAStoredState() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 6, seed: 2, blockRows: 4)
        let original = try sampler(amplitudes)
        _ = original.sample()
        let state = original.chainState()
        #expect(state.configurations.count == 4 * 13)
        let expected = original.sample()
        for size in [1, 3, 4] {
            var spins: [Int8] = []
            for rank in 0..<size {
                let resumed = try sampler(amplitudes, rank: rank, size: size)
                try resumed.restore(state)
                spins += resumed.sample().configurations.spins
            }
            #expect(spins == expected.configurations.spins)
        }
        // Neither chains without replicas nor replicas that are not whole.
        let single = try sampler(amplitudes, ladder: .single)
        #expect(throws: ChainStateError.self) { try single.restore(state) }
        #expect(throws: ChainStateError.self) { try sampler(amplitudes).restore(single.chainState()) }
        #expect(throws: ChainStateError.self) {
            try sampler(amplitudes).restore(
                ChainState(
                    firstChain: 0, configurations: Configurations(siteCount: 6, repeating: 1, count: 51),
                    drawCounters: [Int64](repeating: 0, count: 51), replicas: 4))
        }
    }

    @Test func laddersThatCannotBeAreRefused() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 6, seed: 2)
        func refusal(_ replicas: Int, _ beta: Double, chains: Int = 3) -> SamplerError? {
            #expect(throws: SamplerError.self) {
                try SamplerParameters(
                    chains: chains, samples: chains, seed: 1, ladder: ReplicaLadder(replicas: replicas, leastBeta: beta)
                ).validate(siteCount: 6)
            }
        }
        #expect(refusal(0, 0.5) == .countTooSmall(name: "replicas", value: 0, minimum: 1))
        for beta in [0, 1, -0.5, .infinity] { #expect(refusal(2, beta) == .invalidBeta(beta)) }
        #expect(refusal(2, 0.5, chains: 1 << 32) == .tooManyReplicas(chains: 1 << 32, replicas: 2))
        #expect(throws: SamplerError.replicasWithoutAmplitudes) {
            try MetropolisSampler(
                rule: Self.rule, parameters: SamplerParameters(chains: 3, samples: 3, seed: 1, ladder: Self.ladder),
                evaluator: BatchedProposals(amplitudes), shard: Shard(offset: 0, count: 3))
        }
    }
}
