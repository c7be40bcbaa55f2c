import DistQGT

/// Stationary first-order autoregressive chains of unit variance: x_t = ρ x_{t−1} + √(1−ρ²) ξ_t.
package enum AutoregressiveSeries {
    /// Chain-major values of `chains` chains.
    package static func chains(_ chains: Int, length: Int, autocorrelation: Double, seed: UInt64) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(chains * length)
        let innovation = (1 - autocorrelation * autocorrelation).squareRoot()
        for chain in 0..<chains {
            var stream = RandomStream(seed: seed, index: chain, purpose: .parameters)
            var value = stream.normal()
            for _ in 0..<length {
                values.append(value)
                value = autocorrelation * value + innovation * stream.normal()
            }
        }
        return values
    }

    /// The exact standard deviation of the mean of all values.
    package static func errorOfMean(chains: Int, length: Int, autocorrelation: Double) -> Double {
        var sum = 1.0
        var power = 1.0
        for lag in 1..<max(length, 1) {
            power *= autocorrelation
            sum += 2 * (1 - Double(lag) / Double(length)) * power
        }
        return (sum / Double(chains * length)).squareRoot()
    }

    /// Real values as energies: real and imaginary part in turn.
    package static func interleaved(_ real: [Double], imaginary: [Double]? = nil) -> [Double] {
        real.indices.flatMap { [real[$0], imaginary?[$0] ?? 0] }
    }
}
