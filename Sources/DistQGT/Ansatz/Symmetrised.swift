import LatticeSymmetry
import LinearAlgebra
import Numerics

/// Any ansatz ψ projected on a symmetry sector,
///
///     Ψ(s) = 1/|G| Σ_a χ_a ψ(g_a⁻¹ s),   (g⁻¹ s)_r = s_{g(r)},
///
/// evaluated as a max-shifted log-sum-exp. Then Ψ(g s) = χ(g) Ψ(s) for all elements with χ(g) ≠ 0. With a parity ±1 the
/// sum also runs over the flip of all spins, and Ψ(−s) = ±Ψ(s). For the trivial sector this is NetKet's `SymmExpSum`;
/// there the characters are those of the inverse elements.
///
/// The parameters are those of ψ. Where Ψ vanishes, as it must at configurations that an element with χ ≠ 1 leaves
/// as they are, its logarithm is −∞ and its derivatives are set to 0.
public struct Symmetrised: Ansatz {
    public let base: any Ansatz
    public let group: SymmetryGroup
    /// χ_a by element.
    public let characters: [Complex<Double>]
    /// The eigenvalue ±1 of the flip of all spins; nil where that is not projected on.
    public let parity: Int?

    /// - Precondition: a group on the sites of the ansatz, one character for each element, not all 0.
    public init(_ base: any Ansatz, group: SymmetryGroup, characters: [Complex<Double>], parity: Int? = nil) {
        precondition(base.siteCount == group.siteCount)
        precondition(characters.count == group.order && characters.contains { $0 != 0 })
        precondition(parity == nil || parity == 1 || parity == -1)
        self.base = base
        self.group = group
        self.characters = characters
        self.parity = parity
    }

    public var siteCount: Int { base.siteCount }
    public var dataType: DataType { base.dataType }
    public var leaves: [LeafDeclaration] { base.leaves }
    public var sector: SymmetrySector? { SymmetrySector(group, characters: characters, parity: parity) }
    public var constituents: [any Ansatz] { [base] }
    public var withPositiveWeights: (any Ansatz)? {
        sector.map(\.withPositiveWeights).map {
            Symmetrised(
                base.withPositiveWeights ?? base, group: group, characters: $0.characters, parity: $0.parity)
        }
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let elements = characters.indices.filter { characters[$0] != 0 }
        let signs = parity == nil ? [1] : [1, -1]
        let factor = 1 / Double(signs.count * group.order)
        let terms = signs.flatMap { sign in elements.map { (sign: sign, element: $0) } }
        let images = tape.images(
            sites: terms.map { group.permutations[$0.element] }, signs: terms.map(\.sign), base.logPsi)
        let weights = terms.map { characters[$0.element] * Complex(factor * Double($0.sign < 0 ? parity ?? 1 : 1)) }
        return tape.logSumExp(tape.gather(images, index: Array(0..<terms.count), rows: 1), weights: weights)
    }
}
