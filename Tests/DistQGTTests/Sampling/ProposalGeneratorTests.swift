import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct SamplingProposalTests {
    /// Counts of σ → σ′ over `trials` proposals from each of the 2^N configurations.
    private func transitions(
        _ rule: ProposalRule, siteCount: Int, magnetisation: Int?, trials: Int
    ) throws -> [[Int]] {
        let generator = try ProposalGenerator(
            rule: rule, in: HilbertSpace(siteCount: siteCount, magnetisation: magnetisation))
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 1 << siteCount), count: 1 << siteCount)
        let batch = ProposalBatch(count: 1, maximumSites: generator.maximumSites)
        for state in 0..<1 << siteCount {
            let spins = TabulatedAmplitudes.spins(of: state, siteCount: siteCount)
            if let magnetisation, spins.reduce(0, { $0 + Int($1) }) != magnetisation { continue }
            for trial in 0..<trials {
                var stream = RandomStream(
                    seed: 3, index: state, purpose: .proposals,
                    position: UInt64(trial * generator.drawsPerProposal))
                var proposed = spins
                batch.siteCounts[0] = proposed.withUnsafeBufferPointer { spins in
                    spins.baseAddress.map { generator.propose(&stream, spins: $0, into: batch.place(of: 0)) } ?? 0
                }
                #expect(
                    stream.position < UInt64((trial + 1) * generator.drawsPerProposal),
                    "the last draw is the acceptance's")
                let sites = (0..<Int(batch.siteCounts[0])).map { batch.sites[$0] }
                #expect(Set(sites).count == sites.count)
                proposed.withUnsafeMutableBufferPointer { spins in
                    if let base = spins.baseAddress { batch.apply(chain: 0, to: base) }
                }
                counts[state][TabulatedAmplitudes.index(of: proposed)] += 1
            }
        }
        return counts
    }

    private static let ring: [SIMD2<Int32>] = [SIMD2(0, 1), SIMD2(1, 2), SIMD2(2, 3), SIMD2(0, 3), SIMD2(0, 2)]
    private static let rules: [(rule: ProposalRule, magnetisation: Int?)] = [
        (.local(flips: 1), nil), (.local(flips: 2), nil), (.local(flips: 3), nil), (.local(flips: 4), nil),
        (.local(flips: 2), 0), (.exchange(pairs: ring), nil), (.exchange(pairs: ring), 2),
        (
            .mixture([
                WeightedRule(weight: 1, rule: .local(flips: 1)),
                WeightedRule(weight: 2, rule: .exchange(pairs: ring)),
                WeightedRule(weight: 0.5, rule: .mixture([WeightedRule(weight: 9, rule: .local(flips: 3))])),
            ]), nil
        ),
    ]

    @Test(arguments: 0..<rules.count)
    func samplingProposalsAreSymmetric(index: Int) throws {
        let (rule, magnetisation) = Self.rules[index]
        let counts = try transitions(rule, siteCount: 4, magnetisation: magnetisation, trials: 4000)
        // For equal rates (n_ab − n_ba)²/(n_ab + n_ba) has one degree of freedom.
        var statistic = 0.0
        var freedom = 0
        for a in counts.indices {
            for b in 0..<a where counts[a][b] + counts[b][a] > 0 {
                let difference = Double(counts[a][b] - counts[b][a])
                statistic += difference * difference / Double(counts[a][b] + counts[b][a])
                freedom += 1
            }
        }
        #expect(freedom > 0)
        #expect(ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom) > 1e-4)
    }

    @Test func samplingProposalRatesAreTheExactOnes() throws {
        let trials = 20_000
        // Local: uniform over subsets. From state 0 the targets of two flips are the six pairs.
        let two = try transitions(.local(flips: 2), siteCount: 4, magnetisation: nil, trials: trials)
        #expect(pValue([3, 5, 9, 6, 10, 12].map { two[0][$0] }) > 1e-4)
        // In the sector of zero magnetisation 2 of the 6 pairs of σ = ++−− are equal spins: null.
        let sector = try transitions(.local(flips: 2), siteCount: 4, magnetisation: 0, trials: trials)
        let targets = [0b1100, 0b1010, 0b1001, 0b0110, 0b0101].map { sector[0b1100][$0] }
        let sixth = Double(trials) / 6
        let expected: [Double] = [2 * sixth, sixth, sixth, sixth, sixth]
        let (statistic, freedom) = ChiSquared.statistic(observed: targets, expected: expected)
        #expect(ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom) > 1e-4)
        // A mixture chooses by normalised weight: 1 : 3 between one and three flips.
        let mixture = try transitions(
            .mixture([
                WeightedRule(weight: 2, rule: .local(flips: 1)), WeightedRule(weight: 6, rule: .local(flips: 3)),
            ]), siteCount: 4, magnetisation: nil, trials: trials)
        let single = [1, 2, 4, 8].reduce(0) { $0 + mixture[0][$1] }
        let (mixed, one) = ChiSquared.statistic(
            observed: [single, trials - single], expected: [0.25 * Double(trials), 0.75 * Double(trials)])
        #expect(ChiSquared.pValue(statistic: mixed, degreesOfFreedom: one) > 1e-4)
    }
}
