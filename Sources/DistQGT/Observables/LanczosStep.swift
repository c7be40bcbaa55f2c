/// The lowest energy of (1 + a₁H + … + a_pHᵖ)|ψ⟩ over the a's (E. S. Heeb, T. M. Rice, Z. Phys. B 90, 73 (1993)), p Lanczos steps,
/// from the moments of H up to the (2p + 1)-th.
///
/// In the polynomials of H that are orthonormal in the state H is tridiagonal: p steps of Lanczos's recurrence, in which inner
/// products are moments. The best state is the lowest eigenvector of that matrix.
public struct LanczosStep: Sendable, Equatable {
    /// a₁ to a_p: NaN where the best state has no share of |ψ⟩; 0 for an eigenstate.
    public let coefficients: [Double]
    public let energy: Double
    /// Standard error of the energy at these coefficients, whose own errors come in at second order only; 0 for a full summation.
    public internal(set) var error = 0.0
    /// ∂E/∂⟨G^k⟩, k = 1 to 2p + 1, for G = H − reference at fixed coefficients.
    package let gradient: [Double]

    /// - Parameters:
    ///   - moments: ⟨G⟩, ⟨G²⟩, … of G = H − `reference`, an odd number of them.
    ///   - scale: about the norm of H: a standard deviation of H that is rounding beside it is 0.
    package init(moments: [Double], reference: Double, scale: Double) {
        precondition(moments.count % 2 == 1 && moments.count >= 3)
        let steps = (moments.count - 1) / 2
        guard moments.allSatisfy(\.isFinite) else {
            coefficients = [Double](repeating: .nan, count: steps)
            energy = .nan
            gradient = [Double](repeating: .nan, count: moments.count)
            return
        }
        let rounding = 1e-12 * scale
        let basis = KrylovPolynomials(
            moments: Self.shifted([1] + moments, by: -moments[0]), steps: steps, leastNorm: rounding * rounding)
        let (change, share) = basis.lowest()
        // In powers of H less its mean, of G, and of H.
        let polynomial = basis.combination(share)
        let mean = reference + moments[0]
        let ofG = Self.expanded(polynomial, about: moments[0])
        let ofH = Self.expanded(polynomial, about: mean)
        energy = mean + change
        coefficients = (1...steps).map { $0 >= ofH.count ? 0 : ofH[0] == 0 ? .nan : ofH[$0] / ofH[0] }
        var derivatives = [Double](repeating: 0, count: moments.count + 1)
        var norm = 0.0
        for (i, a) in ofG.enumerated() {
            for (j, b) in ofG.enumerated() {
                derivatives[i + j + 1] += a * b
                derivatives[i + j] -= (moments[0] + change) * a * b
                norm += a * b * (i + j == 0 ? 1 : moments[i + j - 1])
            }
        }
        gradient = derivatives.dropFirst().map { $0 / norm }
    }

    /// The moments ⟨(x + shift)^k⟩ from k = 0 on, from ⟨x^k⟩.
    private static func shifted(_ moments: [Double], by shift: Double) -> [Double] {
        moments.indices.map { k in
            var (sum, binomial, power) = (0.0, 1.0, 1.0)
            for i in 0...k {
                sum += binomial * power * moments[k - i]
                binomial *= Double(k - i) / Double(i + 1)
                power *= shift
            }
            return sum
        }
    }

    /// The coefficients of f(x − centre) by powers of x.
    private static func expanded(_ polynomial: [Double], about centre: Double) -> [Double] {
        var result: [Double] = []
        for coefficient in polynomial.reversed() {
            // result · (x − centre) + coefficient
            let raised = [0] + result
            result = raised.indices.map { raised[$0] - centre * ($0 < result.count ? result[$0] : 0) }
            result[0] += coefficient
        }
        return result
    }
}
