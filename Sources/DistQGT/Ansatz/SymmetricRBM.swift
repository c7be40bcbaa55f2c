import LatticeSymmetry

/// A restricted Boltzmann machine whose hidden units come in orbits of a symmetry group (Carleo and Troyer, Science 355,
/// 602, 2017; NetKet's `RBMSymm`), F units for each element of G:
/// log ψ = Σ_f Σ_a h(b_f + Σ_r kernel[f, 0, g_a⁻¹(r)] s_r) + v_0 Σ_r s_r. It is the same for g s as for s.
///
/// Of spinful fermions there are two terms of each kind, kernel[f, σ, g_a⁻¹(r)] n_rσ and v_σ n_rσ: g acts on the sites and
/// leaves the spin.
public struct SymmetricRBM: LayeredAnsatz {
    public let group: SymmetryGroup
    /// F, filters: hidden units for each element of the group.
    public let features: Int
    public let useHiddenBias: Bool
    public let useVisibleBias: Bool
    /// Numbers that each site is read by (`HilbertSpace.numbersPerSite`).
    public let numbersPerSite: Int
    public let options: LayerOptions
    public static let defaults = LayerDefaults.small

    public var siteCount: Int { numbersPerSite * group.siteCount }
    public var sector: SymmetrySector? {
        SymmetrySector(group, characters: Array(repeating: 1, count: group.order), parity: nil)
    }

    /// - Precondition: at least one feature, an activation defined for the data type.
    public init(
        group: SymmetryGroup, features: Int, useHiddenBias: Bool = true, useVisibleBias: Bool = true,
        numbersPerSite: Int = 1, options: LayerOptions = LayerOptions()
    ) {
        self.group = group
        self.features = features
        self.useHiddenBias = useHiddenBias
        self.useVisibleBias = useVisibleBias
        self.numbersPerSite = numbersPerSite
        self.options = options
        precondition(features > 0 && activationIsDefined)
    }

    public var leaves: [LeafDeclaration] {
        let complex = dataType.isComplex
        var leaves: [LeafDeclaration] = []
        if useHiddenBias { leaves.append(.init("Dense/bias", [features], isComplex: complex, biasInitialiser)) }
        leaves.append(
            .init(
                "Dense/kernel", [features, numbersPerSite, group.siteCount], isComplex: complex, kernelInitialiser,
                outputAxis: .first))
        if useVisibleBias {
            leaves.append(.init("visible_bias", [numbersPerSite], isComplex: complex, biasInitialiser))
        }
        return leaves
    }

    /// The orbits are written out in the parameter part: on the samples this is an ordinary machine.
    public func logPsi(_ tape: Recorder) -> Node {
        let units = group.symmetries.flatMap { symmetry in (0..<features).map { (symmetry, $0) } }
        let sites = group.siteCount
        let index = (0..<siteCount).flatMap { number in
            units.map { $0.1 * siteCount + number / sites * sites + $0.0[number % sites] }
        }
        let kernel = tape.gather(tape.parameter("Dense/kernel", rows: features), index: index, rows: siteCount)
        let bias =
            useHiddenBias
            ? tape.gather(tape.parameter("Dense/bias", rows: 1), index: units.map(\.1), rows: 1) : nil
        let hidden = tape.sumFeatures(
            tape.activation(activation, tape.dense(tape.spins, kernel: kernel, bias: bias)))
        guard useVisibleBias else { return hidden }
        let visible = tape.gather(
            tape.parameter("visible_bias", rows: 1), index: (0..<siteCount).map { $0 / sites }, rows: siteCount)
        return tape.sum(hidden, tape.dense(tape.spins, kernel: visible))
    }
}
