import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

@Suite struct ConvergenceWatchTests {
    /// A run whose energies have errors of 1 and whose end is known to 0.5.
    private struct Series {
        let energy: (Double) -> Double
        var variance: (Double) -> Double = { _ in 10 }
        /// Of a step's deviation, the share that the next one has, too.
        var correlation = 0.0

        /// The step after which the watch says that it has converged; nil for never within so many steps.
        func stop(seed: UInt64, steps: Int = 2000) -> Int? {
            var generator = SplitMix64(seed: 1000 + seed)
            var watch = ConvergenceWatch(samples: 1024, finalSamples: 4096)
            var noise = 0.0
            for step in 1...steps {
                noise = correlation * noise + (1 - correlation * correlation).squareRoot() * generator.normalDeviate()
                let variance = variance(Double(step)) * (1 + 0.05 * generator.normalDeviate())
                if watch.add(energy: energy(Double(step)) + noise, error: 1, variance: variance, scale: 1000) {
                    return step
                }
            }
            return nil
        }

        /// What a third more steps would gain.
        func gain(after step: Int) -> Double { energy(Double(step)) - energy(4 * Double(step) / 3) }
    }

    /// The end of a plateau is found soon, whatever the noise is.
    @Test(arguments: [0.0, 0.7]) func plateausEnd(correlation: Double) throws {
        let series = Series(energy: { -1000 + 20 * exp(-$0 / 15) }, correlation: correlation)
        let stops = (0..<50).map { series.stop(seed: $0) ?? .max }.sorted()
        #expect(stops[0] >= 100)
        #expect(stops[25] <= 160 && stops[45] <= 400, "\(stops)")
    }

    /// Of 50 runs that still fall, none is ended where a third more steps would gain twice what there is to see.
    @Test func slowDescentsGoOn() {
        let descents = [
            Series(energy: { -1000 + 20 * exp(-$0 / 200) }),
            Series(energy: { -1000 + 20 * exp(-$0 / 200) }, variance: { 10 + 40 * exp(-$0 / 200) }),
            Series(energy: { -1000 + 100 / $0 }, variance: { 10 + 200 / $0 }),
            Series(energy: { -1000 + 300 / $0 }),
            Series(energy: { -1000 + 20 * exp(-$0 / 500) }, variance: { 10 + 40 * exp(-$0 / 500) }, correlation: 0.7),
        ]
        for series in descents {
            let stops = (0..<50).compactMap { series.stop(seed: $0) }
            #expect(stops.filter { series.gain(after: $0) > 2 * 0.5 }.count == 0)
            #expect(stops.filter { series.gain(after: $0) > 0.5 }.count <= 5)
        }
        // They do end.
        let stops = (0..<20).map { descents[1].stop(seed: $0) ?? .max }.sorted()
        #expect(stops[10] < 1700, "\(stops)")
    }

    /// Without noise, the energy's distance from the mean of the spectrum is what a gain is held against.
    @Test func summedEnergiesEnd() {
        var watch = ConvergenceWatch(samples: 64, finalSamples: 256)
        let stop = (1...2000).first {
            let excess = exp(-Double($0) / 20)
            return watch.add(energy: -10 + excess, error: 0, variance: 2 * excess, scale: 10)
        }
        // exp(−t/20) over a window of 60 steps gains less than a tenth of 1e-4 from t = 290 on.
        #expect(stop.map { (200...400).contains($0) } == true, "\(stop ?? 0)")
    }

    @Test func blocksAreFewAndHoldEverything() {
        var history = EnergyHistory()
        var restored = EnergyHistory()
        for step in 1...1000 {
            history.add(energy: Double(step), error: 2, variance: 3)
            #expect(history.blocks.count <= 32)
            #expect(history.steps == step)
            restored.words = history.words
            #expect(restored == history)
        }
        #expect(history.blocks.reduce(0) { $0 + $1.energy } == 500_500)
        #expect(history.blocks.reduce(0) { $0 + $1.squaredErrors } == 4000)
        #expect(history.blockLength == 32 && history.blocks[0].meanEnergy == 16.5)
        #expect(history.blocks.allSatisfy { abs($0.meanVariance - 3) < 1e-15 })
        #expect(history.wholeBlocks.count == 31 && history.blocks.count == 32)
    }

    @Test func aRestoredWatchDecidesTheSame() {
        let series = Series(energy: { -1000 + 20 * exp(-$0 / 15) })
        var generator = SplitMix64(seed: 7)
        var watch = ConvergenceWatch(samples: 1024, finalSamples: 4096)
        for step in 1...300 {
            var restored = ConvergenceWatch(samples: 1024, finalSamples: 4096)
            restored.words = watch.words
            let energy = series.energy(Double(step)) + generator.normalDeviate()
            let expected = watch.add(energy: energy, error: 1, variance: 10, scale: 1000)
            #expect(restored.add(energy: energy, error: 1, variance: 10, scale: 1000) == expected)
            #expect(restored == watch)
        }
    }
}
