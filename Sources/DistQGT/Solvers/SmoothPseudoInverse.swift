/// f(σ) = 1/σ · 1/(1 + (smoothTolerance·σ_max/|σ|)⁶), and 0 where |σ| ≤ cutoff·σ_max: the smoothed pseudo-inverse of
/// Medvidović and Sels (arXiv:2212.11289), with the meaning of its tolerances as in NetKet's `pinv_smooth`.
struct SmoothPseudoInverse {
    let cutoff: Double
    let smoothTolerance: Double

    /// f of all eigenvalues of a matrix.
    func inverses(of eigenvalues: [Double]) -> [Double] {
        let largest = eigenvalues.map(abs).max() ?? 0
        return eigenvalues.map { value in
            guard abs(value) > cutoff * largest && value != 0 else { return 0 }
            let ratio = smoothTolerance * largest / abs(value)
            return 1 / (1 + ratio * ratio * ratio * ratio * ratio * ratio) / value
        }
    }
}
