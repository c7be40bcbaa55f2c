import Communication
import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct GeneralSamplingTests {
    private static let pairs: [SIMD2<Int32>] = [SIMD2(0, 1), SIMD2(1, 2), SIMD2(2, 3), SIMD2(0, 3)]

    private static func space(_ local: LocalSpace, sites: Int, total: Int?) throws -> HilbertSpace {
        let all = [LocalSpace](repeating: local, count: sites)
        return try HilbertSpace(
            all, conserving: total.map { [.ofCodes(all, sites: all.indices, total: $0)] } ?? [])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let local: LocalSpace
        let sites: Int
        let total: Int?
        let rule: ProposalRule
        let dimension: Int
    }

    static let cases = [
        Case(
            testDescription: "spins 1, local", local: .spin(doubled: 2), sites: 3, total: nil, rule: .local(flips: 1),
            dimension: 27),
        Case(
            testDescription: "spins 1, two sites", local: .spin(doubled: 2), sites: 4, total: 0, rule: .local(flips: 2),
            dimension: 19),
        Case(
            testDescription: "spins 1, mixture", local: .spin(doubled: 2), sites: 4, total: 2,
            rule: .mixture([
                WeightedRule(weight: 1, rule: .exchange(pairs: pairs)),
                WeightedRule(weight: 2, rule: .local(flips: 2)),
            ]), dimension: 16),
        Case(
            testDescription: "bosons, local", local: .bosons(maximum: 3), sites: 3, total: nil, rule: .local(flips: 2),
            dimension: 64),
        Case(
            testDescription: "modes, exchange", local: .mode, sites: 4, total: 2, rule: .exchange(pairs: pairs),
            dimension: 6),
    ]

    @Test(arguments: cases)
    func metropolisOnAnySitesDrawsFromTheSquaredModulus(_ sampling: Case) throws {
        let space = try Self.space(sampling.local, sites: sampling.sites, total: sampling.total)
        let numbering = try BasisNumbering(space)
        #expect(numbering.dimension == sampling.dimension)
        let amplitudes = NumberedAmplitudes(numbering, seed: 8)
        let chains = 100
        let sampler = try MetropolisSampler(
            rule: sampling.rule,
            parameters: SamplerParameters(
                chains: chains, samples: 12_000, sweep: 60, discard: 4, seed: 6, space: space),
            evaluator: amplitudes.makeProposalEvaluator(), shard: Shard.block(of: chains, rank: 0, size: 1))
        let samples = sampler.sample()
        var counts = [Int](repeating: 0, count: numbering.dimension)
        for row in 0..<samples.configurations.count {
            counts[try numbering.index(of: samples.configurations[row: row])] += 1
        }
        let weights = (0..<numbering.dimension).map { amplitudes.weight(of: $0) }
        let scale = Double(samples.configurations.count) / weights.reduce(0, +)
        func pValue(_ power: Double) -> Double {
            let powered = weights.map { Double.pow($0, power) }
            let normalised = power == 1 ? scale : Double(samples.configurations.count) / powered.reduce(0, +)
            let (statistic, freedom) = ChiSquared.statistic(observed: counts, expected: powered.map { $0 * normalised })
            return ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom)
        }
        #expect(pValue(1) > 1e-4)
        #expect(pValue(0.8) < 1e-4)
        #expect(samples.counts.accepted > 0 && samples.counts.invalid == 0)
        // What is stored goes on, and what is not in the space is refused.
        let state = sampler.chainState()
        try sampler.restore(state)
        var foreign = state.configurations
        foreign.spins[0] = 77
        #expect(throws: ChainStateError.self) {
            try sampler.restore(
                ChainState(firstChain: 0, configurations: foreign, drawCounters: state.drawCounters))
        }
    }

    @Test(arguments: 1...12)
    func initialConfigurationsOfAnySpaceAreUniform(seed: Int) throws {
        let random = RandomSpace(seed: UInt64(seed))
        let space = try HilbertSpace(random.localSpaces, conserving: random.sums)
        let numbering = try BasisNumbering(space)
        let initial = try InitialConfiguration(in: space)
        let count = 40 * numbering.dimension
        var counts = [Int](repeating: 0, count: numbering.dimension)
        for chain in 0..<count {
            var codes = [Int8](repeating: 0, count: space.siteCount)
            codes.withUnsafeMutableBufferPointer { initial.draw(seed: 5, chain: chain, into: $0) }
            counts[try numbering.index(of: codes)] += 1
        }
        let (statistic, freedom) = ChiSquared.statistic(
            observed: counts, expected: [Double](repeating: 40, count: numbering.dimension))
        #expect(ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom) > 1e-4)
    }

    /// Sectors with more states than a number holds: every site is in each state as often as another.
    @Test func initialConfigurationsOfLargeSectors() throws {
        let sites = 600
        let space = try Self.space(.spin(doubled: 2), sites: sites, total: 0)
        #expect(space.dimension == nil)
        let initial = try InitialConfiguration(in: space)
        var zeros = 0
        var ups = [Int](repeating: 0, count: sites)
        for chain in 0..<200 {
            var codes = [Int8](repeating: 9, count: sites)
            codes.withUnsafeMutableBufferPointer { initial.draw(seed: 5, chain: chain, into: $0) }
            #expect(space.contains(codes))
            zeros += codes.count { $0 == 0 }
            for site in 0..<sites where codes[site] == 2 { ups[site] += 1 }
        }
        // Σ m = 0 hardly favours zeros; a site is up in a third of the 200 configurations, with deviation 6.7.
        #expect(abs(Double(zeros) / Double(200 * sites) - 1 / 3) < 0.01)
        #expect(ups.allSatisfy { abs($0 - 67) < 40 })
        #expect(throws: SamplerError.exchangeOfDifferentSites(first: 0, second: 1)) {
            try ProposalGenerator(
                rule: .exchange(pairs: [SIMD2(0, 1)]), in: HilbertSpace([.mode, .bosons(maximum: 2)]))
        }
    }
}
