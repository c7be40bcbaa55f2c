import Foundation

/// The projection on total spin S at S^z = 0 by Gauss-Legendre quadrature of the rotations about y
/// (Tahara and Imada, JPSJ 77, 114701 (2008)):
///
///     P_S = (2S+1)/2 ∫ dcos β P_S(cos β) exp(−iβ S^y) ≈ Σ_b w_b exp(−iβ_b S^y).
public struct SpinProjection: Sendable {
    public let rotations: [(rotation: PairRotation, weight: Double)]

    /// β_b = arccos x_b and w_b = W_b P_S(x_b) (2S+1)/2 for the roots x_b and weights W_b of Gauss and Legendre, ascending x.
    ///
    /// - Precondition: spin ≥ 0, at least one point.
    public init(spin: Int, points: Int) {
        precondition(spin >= 0 && points > 0)
        rotations = Self.rule(points: points).map { x, weight in
            (PairRotation(angle: acos(x)), weight * Self.polynomial(spin, x) * Double(2 * spin + 1) / 2)
        }
    }

    /// Roots of the Legendre polynomial, ascending, and weights of the Gauss-Legendre rule on [−1, 1].
    public static func rule(points: Int) -> [(x: Double, weight: Double)] {
        (0..<points).map { number in
            // Newton's method, from the roots' asymptotic places.
            var x = -cos(Double.pi * (Double(number) + 0.75) / (Double(points) + 0.5))
            for _ in 0..<100 {
                let (value, slope) = legendre(points, x)
                x -= value / slope
                if abs(value / slope) < 1e-16 { break }
            }
            let slope = legendre(points, x).slope
            return (x, 2 / ((1 - x * x) * slope * slope))
        }
    }

    /// P_l(x).
    public static func polynomial(_ degree: Int, _ x: Double) -> Double { legendre(degree, x).value }

    /// Rotations that are given.
    ///
    /// - Precondition: as many weights as angles, at least one.
    public init(angles: [Double], weights: [Double]) {
        precondition(!angles.isEmpty && angles.count == weights.count)
        rotations = zip(angles, weights).map { (PairRotation(angle: $0), $1) }
    }

    /// With so many points the projection of n fermions is exact: the integrand is a polynomial of degree n/2 + S in cos β.
    public static func exactPoints(spin: Int, fermions: Int) -> Int { (fermions / 2 + spin + 2) / 2 }

    /// P_l(x) and its derivative, for |x| < 1.
    private static func legendre(_ degree: Int, _ x: Double) -> (value: Double, slope: Double) {
        var (former, value) = (0.0, 1.0)
        for l in 0..<degree {
            (former, value) = (value, (Double(2 * l + 1) * x * value - Double(l) * former) / Double(l + 1))
        }
        return (value, Double(degree) * (former - x * value) / (1 - x * x))
    }
}
