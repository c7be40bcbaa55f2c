import Foundation
import LatticeSymmetry

/// What is made of the correlations of pairs of sites.
public struct PairReduction: Sendable {
    /// Which two-point function.
    public enum Component: String, CaseIterable, Sendable {
        /// ⟨σˣ_i σˣ_j⟩, ⟨σʸ_i σʸ_j⟩, ⟨σᶻ_i σᶻ_j⟩
        case xx, yy, zz
        /// ⟨S_i · S_j⟩ with S = σ/2
        case ss

        /// Weights of xx, yy, zz.
        var weights: SIMD3<Double> {
            switch self {
            case .xx: SIMD3(1, 0, 0)
            case .yy: SIMD3(0, 1, 0)
            case .zz: SIMD3(0, 0, 1)
            case .ss: SIMD3(repeating: 0.25)
            }
        }

        /// The value for i = j: σ² = 1, S² = 3/4.
        var onSite: Double { weights.sum() }
        /// Whether it takes more than the configuration.
        var isOffDiagonal: Bool { self != .zz }
    }

    public let classes: PairClasses
    public let components: [Component]
    /// Quantities of each component: constant + Σ_classes weight · Σ_pairs of the class.
    let rows: [[Term]]
    /// Whether the pairs i = j count as well.
    let includesOnSite: Bool

    struct Term: Sendable {
        let pairClass: Int
        let weight: Double
    }

    /// Quantities: (component, row).
    public var quantityCount: Int { components.count * rows.count }

    /// The average of each class.
    public static func averages(_ classes: PairClasses, components: [Component]) -> PairReduction {
        let rows = classes.sizes.enumerated().map { [Term(pairClass: $0, weight: 1 / Double($1))] }
        return PairReduction(classes: classes, components: components, rows: rows, includesOnSite: false)
    }

    /// S(k) = (1/N) Σ_ij exp(i k·(r_i − r_j)) ⟨…_i …_j⟩, pairs i = j included.
    ///
    /// - Parameters:
    ///   - momenta: in units of the reciprocal lattice vectors; for the positions of a graph in units of 2π.
    /// - Returns: nil on a graph without positions.
    public static func structureFactor(
        on lattice: Lattice, momenta: [[Double]], components: [Component]
    ) -> PairReduction? {
        func reduction(_ classes: PairClasses, _ phase: (_ pairClass: Int, _ momentum: Int) -> Double) -> PairReduction
        {
            let rows = momenta.indices.map { momentum in
                classes.sizes.indices.map { index in
                    Term(pairClass: index, weight: 2 * cos(phase(index, momentum)) / Double(lattice.siteCount))
                }
            }
            return PairReduction(classes: classes, components: components, rows: rows, includesOnSite: true)
        }
        if let (classes, displacements) = lattice.pairsByDisplacement() {
            return reduction(classes) { lattice.phase(of: displacements[$0], momentum: momenta[$1]) }
        }
        // Without translations each pair is a class.
        let phases = momenta.compactMap { lattice.phases(momentum: $0) }
        guard phases.count == momenta.count else { return nil }
        let pairs = PairClasses.allPairs(siteCount: lattice.siteCount)
        return reduction(PairClasses(separate: pairs)) {
            phases[$1][pairs[$0].first] - phases[$1][pairs[$0].second]
        }
    }
}
