import Foundation

/// Pearson's goodness-of-fit test.
package enum ChiSquared {
    /// Probability of a statistic at least this large: Q(ν/2, χ²/2).
    package static func pValue(statistic: Double, degreesOfFreedom: Int) -> Double {
        degreesOfFreedom <= 0 ? 1 : upperIncompleteGamma(Double(degreesOfFreedom) / 2, statistic / 2)
    }

    /// p-value of observed counts against expected ones of the same sum, cell by cell. Cells are
    /// merged until each expects at least 8, the last into its predecessor; the sum is one constraint.
    package static func statistic(
        observed: [Int], expected: [Double]
    ) -> (statistic: Double, degreesOfFreedom: Int) {
        var merged: [(observed: Double, expected: Double)] = []
        var open = (observed: 0.0, expected: 0.0)
        for (count, expectation) in zip(observed, expected).sorted(by: { $0.1 > $1.1 }) {
            open.observed += Double(count)
            open.expected += expectation
            if open.expected >= 8 {
                merged.append(open)
                open = (0, 0)
            }
        }
        if merged.isEmpty {
            merged.append(open)
        } else {
            merged[merged.count - 1].observed += open.observed
            merged[merged.count - 1].expected += open.expected
        }
        let statistic = merged.reduce(0) {
            $0 + ($1.observed - $1.expected) * ($1.observed - $1.expected) / $1.expected
        }
        return (statistic, merged.count - 1)
    }

    /// The regularised upper incomplete gamma function Q(a, x): its series for x < a + 1, its continued
    /// fraction (Lentz's method) otherwise.
    package static func upperIncompleteGamma(_ a: Double, _ x: Double) -> Double {
        guard x > 0 else { return 1 }
        let prefactor = exp(a * log(x) - x - lgamma(a))
        if x < a + 1 {
            var term = 1 / a
            var sum = term
            var n = a
            while term > 1e-17 * sum {
                n += 1
                term *= x / n
                sum += term
            }
            return 1 - prefactor * sum
        }
        var b = x + 1 - a
        var c = 1e300
        var d = 1 / b
        var fraction = d
        for i in 1..<10_000 {
            let step = -Double(i) * (Double(i) - a)
            b += 2
            d = 1 / (step * d + b)
            c = b + step / c
            fraction *= c * d
            if (c * d - 1).magnitude < 1e-15 { break }
        }
        return prefactor * fraction
    }
}
