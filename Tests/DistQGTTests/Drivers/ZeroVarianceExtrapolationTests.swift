import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

@Suite struct ZeroVarianceExtrapolationTests {
    /// Energies on a line, E = −10 + slope · V, with variances that fall.
    private func history(
        seed: UInt64 = 1, slope: Double = 0.2, noise: Double = 0.01, variance: (Double) -> Double = { 0.5 + 20 / $0 }
    ) -> EnergyHistory {
        var generator = SplitMix64(seed: seed)
        var history = EnergyHistory()
        for step in 1...400 {
            let width = variance(Double(step))
            history.add(
                energy: -10 + slope * width + noise * generator.normalDeviate(), error: noise, variance: width)
        }
        return history
    }

    private let above = (energy: -9.9, error: 0.001)

    @Test func theEndOfALineIsFound() throws {
        let found = try #require(ZeroVarianceExtrapolation(history(noise: 0), below: above))
        #expect(abs(found.energy + 10) < 1e-10 && abs(found.slope - 0.2) < 1e-10)
        #expect(found.steps >= 200 && found.variances.lowerBound > 0.5)
        // Half of what lies beyond the data.
        #expect(found.statisticalError < 1e-10)
        #expect(abs(found.error - 0.5 * 0.2 * found.variances.lowerBound) < 1e-10)
    }

    @Test func itsErrorIsThatOfManyRuns() throws {
        let found = (0..<200).compactMap { ZeroVarianceExtrapolation(history(seed: $0, noise: 0.03), below: above) }
        #expect(found.count > 150)
        let pull = found.reduce(0) {
            $0 + ($1.energy + 10) * ($1.energy + 10) / ($1.statisticalError * $1.statisticalError)
        }
        let scatter = (pull / Double(found.count)).squareRoot()
        #expect((0.7...1.3).contains(scatter), "\(scatter)")
    }

    @Test func whereALineSaysNothingNothingIsSaid() {
        #expect(ZeroVarianceExtrapolation(EnergyHistory(), below: above) == nil)
        // A slope of the wrong sign; variances that hardly differ; energies that do not follow them.
        #expect(ZeroVarianceExtrapolation(history(slope: -0.2), below: above) == nil)
        #expect(ZeroVarianceExtrapolation(history { 0.5 + 0.001 * $0 / 400 }, below: above) == nil)
        #expect(ZeroVarianceExtrapolation(history(noise: 2), below: above) == nil)
        // A curve, whose later half points elsewhere.
        var curved = EnergyHistory()
        for step in 1...400 {
            let width = 0.5 + 20 / Double(step)
            curved.add(energy: -10 + 0.2 * width * width, error: 1e-4, variance: width)
        }
        #expect(ZeroVarianceExtrapolation(curved, below: above) == nil)
        // An end above the energy that was measured.
        #expect(ZeroVarianceExtrapolation(history(), below: (-10.5, 0.001)) == nil)
    }
}
