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
    func imageWeights(of hamiltonian: any Operator, _ amplitudes: any LogAmplitudes) -> [Double] {
        let siteCount = hamiltonian.siteCount
        let transitions = TransitionList()
        return blocks.map { states in
            states.reduce(0.0) { sum, state in
                let codes = Array(configurations[row: state])
                transitions.removeAll()
                codes.withUnsafeBufferPointer { codes in
                    guard let codes = codes.baseAddress else { return }
                    _ = hamiltonian.appendTransitions(from: codes, to: transitions)
                }
                guard transitions.count > 0 else { return sum }
                var rows = Configurations(siteCount: siteCount)
                rows.spins.reserveCapacity(transitions.count * siteCount)
                for transition in 0..<transitions.count {
                    rows.spins += codes
                    rows.spins.withUnsafeMutableBufferPointer { rows in
                        guard let base = rows.baseAddress else { return }
                        transitions.apply(transition, to: base + transition * siteCount)
                    }
                }
                let logPsi = amplitudes.logPsi(of: rows)
                var image = SIMD2<Double>.zero
                for index in 0..<transitions.count {
                    let element = transitions.element(index).rawStorage
                    let modulus = exp(logPsi[2 * index] - logNormSquared / 2)
                    guard modulus > 0 else { continue }
                    let (x, y) = (modulus * cos(logPsi[2 * index + 1]), modulus * sin(logPsi[2 * index + 1]))
                    image.x += element.x * x - element.y * y
                    image.y += element.x * y + element.y * x
                }
                return sum + (image * image).sum()
            }
        }
    }
}
