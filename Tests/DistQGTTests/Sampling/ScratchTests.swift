import DistQGT
import Testing
final class Flat: ProposalEvaluator {
    let siteCount = 100
    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {}
    func evaluate(_ batch: ProposalBatch) { for c in 0..<batch.count { batch.logModulusRatios[c] = -0.3 } }
    func update(_ batch: ProposalBatch) {}
    func currentLogPsi(into: UnsafeMutablePointer<Double>) -> Bool { false }
}
@Test func scratchOverhead() throws {
    let ring = (0..<100).map { SIMD2<Int32>(Int32($0), Int32(($0+1)%100)) }
    for rule in [ProposalRule.local(flips: 1), .exchange(pairs: ring), .local(flips: 4), .mixture([WeightedRule(weight: 1, rule: .local(flips: 1)), WeightedRule(weight: 1, rule: .exchange(pairs: ring))])] {
        let s = try MetropolisSampler(rule: rule, parameters: .init(chains: 64, samples: 1024, sweep: 100, discard: 5, seed: 1), evaluator: Flat(), shard: Shard(offset: 0, count: 64))
        let clock = ContinuousClock()
        var best = Duration.seconds(9)
        var n = 0
        for _ in 0..<10 { best = min(best, clock.measure { n = s.sample().counts.proposed }) }
        print(rule.conservesMagnetisation, n, best, best / n)
    }
}
