import Numerics

/// A sum of products of Pauli matrices as the solver sees it: for a configuration σ, the row
/// ⟨σ|H|σ′⟩ over all connected σ′.
///
/// Every connected configuration is σ with one of a fixed list of *flip sets* applied (the sites
/// that carry an X or a Y); only the matrix element depends on σ. Incremental evaluators rely on
/// that list being fixed.
public protocol Operator: Sendable {
    /// N, the number of sites.
    var siteCount: Int { get }
    /// The distinct, non-empty sets of flipped sites (each ascending). Entry c leads from σ to σ′ = σ
    /// with those sites flipped.
    var flipSets: [[Int]] { get }
    /// Whether H equals its adjoint, exactly.
    var isHermitian: Bool { get }
    /// Whether every matrix element is real.
    var isReal: Bool { get }
    /// Whether H commutes with Σ_i σᶻ_i.
    var conservesMagnetisation: Bool { get }
    /// Tr H / 2^N: the mean energy at infinite temperature, E∞ of the V-score (whole space).
    var normalisedTrace: Complex<Double> { get }
    /// Writes the row of σ.
    ///
    /// - Parameters:
    ///   - spins: N values ±1.
    ///   - elements: `2 × flipSets.count` values, real and imaginary part of ⟨σ|H|σ′_c⟩ in turn;
    ///     exactly 0 where σ and σ′_c are not connected.
    /// - Returns: the diagonal element ⟨σ|H|σ⟩.
    func row(_ spins: UnsafePointer<Int8>, into elements: UnsafeMutablePointer<Double>) -> Complex<Double>
}
