import LatticeSymmetry
import LinearAlgebra
import Numerics

/// A product of pairs |F⟩ projected on quantum numbers (Tahara and Imada, JPSJ 77, 114701 (2008)):
///
///     ψ(n) = factor · Σ_a χ_a Σ_b w_b ⟨n| T_a exp(−iβ_b S^y) |F⟩.
///
/// T_g moves fermions, T_g c†_{iσ} T_g⁻¹ = c†_{g(i)σ}, and on spins 1/2 the spins; T_g ψ = χ̄_g ψ where χ is a
/// one-dimensional representation. With a parity the sum also runs over c†_{iσ} → c†_{i,−σ}, on spins 1/2 the flip of all
/// spins, and ψ has this eigenvalue. ⟨n|F⟩ is Pf F[R, R], as of a general `PairProduct`, with F = ((0, f), (−fᵀ, 0)) of
/// antiparallel pairs: their determinant times a constant sign.
///
/// The parameters are those of the product of pairs.
public struct ProjectedPairProduct: Ansatz {
    /// T_a with its weight.
    public struct Element: Sendable {
        /// g_a⁻¹(r) by site r.
        public let preimages: [Int]
        public let character: Complex<Double>
        /// By site whether T_a multiplies fermions there by −1, as translations with antiperiodic boundaries do; nil for no
        /// such site.
        public let isNegated: [Bool]?

        public init(preimages: [Int], character: Complex<Double>, isNegated: [Bool]? = nil) {
            self.preimages = preimages
            self.character = character
            self.isNegated = isNegated
        }
    }

    public let pairing: Pairing
    public let elements: [Element]
    /// ±1; nil for no sum over the flip.
    public let parity: Int?
    public let projectsSpin: Bool
    public let terms: PairTerms
    public let sector: SymmetrySector?
    private let isPositive: Bool

    /// - Parameters:
    ///   - elements: of the group, the identity alone for no group.
    ///   - parity: ±1; nil for no sum over the flip.
    ///   - spin: nil for no projection on total spin.
    ///   - sector: on spins 1/2, where ψ lies.
    /// - Precondition: an even number of fermions; permutations of the sites, characters of which one is not 0; for a parity
    ///   or a spin both spins.
    public init(
        _ pairing: Pairing, elements: [Element], parity: Int? = nil, spin: SpinProjection? = nil, factor: Double = 1,
        sector: SymmetrySector? = nil
    ) {
        precondition(pairing.sector.count % 2 == 0)
        precondition(parity == nil || parity == 1 || parity == -1)
        precondition(pairing.sector.kind != .spinless || (parity == nil && spin == nil))
        let isOfSpins = pairing.sector.kind == .spinsHalf
        let maps = (parity == nil ? [1] : [1, -1]).flatMap { flip in
            let images = elements.filter { $0.character != 0 }.map { element -> PairTerms.Map in
                // Spins that change places are no fermions that do.
                let sign = isOfSpins && Self.isOdd(element.preimages) ? -1.0 : 1
                return PairTerms.Map(
                    images: Self.modes(element.preimages, isFlipped: flip < 0, pairing.sector),
                    weight: element.character * Complex(factor * sign * Double(flip < 0 ? parity ?? 1 : 1)),
                    isNegated: element.isNegated.map { pairing.sector.kind == .spinless ? $0 : $0 + $0 })
            }
            return pairing.withoutRepetitions(images)
        }
        self.pairing = pairing
        self.elements = elements
        self.parity = parity
        self.sector = sector
        projectsSpin = spin != nil
        isPositive = false
        terms = PairTerms(
            pairing.sector.modes, elements: maps,
            rotations: (spin?.rotations ?? [(.identity, 1)]).filter { $0.weight != 0 })
    }

    /// The sum of the moduli of all terms, which has no symmetry.
    private init(positive state: ProjectedPairProduct) {
        pairing = state.pairing
        elements = state.elements
        parity = state.parity
        sector = nil
        projectsSpin = state.projectsSpin
        isPositive = true
        terms = state.terms.moduli
    }

    /// By mode the mode that is looked at in its place.
    private static func modes(_ preimages: [Int], isFlipped: Bool, _ sector: FermionSector) -> [Int] {
        let sites = sector.siteCount
        return (0..<sector.modeCount).map { mode in
            let (spin, site) = (mode / sites, mode % sites)
            return (isFlipped ? 1 - spin : spin) * sites + preimages[site]
        }
    }

    /// Whether a permutation is an odd one.
    package static func isOdd(_ permutation: [Int]) -> Bool {
        var isSeen = [Bool](repeating: false, count: permutation.count)
        var odd = false
        for first in permutation.indices {
            var site = first
            while !isSeen[site] {
                isSeen[site] = true
                site = permutation[site]
                if site != first { odd.toggle() }
            }
        }
        return odd
    }

    public var siteCount: Int { pairing.sector.featureCount }
    public var dataType: DataType { pairing.dataType }
    public var leaves: [LeafDeclaration] { [pairing.leaf] }
    public var withPositiveWeights: (any Ansatz)? {
        isPositive || terms.count == 1 ? nil : ProjectedPairProduct(positive: self)
    }

    public func logPsi(_ tape: Recorder) -> Node {
        pairing.sector.inBasis(tape.logPfaffianSum(of: pairing.upperTriangle(on: tape), over: terms), on: tape)
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        // What is kept of terms has their signs.
        if isPositive { return AmplitudeMethods(ratios: []) }
        return dataType.isComplex ? walkers(factor, ComplexScalar.self) : walkers(factor, Double.self)
    }

    private func walkers<S: MatrixScalar>(_ factor: RecordedFactor, _: S.Type) -> AmplitudeMethods {
        let table = RotatedPairingTable<S>(
            ExpandedParameters(factor, leaf: "pairing", entries: pairing.matrix), terms.rotations,
            modeCount: pairing.sector.modeCount)
        let bytes = ProjectedPairWalker<S>.byteCount(pairing.sector, terms)
        return AmplitudeMethods(ratios: [
            WalkerRatios(
                factor, bytesPerWalker: bytes, floor: ProjectedPairWalker<S>.floor(pairing.sector, terms)
            ) { [sector = pairing.sector, terms] in
                ProjectedPairWalker<S>(sector, table, terms)
            }
        ])
    }
}
