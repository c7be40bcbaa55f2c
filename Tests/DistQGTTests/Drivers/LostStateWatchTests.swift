import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

@Suite struct LostStateWatchTests {
    /// What is found of energies with errors of 0.02, by step.
    private func findings(
        seed: UInt64 = 1, steps: Int = 300, _ energy: (Int) -> Double
    ) -> (found: [LostStateWatch.Finding], watch: LostStateWatch) {
        var generator = SplitMix64(seed: seed)
        var watch = LostStateWatch()
        let found = (1...steps).map {
            watch.add(energy: energy($0) + 0.02 * generator.normalDeviate(), error: 0.02, step: $0)
        }
        return (found, watch)
    }

    private func descent(_ step: Int) -> Double { -8 + 16 * exp(-Double(step) / 10) }

    @Test func aDescentKeepsGoodParametersAndIsNotLost() {
        for seed in 0..<50 as Range<UInt64> {
            let (found, watch) = findings(seed: seed, descent)
            #expect(!found.contains(.lost))
            #expect(found.filter { $0 == .good }.count < 61)
            #expect(watch.keptStep > 30 && watch.keptStep <= watch.bestStep && !watch.isHigh)
        }
    }

    /// From step 151 on the energy is 1.7 higher: a tenth of all that was gained is 1.6.
    @Test func aStateThatIsLostIsFoundOnce() {
        let (found, watch) = findings { descent($0) + ($0 > 150 ? 1.8 : 0) }
        let first = found.firstIndex(of: .lost) ?? 0
        #expect((160...190).contains(first), "\(first)")
        #expect(watch.keptStep <= 150 && watch.isHigh)
        #expect(findings { descent($0) + ($0 > 150 ? 1.4 : 0) }.found.allSatisfy { $0 != .lost })
    }

    @Test func whatDoesNotLastIsForgiven() {
        #expect(findings { descent($0) + ((150..<158).contains($0) ? 3 : 0) }.found.allSatisfy { $0 != .lost })
    }

    @Test func afterAReturnItLooksAgainLater() {
        var (_, watch) = findings(steps: 100, descent)
        for step in 101...130 { _ = watch.add(energy: -4, error: 0.02, step: step) }
        #expect(watch.isHigh)
        watch.hasReturned()
        #expect(!watch.isHigh)
        // Samples of the lost state may still be among those of the first steps.
        for step in 131...150 { #expect(watch.add(energy: -4, error: 0.02, step: step) == .nothing) }
        for step in 151...159 { #expect(watch.add(energy: -4, error: 0.02, step: step) == .nothing) }
        #expect(watch.add(energy: -4, error: 0.02, step: 160) == .lost)
    }

    @Test func itIsStoredWhole() {
        var (_, watch) = findings(steps: 40, descent)
        for step in 41...120 {
            var restored = LostStateWatch()
            restored.words = watch.words
            let energy = step < 60 ? descent(step) : -2
            let expected = watch.add(energy: energy, error: 0.02, step: step)
            #expect(restored.add(energy: energy, error: 0.02, step: step) == expected)
            #expect(restored == watch)
        }
    }
}
