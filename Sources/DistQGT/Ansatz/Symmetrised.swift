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
/// Of fermions the sum is over T_a, which move fermions, T_g c†_{iσ} T_g⁻¹ = c†_{g(i)σ}, with the sign of the order that they come
/// in: Ψ = 1/|G| Σ_a χ_a T_a ψ, T_g Ψ = χ̄(g) Ψ; the flip of all spins is c†_{iσ} → c†_{i,−σ}.
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
    /// What the ansatz reads where that is fermions, spinless or spinful; nil elsewhere.
    public let fermions: FermionSector.Kind?
    /// Whether every term counts as its modulus.
    private let takesModuli: Bool

    /// - Precondition: a group on the sites of the ansatz, one character for each element, not all 0.
    public init(
        _ base: any Ansatz, group: SymmetryGroup, characters: [Complex<Double>], parity: Int? = nil,
        fermions: FermionSector.Kind? = nil
    ) {
        self.init(
            base, group: group, characters: characters, parity: parity, fermions: fermions, takesModuli: false)
    }

    private init(
        _ base: any Ansatz, group: SymmetryGroup, characters: [Complex<Double>], parity: Int?,
        fermions: FermionSector.Kind?, takesModuli: Bool
    ) {
        precondition(fermions != .spinsHalf && base.siteCount == group.siteCount * (fermions == .spinful ? 2 : 1))
        precondition(characters.count == group.order && characters.contains { $0 != 0 })
        precondition(parity == nil || fermions != .spinless && (parity == 1 || parity == -1))
        self.base = base
        self.group = group
        self.characters = characters
        self.parity = parity
        self.fermions = fermions
        self.takesModuli = takesModuli
    }

    public var siteCount: Int { base.siteCount }
    public var dataType: DataType { base.dataType }
    public var leaves: [LeafDeclaration] { base.leaves }
    /// Of fermions nil: what is known of sectors is known of configurations without signs.
    public var sector: SymmetrySector? {
        fermions == nil ? SymmetrySector(group, characters: characters, parity: parity) : nil
    }
    public var constituents: [any Ansatz] { [base] }
    public var withPositiveWeights: (any Ansatz)? {
        guard fermions == nil else {
            return Symmetrised(
                base, group: group, characters: characters.map { Complex($0.length) }, parity: parity.map { _ in 1 },
                fermions: fermions, takesModuli: true)
        }
        return sector.map(\.withPositiveWeights).map {
            Symmetrised(
                base.withPositiveWeights ?? base, group: group, characters: $0.characters, parity: $0.parity)
        }
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let elements = characters.indices.filter { characters[$0] != 0 }
        let signs = parity == nil ? [1] : [1, -1]
        let factor = 1 / Double(signs.count * group.order)
        let terms = signs.flatMap { sign in elements.map { (sign: sign, element: $0) } }
        let weights = terms.map { characters[$0.element] * Complex(factor * Double($0.sign < 0 ? parity ?? 1 : 1)) }
        let sites = terms.map { group.permutations[$0.element] }
        let flips = terms.map { $0.sign < 0 }
        let isSpinful = fermions == .spinful
        // A flip turns spins, and exchanges the occupations of up and down.
        let features = zip(sites, flips).map { sites, isFlipped -> [Int] in
            guard isSpinful else { return sites }
            let down = sites.map { $0 + group.siteCount }
            return isFlipped ? down + sites : sites + down
        }
        let images = tape.gather(
            tape.images(sites: features, signs: terms.map { isSpinful ? 1 : $0.sign }, base.logPsi),
            index: Array(0..<terms.count), rows: 1)
        guard fermions != nil else { return tape.logSumExp(images, weights: weights) }
        if takesModuli {
            return tape.logSumExp(images.isComplex ? tape.realPart(images) : images, weights: weights)
        }
        let phases = tape.imageOrderPhases(sites: sites, flips: flips, planes: isSpinful ? 2 : 1)
        return tape.logSumExp(tape.combination([(1, images), (.i, phases)]), weights: weights)
    }
}
