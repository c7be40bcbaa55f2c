import Foundation

/// Basis states whose weight |ψ|² is lost in rounding, or zero, although what the Hamiltonian brings there need not be:
/// ⟨H²⟩ = Σ_σ |(Hψ)(σ)|² counts them, too.
struct FaintStates {
    /// Below this share of the norm a weight is 0 beside any other, and near where numbers lose digits; the amplitude, its
    /// root, is nothing beside that of a state which counts.
    static let largestProbability = 1e-290

    /// This rank's, in their order.
    let configurations: Configurations
    /// Those of each block of states, in which sums are formed.
    let blocks: [Range<Int>]
    /// log Σ|ψ|² over the basis.
    let logNormSquared: Double

    /// Σ |(Hψ)(σ)|²/Σ|ψ|² over the states of each block: their part of the variance of the energy, as the amplitudes of
    /// the states themselves do not count. Every amplitude comes in by its logarithm. Local.
    ///
    /// - Parameter amplitudes: log ψ, not NaN and not +∞ anywhere.
    func imageWeights(of hamiltonian: any FlipOperator, _ amplitudes: any LogAmplitudes) -> [Double] {
        let flipSets = hamiltonian.flipSets
        let siteCount = hamiltonian.siteCount
        var elements = [Double](repeating: 0, count: 2 * max(1, flipSets.count))
        return blocks.map { states in
            states.reduce(0.0) { sum, state in
                let spins = Array(configurations[row: state])
                spins.withUnsafeBufferPointer { spins in
                    elements.withUnsafeMutableBufferPointer { elements in
                        guard let spins = spins.baseAddress, let elements = elements.baseAddress else { return }
                        _ = hamiltonian.row(spins, into: elements)
                    }
                }
                let connected = flipSets.indices.filter { elements[2 * $0] != 0 || elements[2 * $0 + 1] != 0 }
                guard !connected.isEmpty else { return sum }
                var rows: [Int8] = []
                rows.reserveCapacity(connected.count * siteCount)
                for set in connected {
                    rows += spins
                    for site in flipSets[set] { rows[rows.count - siteCount + site] *= -1 }
                }
                var logPsi = [Double](repeating: 0, count: 2 * connected.count)
                rows.withUnsafeBufferPointer { rows in
                    logPsi.withUnsafeMutableBufferPointer { logPsi in
                        guard let rows = rows.baseAddress, let output = logPsi.baseAddress else { return }
                        amplitudes.evaluate(rows, count: connected.count, into: output)
                    }
                }
                var image = SIMD2<Double>.zero
                for (index, set) in connected.enumerated() {
                    let modulus = exp(logPsi[2 * index] - logNormSquared / 2)
                    guard modulus > 0 else { continue }
                    let (x, y) = (modulus * cos(logPsi[2 * index + 1]), modulus * sin(logPsi[2 * index + 1]))
                    image.x += elements[2 * set] * x - elements[2 * set + 1] * y
                    image.y += elements[2 * set] * y + elements[2 * set + 1] * x
                }
                return sum + (image * image).sum()
            }
        }
    }
}
