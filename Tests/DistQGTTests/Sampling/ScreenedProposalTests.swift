import Communication
import DistQGT
import DistQGTTestSupport
import Testing

/// Chains whose proposals are decided in single precision where that leaves no doubt, against chains in double.
@Suite struct ScreenedProposalTests {
    private static let rule = ProposalRule.mixture([
        WeightedRule(weight: 3, rule: .local(flips: 1)),
        WeightedRule(weight: 1, rule: .exchange(pairs: [SIMD2(0, 1), SIMD2(2, 5), SIMD2(3, 4)])),
    ])

    private func sampler(
        _ evaluator: any ProposalEvaluator, chains: Int = 21, samples: Int = 210
    ) throws -> MetropolisSampler {
        try MetropolisSampler(
            rule: Self.rule,
            parameters: SamplerParameters(chains: chains, samples: samples, sweep: 6, discard: 1, seed: 5),
            evaluator: evaluator, shard: Shard(offset: 0, count: chains))
    }

    @Test(arguments: everyAnsatz(siteCount: 6))
    func samplesAreThoseOfDoublePrecision(_ network: NamedAnsatz) throws {
        let state = NeuralQuantumState(network.ansatz, seed: 3)
        let plain = state.amplitudes(blockRows: 8)
        let screening = state.amplitudes(blockRows: 8)
        screening.screensProposals = true
        let (expected, screened) = (
            try sampler(plain.makeProposalEvaluator()), try sampler(screening.makeProposalEvaluator())
        )
        for step in 0..<3 {
            #expect(screened.sample().configurations == expected.sample().configurations, "step \(step)")
            // The evaluators have to notice.
            for index in 0..<state.parameters.count { state.parameters[index] *= 1.1 }
            state.parametersChanged()
        }
        #expect(plain.canScreenProposals == (ScreenedProposals(plain) != nil && state.productTables == nil))
    }

    private static func network(scale: Double) -> NeuralQuantumState {
        NeuralQuantumState(
            MultilayerPerceptron(
                siteCount: 6, hiddenDimensions: [20, 20],
                options: LayerOptions(activation: .gelu, kernel: Initialiser(.normal, scale: scale))), seed: 2)
    }

    /// Some proposals in ten thousand are open, and only they are evaluated again.
    @Test func fewProposalsAreEvaluatedAgain() throws {
        let state = Self.network(scale: 0.3)
        let evaluator = try #require(ScreenedProposals(state.amplitudes(blockRows: 8)))
        let sampler = try sampler(evaluator, chains: 64, samples: 64 * 200)
        let counts = sampler.sample().counts
        #expect(counts.proposed > 70_000)
        #expect(evaluator.recheckCount > 0)
        #expect(evaluator.recheckCount < counts.proposed / 1000)
        #expect(evaluator.margin == 1e-4)
    }

    /// Amplitudes whose single-precision errors are large widen the margin.
    @Test func marginFollowsTheErrors() throws {
        let state = Self.network(scale: 40)
        let amplitudes = state.amplitudes(blockRows: 8)
        let screened = try #require(ScreenedProposals(amplitudes))
        let samplers = try [amplitudes.makeProposalEvaluator(), screened].map {
            try sampler($0, chains: 64, samples: 64 * 50)
        }
        for _ in 0..<5 { #expect(samplers[0].sample().configurations == samplers[1].sample().configurations) }
        #expect(screened.margin > 1e-3)
    }

    /// Thresholds that lie so close to 2 Δ that only double precision decides; without a margin, decisions go wrong.
    @Test func closeDecisionsAreThoseOfDoublePrecision() throws {
        let chains = 40
        let state = Self.network(scale: 0.5)
        let amplitudes = state.amplitudes(blockRows: 8)
        let exact = amplitudes.makeProposalEvaluator()
        let screened = try #require(ScreenedProposals(amplitudes))
        let careless = try #require(ScreenedProposals(amplitudes, leastMargin: 0, safety: 0))
        var random = RandomStream(seed: 9, index: 0, purpose: .proposals)
        let spins = (0..<chains * 6).map { _ -> Int8 in random.uniform() < 0.5 ? 1 : -1 }
        let batch = ProposalBatch(count: chains, maximumSites: 1)
        for chain in 0..<chains {
            batch.proposeFlips(of: [chain % 6], chain: chain, in: Array(spins[6 * chain..<6 * chain + 6]))
        }
        for evaluator in [exact, screened, careless] { evaluator.load(spins, chains: 5..<5 + chains) }
        exact.evaluate(batch)
        let ratios = (0..<chains).map { batch.logModulusRatios[$0] }
        for chain in 0..<chains {
            batch.logThresholds[chain] = 2 * ratios[chain] + (chain % 2 == 0 ? 1e-9 : -1e-9)
        }
        func wrongDecisions(_ evaluator: any ProposalEvaluator) -> Int {
            evaluator.evaluate(batch)
            return (0..<chains).count { (batch.logThresholds[$0] < 2 * batch.logModulusRatios[$0]) != ($0 % 2 == 1) }
        }
        #expect(wrongDecisions(screened) == 0)
        #expect(screened.recheckCount == chains)
        for chain in 0..<chains { #expect(abs(batch.logModulusRatios[chain] - ratios[chain]) < 1e-12) }
        #expect(wrongDecisions(careless) > 0)
    }

    /// Where single precision overflows, every proposal is evaluated again.
    @Test func overflowIsEvaluatedAgain() throws {
        let state = Self.network(scale: 1e20)
        let amplitudes = state.amplitudes(blockRows: 8)
        let screened = try #require(ScreenedProposals(amplitudes))
        let (expected, sampler) = (try sampler(amplitudes.makeProposalEvaluator()), try sampler(screened))
        #expect(sampler.sample().configurations == expected.sample().configurations)
        #expect(screened.recheckCount > 0)
    }
}
