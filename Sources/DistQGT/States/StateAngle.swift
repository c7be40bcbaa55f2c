import Foundation

extension MonteCarloState {
    /// The angle arccos |⟨a|b⟩| of two states, from the samples of a third one, ψ. Collective: two allreduces.
    ///
    /// In means over |ψ|², with A = a/ψ and the difference D of b/ψ from it, its sine squared is (⟨|D|²⟩ − |⟨ĀD⟩|²/⟨|A|²⟩)/⟨|A + D|²⟩. a and b
    /// are taken relative to the geometric means of their ratios, so that states that are close lose no digits. Weight of a and b
    /// where ψ has none, or no samples, is not seen.
    ///
    /// - Parameters:
    ///   - a: log a at the samples, (re, im) in turn; −∞ is a node.
    ///   - b: likewise.
    ///   - logPsi: likewise.
    /// - Returns: NaN where numbers are not finite.
    package func angle(_ a: [Double], _ b: [Double], in batch: SampleBatch, logPsi: [Double]) throws -> Double {
        let space = batch.space(isComplex: true)
        /// log of b/a; the phase of a node means nothing, and need not be a number.
        func ratio(_ sample: Int) -> (Double, Double) {
            let modulus = b[2 * sample] - a[2 * sample]
            return (modulus, modulus == -.infinity ? 0 : b[2 * sample + 1] - a[2 * sample + 1])
        }
        let means = try batch.sums.sum(count: 3) { _, samples, sums in
            sums.update(repeating: 0, count: 3)
            for sample in samples {
                let weight = a[2 * sample] - logPsi[2 * sample]
                let (modulus, phase) = ratio(sample)
                guard weight.isFinite, modulus.isFinite, phase.isFinite else { continue }
                sums[0] += space.weight(sample) * weight
                sums[1] += space.weight(sample) * modulus
                sums[2] += space.weight(sample) * phase
            }
        }
        let sums = try batch.sums.sum(count: 4) { _, samples, sums in
            sums.update(repeating: 0, count: 4)
            for sample in samples where space.weight(sample) != 0 {
                let logarithm = a[2 * sample] - logPsi[2 * sample] - means[0]
                if logarithm == -.infinity {
                    let other = b[2 * sample] - logPsi[2 * sample] - means[0] - means[1]
                    sums[3] += space.weight(sample) * exp(2 * other)
                    continue
                }
                let weight = space.weight(sample) * exp(2 * logarithm)
                let (modulus, phase) = ratio(sample)
                // D/A
                let (x, y) = (modulus - means[1], phase - means[2])
                let half = sin(y / 2)
                let real = expm1(x) * cos(y) - 2 * half * half
                let imaginary = exp(x) * sin(y)
                sums[0] += weight
                sums[1] += weight * real
                sums[2] += weight * imaginary
                sums[3] += weight * (real * real + imaginary * imaginary)
            }
        }
        let (real, imaginary, square) = (sums[1] / sums[0], sums[2] / sums[0], sums[3] / sums[0])
        let sine = (square - real * real - imaginary * imaginary) / (1 + 2 * real + square)
        guard sine > 0 else { return sine.isNaN ? .nan : 0 }
        return asin(min(1, sine.squareRoot()))
    }
}
