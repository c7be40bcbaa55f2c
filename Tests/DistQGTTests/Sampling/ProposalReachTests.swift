import DistQGT
import DistQGTTestSupport
import Testing

/// `ProposalRule.reach` against a search through all states.
@Suite struct ProposalReachTests {
    /// Whether every state of the sector is reached from its first one, by trying every proposal at every state.
    private func allAreReached(
        flips: Set<Int>, pairs: [SIMD2<Int32>], siteCount: Int, magnetisation: Int?
    ) -> Bool {
        func isInSector(_ state: Int) -> Bool {
            magnetisation.map { siteCount - 2 * state.nonzeroBitCount == $0 } ?? true
        }
        let states = (0..<1 << siteCount).filter(isInSector)
        let sets = (1..<1 << siteCount).filter { flips.contains($0.nonzeroBitCount) }
        var reached: Set<Int> = [states[0]]
        var waiting = [states[0]]
        while let state = waiting.popLast() {
            var next = sets.map { state ^ $0 }
            for pair in pairs where (state >> Int(pair.x) ^ state >> Int(pair.y)) & 1 == 1 {
                next.append(state ^ (1 << Int(pair.x) | 1 << Int(pair.y)))
            }
            for other in next where isInSector(other) && reached.insert(other).inserted { waiting.append(other) }
        }
        return reached.count == states.count
    }

    @Test func reachIsWhatASearchFinds() {
        var generator = SplitMix64(seed: 11)
        var outcomes: [Bool: Int] = [:]
        for _ in 0..<1500 {
            let siteCount = Int.random(in: 1...6, using: &generator)
            var pairs: [SIMD2<Int32>] = []
            let density = Double.random(in: 0...0.7, using: &generator)
            for first in 0..<siteCount {
                for second in 0..<first where Double.random(in: 0..<1, using: &generator) < density {
                    pairs.append(SIMD2(Int32(first), Int32(second)))
                }
            }
            var flips = Set((1...siteCount).filter { _ in Int.random(in: 0..<3, using: &generator) == 0 })
            var magnetisation: Int?
            if Bool.random(using: &generator) {
                magnetisation = siteCount - 2 * Int.random(in: 0...siteCount, using: &generator)
                flips = flips.filter { $0 % 2 == 0 }
            }
            var members = flips.sorted().map { WeightedRule(weight: 0.5, rule: .local(flips: $0)) }
            if !pairs.isEmpty { members.append(WeightedRule(weight: 2, rule: .exchange(pairs: pairs))) }
            // What is never chosen does not count.
            members.append(WeightedRule(weight: 0, rule: .local(flips: 1)))
            let nested = ProposalRule.mixture([WeightedRule(weight: 1, rule: .mixture(members))])
            let found = nested.reach(siteCount: siteCount, magnetisation: magnetisation)
            let expected = allAreReached(
                flips: flips, pairs: pairs, siteCount: siteCount, magnetisation: magnetisation)
            #expect(
                (found == .everything) == expected,
                "\(siteCount) sites, flips \(flips), pairs \(pairs), magnetisation \(String(describing: magnetisation)): \(found)"
            )
            outcomes[expected, default: 0] += 1
        }
        #expect(outcomes.values.allSatisfy { $0 > 200 })
    }

    @Test func whatIsConservedIsNamed() {
        let rings = [(0, 1), (1, 2), (2, 3), (3, 0), (4, 5), (5, 6), (6, 7), (7, 4)].map { SIMD2<Int32>($0.0, $0.1) }
        let exchange = ProposalRule.exchange(pairs: rings)
        #expect(exchange.reach(siteCount: 8, magnetisation: 0) == .parts([[0, 1, 2, 3], [4, 5, 6, 7]]))
        #expect(exchange.reach(siteCount: 8, magnetisation: 8) == .everything)
        #expect(exchange.reach(siteCount: 9, magnetisation: 7) == .parts([[0, 1, 2, 3], [4, 5, 6, 7], [8]]))
        #expect(ProposalRule.local(flips: 2).reach(siteCount: 8, magnetisation: nil) == .parity)
        #expect(ProposalRule.local(flips: 8).reach(siteCount: 8, magnetisation: nil) == .mirrorImages)
        #expect(ProposalRule.local(flips: 4).reach(siteCount: 8, magnetisation: 6) == .nothing)
        #expect(ProposalRule.local(flips: 2).reach(siteCount: 1000, magnetisation: 998) == .everything)
    }
}
