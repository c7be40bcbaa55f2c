import Foundation
import LatticeSymmetry

/// A two-point function G_ij of sites that hold bosons, fermions or spins of any s. What is measured of it is its Hermitian
/// part (G_ij + Ḡ_ji)/2, whose mean is that of G_ij.
public enum SitePairFunction: Hashable, Sendable {
    /// f_i f_j of a function of the sites.
    case product(SiteFunction)
    /// (S⁺_i S⁻_j + S⁻_i S⁺_j)/2 = Sˣ_i Sˣ_j + Sʸ_i Sʸ_j, of spins and of electrons.
    case exchange
    /// c†_is c_js of electrons of one spin; with `.both` b†_i b_j or c†_i c_j of particles without spin.
    case hop(ElectronSpin)
    /// Δ†_i Δ_j.
    case pair(PairForm)
}

/// A pair of electrons with total spin 0 around a site: Δ_i = (1/√2) Σ_δ f(δ) (c_i↑ c_i+δ↓ − c_i↓ c_i+δ↑).
public struct PairForm: Hashable, Sendable {
    struct Partner: Hashable, Sendable {
        let site: Int
        let factor: Double
    }

    /// i + δ and f(δ) for each site i.
    let partners: [[Partner]]

    /// Δ_i = c_i↑ c_i↓ (s wave): δ = 0, with f = 1/√2.
    public static func onSite(siteCount: Int) -> PairForm {
        PairForm(partners: (0..<siteCount).map { [Partner(site: $0, factor: 0.5.squareRoot())] })
    }

    /// f = 1 on all bonds (extended s wave).
    public static func extended(siteCount: Int, bonds: [Edge]) -> PairForm {
        PairForm(siteCount, bonds) { _ in 1 }
    }

    /// f = 1 on the bonds along the first direction of a square lattice and −1 on those along the second (d wave, x² − y²);
    /// nil for other lattices.
    public static func d(on lattice: Lattice, bonds: [Edge]) -> PairForm? {
        guard lattice.kind == .square else { return nil }
        return PairForm(lattice.siteCount, bonds) { bond in
            lattice.spanningVectors != nil
                ? (lattice.displacement(from: bond.first, to: bond.second).cells[1] == 0 ? 1 : -1)
                : lattice.siteCoordinates[bond.first][1] == lattice.siteCoordinates[bond.second][1] ? 1 : -1
        }
    }

    private init(partners: [[Partner]]) { self.partners = partners }

    private init(_ siteCount: Int, _ bonds: [Edge], _ factor: (Edge) -> Double) {
        var partners = [[Partner]](repeating: [], count: siteCount)
        for bond in bonds {
            partners[bond.first].append(Partner(site: bond.second, factor: factor(bond)))
            partners[bond.second].append(Partner(site: bond.first, factor: factor(bond)))
        }
        self.partners = partners
    }
}

/// What is made of two-point functions: averages over classes of pairs, or sums over all pairs with phases.
public struct SitePairReduction: Sendable {
    /// A weighted sum of two-point functions.
    public struct Component: Sendable {
        let terms: [(function: SitePairFunction, weight: Double)]

        public init(_ terms: [(SitePairFunction, Double)]) { self.terms = terms.map { ($0.0, $0.1) } }
        public init(_ function: SitePairFunction) { self.init([(function, 1)]) }

        /// S_i·S_j.
        public static let spins = Component([(.product(.spin), 1), (.exchange, 1)])
    }

    /// Sites i ≤ j, their class, and which way they go along what the class stands for.
    struct Pair: Sendable {
        let first: Int
        let second: Int
        let pairClass: Int
        let direction: Double
    }

    /// Of a row: real·Re + imaginary·Im of the sum over a class.
    struct Term: Sendable {
        let pairClass: Int
        let real: Double
        let imaginary: Double
    }

    let pairs: [Pair]
    let classCount: Int
    let components: [Component]
    let rows: [[Term]]

    /// Quantities: (component, row).
    public var quantityCount: Int { components.count * rows.count }

    /// - Parameter onSite: classes of pairs i = j, each a list of sites; they come before those of `classes`.
    private init(
        _ classes: PairClasses, onSite: [[Int]], components: [Component],
        rows: (_ sizes: [Int], _ firstPairClass: Int) -> [[Term]]
    ) {
        let firstPairClass = onSite.count
        let sizes = onSite.map(\.count) + classes.sizes
        var pairs: [Pair] = []
        for (own, sites) in onSite.enumerated() {
            pairs += sites.map { Pair(first: $0, second: $0, pairClass: own, direction: 0) }
        }
        for (index, pair) in classes.pairs.enumerated() {
            pairs.append(
                Pair(
                    first: pair.first, second: pair.second, pairClass: firstPairClass + classes.classOfPair[index],
                    direction: Double(classes.directions[index])))
        }
        self.pairs = pairs
        classCount = sizes.count
        self.components = components
        self.rows = rows(sizes, firstPairClass)
    }

    /// The average of each class: the real parts, then, where asked for, the imaginary parts, along the direction of the
    /// class.
    ///
    /// - Parameter onSite: classes of pairs i = j, each a list of sites; they come before those of `classes`.
    public static func averages(
        _ classes: PairClasses, onSite: [[Int]] = [], components: [Component], hasReal: Bool = true,
        hasImaginary: Bool = false
    ) -> SitePairReduction {
        SitePairReduction(classes, onSite: onSite, components: components) { sizes, _ in
            func rows(real: Double, imaginary: Double) -> [[Term]] {
                sizes.enumerated().map {
                    [Term(pairClass: $0, real: real / Double($1), imaginary: imaginary / Double($1))]
                }
            }
            return (hasReal ? rows(real: 1, imaginary: 0) : []) + (hasImaginary ? rows(real: 0, imaginary: 1) : [])
        }
    }

    /// (1/N) Σ_ij exp(i k·(r_i − r_j)) G_ij, pairs i = j included.
    ///
    /// - Parameters:
    ///   - momenta: in units of the reciprocal lattice vectors; for the positions of a graph in units of 2π.
    ///   - withinSublattices: only pairs of sites at the same place of their cells, with the number of cells in place of N:
    ///     so that of c†_i c_j the sum over all momenta is the number of particles, whatever the cell.
    /// - Returns: nil on a graph without positions.
    public static func waves(
        on lattice: Lattice, momenta: [[Double]], components: [Component], withinSublattices: Bool = false
    ) -> SitePairReduction? {
        let sublattices = withinSublattices ? lattice.kind.sitesPerCell : 1
        let scale = Double(sublattices) / Double(lattice.siteCount)
        func reduction(
            _ classes: PairClasses, counts: @escaping (Int) -> Bool, _ phase: @escaping (Int, Int) -> Double
        ) -> SitePairReduction {
            SitePairReduction(classes, onSite: [Array(0..<lattice.siteCount)], components: components) { sizes, first in
                momenta.indices.map { momentum in
                    [Term(pairClass: 0, real: scale, imaginary: 0)]
                        + (first..<sizes.count).filter { counts($0 - first) }.map { pairClass in
                            // Re e^{−i k·d} G for the displacement d from i to j; the other half is that of −d.
                            let angle = phase(pairClass - first, momentum)
                            return Term(
                                pairClass: pairClass, real: 2 * scale * cos(angle), imaginary: 2 * scale * sin(angle))
                        }
                }
            }
        }
        if let (classes, displacements) = lattice.pairsByDisplacement() {
            return reduction(
                classes,
                counts: { sublattices == 1 || displacements[$0].from == displacements[$0].to },
                { lattice.phase(of: displacements[$0], momentum: momenta[$1]) })
        }
        // Without translations each pair is a class.
        let phases = momenta.compactMap { lattice.phases(momentum: $0) }
        guard phases.count == momenta.count else { return nil }
        let pairs = PairClasses.allPairs(siteCount: lattice.siteCount)
        return reduction(
            PairClasses(separate: pairs), counts: { _ in true },
            { phases[$1][pairs[$0].second] - phases[$1][pairs[$0].first] })
    }
}
