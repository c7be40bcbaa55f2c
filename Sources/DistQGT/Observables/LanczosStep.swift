/// The lowest energy of (1 + αH)|ψ⟩ over α (E. S. Heeb, T. M. Rice, Z. Phys. B 90, 73 (1993)), from moments of H.
///
/// In the span of |ψ⟩ and (H − E)|ψ⟩, with the central moments m₂ and m₃ of H, H is ((E, √m₂), (√m₂, E + m₃/m₂)): the lower
/// eigenvalue is E + λ − √(λ² + m₂), λ = m₃/(2m₂), that of (1 + β(H − E))|ψ⟩ with β its distance from E divided by m₂.
public struct LanczosStep: Sendable, Equatable {
    /// NaN where the best state is H|ψ⟩; 0 for an eigenstate.
    public let alpha: Double
    public let energy: Double
    /// Standard error of the energy at this α, whose own error comes in at second order only; 0 for a full summation.
    public internal(set) var error = 0.0
    /// ∂E/∂⟨G^k⟩, k = 1, 2, 3, for G = H − reference at fixed α.
    package let gradient: [Double]

    /// - Parameters:
    ///   - moments: ⟨G⟩, ⟨G²⟩, ⟨G³⟩ of G = H − `reference`.
    ///   - scale: about the norm of H: a standard deviation of H that is rounding beside it is 0.
    package init(moments: [Double], reference: Double, scale: Double) {
        let (a, b, c) = (moments[0], moments[1], moments[2])
        let (variance, third) = (b - a * a, c - 3 * a * b + 2 * a * a * a)
        let mean = reference + a
        let rounding = 1e-12 * scale
        guard variance > rounding * rounding else {
            alpha = variance.isNaN ? .nan : 0
            energy = variance.isNaN ? .nan : mean
            gradient = [1, 0, 0]
            return
        }
        let half = third / (2 * variance)
        let root = (half * half + variance).squareRoot()
        let change = half > 0 ? -variance / (half + root) : half - root
        let beta = change / variance
        energy = mean + change
        let denominator = 1 - beta * mean
        alpha = denominator == 0 ? .nan : beta / denominator
        // (s + tG)|ψ⟩ is the same state.
        let (s, t) = (1 - beta * a, beta)
        let norm = s * s + 2 * s * t * a + t * t * b
        let shifted = a + change
        gradient = [
            (s * s - 2 * s * t * shifted) / norm, (2 * s * t - t * t * shifted) / norm, t * t / norm,
        ]
    }
}
