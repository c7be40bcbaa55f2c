import DistQGT
import LatticeSymmetry

/// The physics of a configuration or of a reference file: sites, Hamiltonian and basis.
struct Problem {
    let model: LatticeModel
    let hamiltonian: any Operator
    /// The whole space, or the sector that the block `hilbert` or `sampler.total_sz` gives.
    let space: HilbertSpace

    var lattice: Lattice { model.lattice }
    var siteCount: Int { model.siteCount }
    /// The Hamiltonian where it is a sum of Pauli matrices on spins 1/2.
    var pauliSum: PauliSum? { hamiltonian as? PauliSum }
    /// Whether the Hamiltonian conserves total S^z, of bosons their number; false for fermions.
    var conservesTotal: Bool {
        switch hamiltonian {
        case let sum as any FlipOperator: sum.conservesMagnetisation
        case let sum as LocalOperatorSum:
            sum.conserves(ConservedSum.ofCodes(space.localSpaces, sites: 0..<siteCount, total: 0))
        default: false
        }
    }
    /// What orbitals of fermions start from: the Hamiltonian of fermions, or, on spins 1/2, fermions that hop along the
    /// bonds and repel each other strongly; nil where there is neither.
    var meanField: MeanFieldModel? {
        if let fermions = hamiltonian as? FermionSum { return MeanFieldModel(fermions) }
        guard space.isOfSpinsHalf else { return nil }
        let sum = try? FermionSum.hubbard(siteCount: siteCount, t: 1, U: 8, hops: .along(model.edges))
        return sum.map(MeanFieldModel.init)
    }
    /// How networks read configurations.
    var encoder: Encoder { Encoder(space.defaultEncoding, of: space) }

    /// - Parameters:
    ///   - lattice: a `lattice` block.
    ///   - hamiltonian: a `hamiltonian` block.
    ///   - hilbert: a `hilbert` block; nil for spins 1/2.
    ///   - totalSz: the value of `total_sz`; null or nil for the whole space.
    /// - Throws: `ConfigurationError` for blocks that are wrong or do not fit together.
    init(
        lattice: ConfigurationNode, hamiltonian: ConfigurationNode, hilbert: ConfigurationNode? = nil,
        totalSz: ConfigurationNode? = nil
    ) throws {
        try self.init(
            normalisedLattice: Schema.lattice.normalise(lattice),
            hamiltonian: Schema.hamiltonian.normalise(hamiltonian), hilbert: hilbert.map(Schema.hilbert.normalise),
            totalSz: totalSz)
    }

    /// The problem of a reference file, whose block `hilbert` may have nothing but `total_sz`, or be missing.
    init(lattice: ConfigurationNode, hamiltonian: ConfigurationNode, sector: ConfigurationNode?) throws {
        let hasType = sector?["type"] != nil
        try self.init(
            lattice: lattice, hamiltonian: hamiltonian, hilbert: hasType ? sector : nil,
            totalSz: hasType ? nil : sector?["total_sz"])
    }

    init(
        normalisedLattice: ConfigurationNode, hamiltonian node: ConfigurationNode, hilbert: ConfigurationNode?,
        totalSz: ConfigurationNode?
    ) throws {
        model = try LatticeModel(normalisedLattice)
        space = try HilbertFactory.space(
            hilbert, totalSz: totalSz, lattice: normalisedLattice, siteCount: model.siteCount,
            excludesDoubleOccupancy: node.required("type").string() == "t_j")
        hamiltonian = try HamiltonianFactory.hamiltonian(node, on: model, in: space)
    }
}

/// A multiple of 1/2 as messages write it.
struct Half: CustomStringConvertible {
    let doubled: Int
    var description: String { doubled % 2 == 0 ? "\(doubled / 2)" : "\(doubled)/2" }
}
