import Numerics

/// An operator as the solver sees it: for a configuration σ, the row ⟨σ|A|σ′⟩ over all connected σ′.
public protocol Operator: Sendable {
    /// N, the number of sites.
    var siteCount: Int { get }
    /// Whether A equals its adjoint, exactly.
    var isHermitian: Bool { get }
    /// Whether every matrix element is real.
    var isReal: Bool { get }
    /// Appends the transitions σ → σ′ ≠ σ with their elements ⟨σ|A|σ′⟩ to a list; those with element 0 may be left
    /// out, and several may lead to the same σ′: their elements add.
    ///
    /// - Parameter configuration: N codes of local states.
    /// - Returns: the diagonal element ⟨σ|A|σ⟩.
    func appendTransitions(from configuration: UnsafePointer<Int8>, to list: TransitionList) -> Complex<Double>
    /// Whether A leads from configurations of a space of these sites to no others: whether it commutes with all sums
    /// that the space conserves.
    func conserves(_ space: HilbertSpace) -> Bool
    /// Tr A / dim over a space: of a Hamiltonian the mean energy at infinite temperature, E∞ of the V-score.
    ///
    /// - Throws: `OperatorError` where the sites differ, or the mean has no value or takes too long.
    func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double>
    /// Where the expectation values of a Hermitian A lie in every state: at most `radius` from `centre`.
    var energyBound: (centre: Double, radius: Double) { get }
    /// The most transitions from one configuration.
    var transitionBound: Int { get }
}

/// A sum of products of Pauli matrices on spins 1/2, the operators that local energies are fastest with.
///
/// Every connected configuration is σ with one of a fixed list of *flip sets* applied (the sites
/// that carry an X or a Y); only the matrix element depends on σ. Incremental evaluators rely on
/// that list being fixed.
public protocol FlipOperator: Operator {
    /// The distinct, non-empty sets of flipped sites (each ascending). Entry c leads from σ to σ′ = σ
    /// with those sites flipped.
    var flipSets: [[Int]] { get }
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

extension FlipOperator {
    public var transitionBound: Int { flipSets.count }

    public func appendTransitions(
        from configuration: UnsafePointer<Int8>, to list: TransitionList
    ) -> Complex<Double> {
        let flipSets = flipSets
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, 2 * flipSets.count)) { elements in
            guard let row = elements.baseAddress else { return .zero }
            let diagonal = self.row(configuration, into: row)
            for (set, sites) in flipSets.enumerated() where row[2 * set] != 0 || row[2 * set + 1] != 0 {
                list.append(element: Complex(row[2 * set], row[2 * set + 1]))
                for site in sites { list.change(site, to: -configuration[site]) }
            }
            return diagonal
        }
    }
}
