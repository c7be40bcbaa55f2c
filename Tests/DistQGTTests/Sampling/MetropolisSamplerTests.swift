import Communication
import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct MetropolisSamplerTests {
    static let nearest: [SIMD2<Int32>] = (0..<8).map { SIMD2(Int32($0), Int32(($0 + 1) % 8)) }
    static let distanceTwo = nearest + (0..<8).map { SIMD2(Int32($0), Int32(($0 + 2) % 8)) }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let rule: ProposalRule
        let magnetisation: Int?
        /// What the rule conserves besides: states with different labels are never connected.
        var label: @Sendable ([Int8]) -> Int = { _ in 0 }
        var testDescription: String { name }
    }

    static func total(_ spins: [Int8]) -> Int { spins.reduce(0) { $0 + Int($1) } }
    @Sendable static func parity(_ spins: [Int8]) -> Int { spins.count { $0 > 0 } % 2 }
    @Sendable static func sector(_ spins: [Int8]) -> Int { total(spins) }

    static let mixtures: [ProposalRule] = [
        .mixture([
            WeightedRule(weight: 1, rule: .local(flips: 1)),
            WeightedRule(weight: 1, rule: .exchange(pairs: nearest)),
        ]),
        .mixture([
            WeightedRule(weight: 1, rule: .local(flips: 2)), WeightedRule(weight: 3, rule: .local(flips: 3)),
            WeightedRule(
                weight: 2,
                rule: .mixture([
                    WeightedRule(weight: 1, rule: .local(flips: 8)),
                    WeightedRule(weight: 5, rule: .exchange(pairs: distanceTwo)),
                ])),
        ]),
        .mixture([
            WeightedRule(weight: 0.3, rule: .exchange(pairs: nearest)),
            WeightedRule(weight: 0.7, rule: .local(flips: 2)),
        ]),
    ]

    static let cases: [Case] = [
        Case(name: "local 1", rule: .local(flips: 1), magnetisation: nil),
        Case(name: "local 2", rule: .local(flips: 2), magnetisation: nil, label: parity),
        Case(name: "local 3", rule: .local(flips: 3), magnetisation: nil),
        Case(name: "local 2, total_sz 0", rule: .local(flips: 2), magnetisation: 0),
        Case(name: "local 4, total_sz 1", rule: .local(flips: 4), magnetisation: 2),
        Case(name: "exchange", rule: .exchange(pairs: nearest), magnetisation: nil, label: sector),
        Case(name: "exchange, total_sz 0", rule: .exchange(pairs: nearest), magnetisation: 0),
        Case(name: "exchange distance 2, total_sz -1", rule: .exchange(pairs: distanceTwo), magnetisation: -2),
        Case(name: "mixture local, exchange", rule: mixtures[0], magnetisation: nil),
        Case(name: "nested mixture", rule: mixtures[1], magnetisation: nil),
        Case(name: "mixture, total_sz 0", rule: mixtures[2], magnetisation: 0),
        Case(name: "mixture, total_sz 2", rule: mixtures[2], magnetisation: 4),
    ]

    /// Counts by table index of draws thinned far beyond the correlation time.
    private func draws(
        _ amplitudes: TabulatedAmplitudes, rule: ProposalRule, magnetisation: Int?, chains: Int = 100,
        samples: Int = 24_000, sweep: Int = 120, seed: UInt64
    ) throws -> (counts: [Int], samples: Samples) {
        let parameters = try SamplerParameters(
            chains: chains, samples: samples, sweep: sweep, discard: 4, seed: seed,
            space: HilbertSpace(siteCount: amplitudes.siteCount, magnetisation: magnetisation))
        let sampler = try MetropolisSampler(
            rule: rule, parameters: parameters, evaluator: BatchedProposals(amplitudes),
            shard: Shard.block(of: chains, rank: 0, size: 1))
        let samples = sampler.sample()
        var counts = [Int](repeating: 0, count: 1 << amplitudes.siteCount)
        for row in 0..<samples.configurations.count {
            counts[TabulatedAmplitudes.index(of: samples.configurations[row: row])] += 1
        }
        return (counts, samples)
    }

    /// χ² against |ψ|^(2·power), separately normalised for each label.
    private func pValue(
        _ counts: [Int], _ amplitudes: TabulatedAmplitudes, magnetisation: Int?, power: Double = 1,
        label: ([Int8]) -> Int
    ) -> Double {
        var groups: [Int: [Int]] = [:]
        for state in counts.indices {
            let spins = TabulatedAmplitudes.spins(of: state, siteCount: amplitudes.siteCount)
            if let magnetisation, Self.total(spins) != magnetisation {
                #expect(counts[state] == 0, "a chain left its sector")
                continue
            }
            groups[label(spins), default: []].append(state)
        }
        var statistic = 0.0
        var freedom = 0
        for states in groups.values {
            let weights = states.map { amplitudes.weight(of: $0, power: power) }
            let observed = states.map { counts[$0] }
            let scale = Double(observed.reduce(0, +)) / weights.reduce(0, +)
            guard scale > 0 else { continue }
            let (part, cells) = ChiSquared.statistic(
                observed: observed, expected: weights.map { $0 * scale })
            statistic += part
            freedom += cells
        }
        #expect(freedom > 5)
        return ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom)
    }

    @Test(arguments: cases)
    func metropolisDrawsFromTheSquaredModulus(_ sampling: Case) throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 8, seed: 21)
        let (counts, samples) = try draws(
            amplitudes, rule: sampling.rule, magnetisation: sampling.magnetisation, seed: 5)
        #expect(
            pValue(counts, amplitudes, magnetisation: sampling.magnetisation, label: sampling.label) > 1e-4)
        #expect(samples.counts.proposed == 100 * (240 + 4) * 120)
        #expect(samples.counts.accepted > samples.counts.proposed / 20)
        #expect(samples.counts.accepted + samples.counts.null < samples.counts.proposed)
        #expect(samples.counts.invalid == 0)
    }

    /// Σ_σ p(σ) Σ_σ′ T(σ→σ′) min(1, p(σ′)/p(σ)), which a stationary chain accepts of each rule of a mixture.
    @Test func acceptanceIsKnownByTheKindOfMove() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 8, seed: 21)
        let (_, samples) = try draws(amplitudes, rule: Self.mixtures[0], magnetisation: nil, seed: 5)
        let weights = (0..<256).map { amplitudes.weight(of: $0, power: 1) }
        let total = weights.reduce(0, +)
        func expected(_ proposals: [(Int) -> Int]) -> Double {
            proposals.reduce(0) { sum, propose in
                sum + (0..<256).reduce(0) { $0 + (propose($1) == $1 ? 0 : min(weights[$1], weights[propose($1)])) }
            } / total / Double(proposals.count)
        }
        let flips = (0..<8).map { site in { (state: Int) in state ^ 1 << site } }
        let swaps = (0..<8).map { site in
            { (state: Int) in
                let (first, second) = (state >> site & 1, state >> ((site + 1) % 8) & 1)
                return first == second ? state : state ^ 1 << site ^ 1 << ((site + 1) % 8)
            }
        }
        let counts = try samples.counts.reduced(over: .alone())
        #expect(counts == samples.counts)
        #expect(counts.proposedByKind.wrappedSum() == counts.proposed)
        #expect(counts.acceptedByKind.wrappedSum() == counts.accepted)
        let found = counts.acceptanceByKind
        #expect(found.map(\.kind) == [.local, .exchange])
        #expect(abs(found[0].acceptance - expected(flips)) < 0.005, "\(found), \(expected(flips))")
        #expect(abs(found[1].acceptance - expected(swaps)) < 0.005, "\(found), \(expected(swaps))")
        // One kind is the whole.
        let (_, flipped) = try draws(
            amplitudes, rule: .local(flips: 1), magnetisation: nil, chains: 5, samples: 50, seed: 5)
        #expect(flipped.counts.acceptanceByKind.isEmpty)
    }

    @Test func metropolisTestHasPower() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 8, seed: 21)
        let (counts, _) = try draws(amplitudes, rule: .local(flips: 1), magnetisation: nil, seed: 5)
        #expect(pValue(counts, amplitudes, magnetisation: nil, power: 0.9, label: { _ in 0 }) < 1e-4)
    }

    @Test func metropolisKeepsLogPsiOfItsSamples() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 8, seed: 3)
        let (_, samples) = try draws(
            amplitudes, rule: .local(flips: 1), magnetisation: nil, chains: 5, samples: 50, sweep: 3, seed: 9)
        let logPsi = try #require(samples.logPsi)
        #expect(samples.length == 10)
        for row in 0..<samples.configurations.count {
            let state = TabulatedAmplitudes.index(of: samples.configurations[row: row])
            #expect(logPsi[2 * row] == amplitudes.logPsi[2 * state])
            #expect(logPsi[2 * row + 1] == amplitudes.logPsi[2 * state + 1])
        }
    }

    @Test func metropolisInitialStatesAreUniform() throws {
        for magnetisation in [nil, 0, 2] as [Int?] {
            let initial = try InitialConfiguration(in: HilbertSpace(siteCount: 6, magnetisation: magnetisation))
            var counts = [Int](repeating: 0, count: 64)
            for chain in 0..<20_000 {
                var spins = [Int8](repeating: 0, count: 6)
                spins.withUnsafeMutableBufferPointer {
                    initial.draw(seed: 2, chain: chain, into: $0)
                }
                counts[TabulatedAmplitudes.index(of: spins)] += 1
            }
            let allowed = (0..<64).filter {
                magnetisation == nil || Self.total(TabulatedAmplitudes.spins(of: $0, siteCount: 6)) == magnetisation
            }
            #expect(allowed.map { counts[$0] }.reduce(0, +) == 20_000)
            #expect(DistQGTTests.pValue(allowed.map { counts[$0] }) > 1e-4)
        }
    }

    @Test func metropolisChainLeavesANode() throws {
        // ψ is zero, or not a number, except where at least six of eight spins are up.
        for outside in [-Double.infinity, .nan, .infinity] {
            let amplitudes = TabulatedAmplitudes(siteCount: 8, seed: 4)
            let isInside = (0..<256).map { $0.nonzeroBitCount <= 2 }
            for state in 0..<256 where !isInside[state] { amplitudes.logPsi[2 * state] = outside }
            let isNode = outside == -.infinity
            // From an invalid value only a proposal with a value is accepted: three flips reach one.
            let rule: ProposalRule =
                isNode
                ? .local(flips: 1)
                : .mixture(
                    (1...8).map {
                        WeightedRule(weight: 1, rule: .local(flips: $0))
                    })
            let parameters = SamplerParameters(chains: 40, samples: 4000, sweep: 20, discard: 50, seed: 6)
            let sampler = try MetropolisSampler(
                rule: rule, parameters: parameters, evaluator: BatchedProposals(amplitudes),
                shard: Shard.block(of: 40, rank: 0, size: 1))
            let start = sampler.chainState().configurations
            let startsOutside = (0..<40).count { !isInside[TabulatedAmplitudes.index(of: start[row: $0])] }
            #expect(startsOutside > 20)
            let samples = sampler.sample()
            for row in 0..<samples.configurations.count {
                #expect(isInside[TabulatedAmplitudes.index(of: samples.configurations[row: row])])
            }
            #expect((samples.counts.invalid > 0) == !isNode)
            _ = try samples.counts.reduced(over: .alone())
        }
    }

    @Test func metropolisReportsAWaveFunctionThatIsNoNumber() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 4, logPsi: [Double](repeating: .nan, count: 32))
        let parameters = SamplerParameters(chains: 3, samples: 9, sweep: 4, discard: 1, seed: 6)
        let sampler = try MetropolisSampler(
            rule: .local(flips: 1), parameters: parameters, evaluator: BatchedProposals(amplitudes),
            shard: Shard.block(of: 3, rank: 0, size: 1))
        let counts = sampler.sample().counts
        #expect(counts.invalid == counts.proposed)
        #expect(throws: SamplerError.everyAmplitudeInvalid) { try counts.reduced(over: .alone()) }
    }

    @Test func metropolisFullyPolarisedChainStays() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 8, seed: 4)
        let (counts, samples) = try draws(
            amplitudes, rule: .exchange(pairs: Self.nearest), magnetisation: -8, chains: 2, samples: 10,
            sweep: 5, seed: 1)
        #expect(counts[255] == 10)
        #expect(samples.counts.null == samples.counts.proposed)
        #expect(try samples.counts.reduced(over: .alone()).acceptance == 0)
    }

    @Test func metropolisFollowsChangedParameters() throws {
        let amplitudes = TabulatedAmplitudes(siteCount: 8, seed: 21)
        let parameters = SamplerParameters(chains: 100, samples: 24_000, sweep: 120, discard: 4, seed: 5)
        let sampler = try MetropolisSampler(
            rule: .local(flips: 1), parameters: parameters, evaluator: BatchedProposals(amplitudes),
            shard: Shard.block(of: 100, rank: 0, size: 1))
        _ = sampler.sample()
        amplitudes.logPsi = TabulatedAmplitudes(siteCount: 8, seed: 77).logPsi
        let samples = sampler.sample()
        var counts = [Int](repeating: 0, count: 256)
        for row in 0..<samples.configurations.count {
            counts[TabulatedAmplitudes.index(of: samples.configurations[row: row])] += 1
        }
        #expect(pValue(counts, amplitudes, magnetisation: nil, label: { _ in 0 }) > 1e-4)
    }
}
