import Foundation
import LatticeSymmetry
import Numerics

/// The pairs of the state of Bardeen, Cooper and Schrieffer (Phys. Rev. 108, 1175, 1957) on a lattice that translations leave as
/// it is:
///
///     Π_k (u_k + v_k c†_k↑ c†_−k↓)|0⟩ ∝ exp(Σ_ij f_ij c†_i↑ c†_j↓)|0⟩,   f_ij = (1/N) Σ_k (v_k/u_k) cos k·(r_i − r_j),
///     v_k/u_k = Δ_k/(ξ_k + E_k),   E_k = √(ξ_k² + Δ_k²),   ξ_k = ε_k − μ.
///
/// Its part with a fixed number of fermions is the product of the pairs f. Where Δ_k = 0 at or below the Fermi level v_k/u_k
/// has no bound: there the gap is a hundredth of its size, and the ratio is 1 at the level itself.
public struct BCSPairs: Sendable {
    /// Δ_k over the size of the gap.
    public enum Form: String, Sendable, CaseIterable {
        /// 1
        case s
        /// Σ cos k·δ over the steps δ to nearest neighbours, of two opposite ones one: cos k_x + cos k_y.
        case extended = "extended_s"
        /// cos k_x − cos k_y, on the square lattice.
        case d
    }

    /// The gap that a state starts from.
    public struct Gap: Sendable {
        public let form: Form
        /// In units of the Hamiltonian, positive.
        public let size: Double
        /// μ; nil for that at which the mean number of fermions, 2 Σ_k v_k², is the given one.
        public let chemicalPotential: Double?

        public init(_ form: Form, size: Double, chemicalPotential: Double? = nil) {
            self.form = form
            self.size = size
            self.chemicalPotential = chemicalPotential
        }
    }

    /// f, N × N, row-major.
    public let pairs: StartingPairs
    /// μ.
    public let chemicalPotential: Double
    /// k of every pair in units of the reciprocal lattice vectors, a half of a period off where boundaries are antiperiodic.
    public let momenta: [[Double]]
    /// v_k/u_k.
    public let ratios: [Double]
    /// At how many momenta the gap vanishes at or below the Fermi level.
    public let nodeCount: Int

    /// A gap where it vanishes, over its size.
    static let smallestGap = 0.01
    /// Levels and gaps that are closer than this share of the largest of all are equal.
    private static let rounding = 1e-10

    /// - Parameters:
    ///   - oneBody: ⟨i|h|j⟩ of either spin, N × N, row-major: that of a lattice with periodic or antiperiodic boundaries.
    ///   - count: fermions of both spins.
    /// - Throws: `BCSError` where pairs of momenta k and −k are no eigenstates of h, or the form is not defined.
    public init(
        on lattice: Lattice, oneBody: [Complex<Double>], gap: Gap, count: Int
    ) throws(BCSError) {
        let sites = lattice.siteCount
        precondition(oneBody.count == sites * sites && gap.size > 0)
        guard lattice.kind != .graph else { throw .noCells }
        guard lattice.kind.sitesPerCell == 1 else { throw .severalSitesPerCell(lattice.kind.sitesPerCell) }
        if let direction = lattice.periodic.firstIndex(of: false) { throw .openBoundary(direction: direction) }
        guard gap.form != .d || lattice.kind == .square else { throw .notASquare }
        guard let (momenta, levels) = Self.levels(of: oneBody, on: lattice) else { throw .notInvariant }
        let gaps = momenta.map { gap.size * Self.factor(gap.form, at: $0, on: lattice.kind) }
        let scale = (levels + gaps).reduce(gap.size) { max($0, abs($1)) }
        let mu = gap.chemicalPotential ?? Self.chemicalPotential(levels, gaps, count: count, scale: scale)
        var (ratios, nodes) = ([Double](), 0)
        for (level, own) in zip(levels, gaps) {
            let (xi, isNode) = (level - mu, abs(own) <= Self.rounding * scale)
            if isNode, xi <= Self.rounding * scale { nodes += 1 }
            if isNode, abs(xi) <= Self.rounding * scale {
                ratios.append(1)
            } else if isNode, xi > 0 {
                ratios.append(0)
            } else {
                let delta = isNode ? Self.smallestGap * gap.size : own
                let energy = (xi * xi + delta * delta).squareRoot()
                // Of the two forms the one without cancellation.
                ratios.append(xi > 0 ? delta / (xi + energy) : (energy - xi) / delta)
            }
        }
        self.momenta = momenta
        guard ratios.contains(where: { $0 * $0 > 0 }), ratios.allSatisfy(\.isFinite) else { throw .noPairs }
        self.ratios = ratios
        chemicalPotential = mu
        nodeCount = nodes
        // The random part is one of the pairs that are no nodes, whose ratios are not as large.
        let regular = zip(ratios, gaps).filter { abs($0.1) > Self.rounding * scale }.map(\.0)
        func square(_ ratios: [Double]) -> Double { ratios.reduce(0) { $0 + $1 * $1 } / Double(max(1, ratios.count)) }
        let share = regular.isEmpty ? 1 : min(1, (square(regular) / square(ratios)).squareRoot())
        pairs = StartingPairs(
            values: Self.pairs(ratios, momenta, lattice.siteCoordinates), noise: 0.01 * share)
    }

    /// Of the momenta that periodic or antiperiodic boundaries allow those whose plane waves are eigenstates of h, with its
    /// eigenvalues; nil where neither are in all directions.
    private static func levels(
        of oneBody: [Complex<Double>], on lattice: Lattice
    ) -> (momenta: [[Double]], levels: [Double])? {
        let (sites, coordinates) = (lattice.siteCount, lattice.siteCoordinates)
        let rows = (0..<sites).map { i in
            (0..<sites).filter { oneBody[i * sites + $0] != .zero }.map { ($0, oneBody[i * sites + $0]) }
        }
        let scale = oneBody.reduce(0) { max($0, $1.length) }
        let directions = lattice.extent.count
        for choice in 0..<(lattice.spanningVectors == nil ? 1 << directions : 1) {
            let momenta = lattice.momenta.map { momentum in
                momentum.indices.map {
                    momentum[$0] + (choice >> $0 & 1 == 1 ? 0.5 / Double(lattice.extent[$0]) : 0)
                }
            }
            var levels: [Double] = []
            for momentum in momenta {
                let wave = coordinates.map { Complex(length: 1, phase: 2 * .pi * product(momentum, $0)) }
                func applied(_ row: [(Int, Complex<Double>)]) -> Complex<Double> {
                    row.reduce(.zero) { $0 + $1.1 * wave[$1.0] }
                }
                let level = (applied(rows[0]) / wave[0]).real
                guard
                    zip(rows, wave).allSatisfy({
                        (applied($0) - Complex(level) * $1).length <= 1e-9 * scale
                    })
                else { break }
                levels.append(level)
            }
            if levels.count == momenta.count { return (momenta, levels) }
        }
        return nil
    }

    private static func product(_ momentum: [Double], _ cells: [Int]) -> Double {
        zip(momentum, cells).reduce(0) { $0 + $1.0 * Double($1.1) }
    }

    private static func factor(_ form: Form, at momentum: [Double], on kind: Lattice.Kind) -> Double {
        let cosines = momentum.map { cos(2 * .pi * $0) }
        switch form {
        case .s: return 1
        case .d: return cosines[0] - cosines[1]
        case .extended:
            let third = kind == .triangular ? cos(2 * .pi * (momentum[0] - momentum[1])) : 0
            return cosines.reduce(third, +)
        }
    }

    /// Where 2 Σ_k v_k² = Σ_k (1 − ξ_k/E_k), which grows with μ, is the number of fermions.
    private static func chemicalPotential(
        _ levels: [Double], _ gaps: [Double], count: Int, scale: Double
    ) -> Double {
        func number(_ mu: Double) -> Double {
            zip(levels, gaps).reduce(0) { sum, pair in
                let xi = pair.0 - mu
                let energy = (xi * xi + pair.1 * pair.1).squareRoot()
                return sum + (energy > 0 ? 1 - xi / energy : 1)
            }
        }
        var (low, high) = (-100 * scale, 100 * scale)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if number(middle) < Double(count) { low = middle } else { high = middle }
        }
        let found = (low + high) / 2
        // Of a Fermi level that is a level of h no more is known than rounding.
        return levels.first { abs($0 - found) <= rounding / 10 * scale } ?? found
    }

    /// f from its values by displacement, as it lies between the cells: antiperiodic boundaries give it signs.
    private static func pairs(_ ratios: [Double], _ momenta: [[Double]], _ coordinates: [[Int]]) -> [Double] {
        let sites = coordinates.count
        var known: [[Int]: Double] = [:]
        return (0..<sites * sites).map { place in
            let step = zip(coordinates[place / sites], coordinates[place % sites]).map { $0 - $1 }
            if let value = known[step] { return value }
            let value =
                zip(ratios, momenta).reduce(0) { $0 + $1.0 * cos(2 * .pi * product($1.1, step)) } / Double(sites)
            known[step] = value
            return value
        }
    }
}

/// Why a state of Bardeen, Cooper and Schrieffer is none to start from.
public enum BCSError: Error, Sendable, Equatable, CustomStringConvertible {
    case noCells
    case severalSitesPerCell(Int)
    case openBoundary(direction: Int)
    case notASquare
    case notInvariant
    case noPairs

    public var description: String {
        switch self {
        case .noCells: "pairs of momenta need translations, which a graph does not have"
        case .severalSitesPerCell(let count): "pairs of momenta need one site in each cell, and there are \(count)"
        case .openBoundary(let direction):
            "pairs of momenta need periodic boundaries, and direction \(direction) is open"
        case .notASquare: "a gap of form d is one of the square lattice"
        case .noPairs: "no pairs are left: mu lies far below every level, or is no number to speak of"
        case .notInvariant:
            "pairs of momenta k and -k need hops that translations leave as they are, and boundaries that are periodic or "
                + "antiperiodic"
        }
    }
}
