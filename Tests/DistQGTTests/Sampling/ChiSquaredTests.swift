import DistQGTTestSupport
import Foundation
import Testing

/// p-value of counts that should be equally likely.
func pValue(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    let (statistic, freedom) = ChiSquared.statistic(
        observed: counts, expected: counts.map { _ in expected })
    return ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom)
}

@Suite struct SamplingChiSquaredTests {
    @Test func samplingChiSquaredKnownValues() {
        // Two degrees of freedom: exp(−x/2). One: erfc(√(x/2)).
        for x in [0.1, 1.0, 5.0, 30.0] {
            let two = ChiSquared.pValue(statistic: x, degreesOfFreedom: 2)
            #expect((two / exp(-x / 2) - 1).magnitude < 1e-12)
            let one = ChiSquared.pValue(statistic: x, degreesOfFreedom: 1)
            #expect((one / erfc((x / 2).squareRoot()) - 1).magnitude < 1e-12)
        }
        // The 95% quantile of 100 degrees of freedom.
        #expect((ChiSquared.pValue(statistic: 124.342113, degreesOfFreedom: 100) - 0.05).magnitude < 1e-7)
        #expect(pValue([1000, 1000, 1200]) < 1e-4)
    }
}
