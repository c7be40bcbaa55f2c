import DistQGT
import LatticeSymmetry

/// Networks that are made symmetric by a sum over a group.
extension AnsatzModel {
    static func symmetrised(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace, _ mean: MeanFieldModel?
    ) throws -> any Ansatz {
        if let pairs = try symmetrisedPairs(node, on: lattice, in: space, mean) {
            return try frozenKey(node.required("ansatz")) == nil ? pairs : Frozen(pairs)
        }
        let name = try node.required("group")
        guard try name.string() != "none" else {
            throw name.error("there is nothing to sum over; accepted with this ansatz: another group")
        }
        let part: SpaceGroup.Part = try node.named("group")
        let group = try lattices(part, SpaceGroup(lattice), node.required("group"))
        let base = try AnsatzModel(resolved: node.required("ansatz"), on: lattice, in: space, mean: mean).ansatz
        let parity = try node.optional("parity")
        guard try parity?.integer() != 0 else { throw try node.required("parity").mismatch("1, -1 or null") }
        let fermions: FermionSector.Kind? =
            space.isOfElectrons ? .spinful : space.localSpaces.allSatisfy { $0 == .mode } ? .spinless : nil
        if let parity, fermions != nil {
            try requireEqualSpins(parity, isSatisfied: space.electronNumbers.map { $0.up == $0.down } ?? false)
        }
        return Symmetrised(
            base, group: group, characters: try characters(node, group, part, on: lattice),
            parity: try parity?.integer(), fermions: fermions)
    }

    /// Refuses a flip of all spins that leads out of the basis.
    static func requireEqualSpins(_ parity: ConfigurationNode, isSatisfied: Bool) throws {
        guard !isSatisfied else { return }
        throw parity.error("a flip of all spins needs as many of them up as down; accepted here: null")
    }

    static func symmetricRBM(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace
    ) throws -> any Ansatz {
        let group = try lattices(try node.named("group"), SpaceGroup(lattice), node.required("group"))
        let features = try node.required("features")
        guard try features.integer() <= Schema.maximumWidth / group.order else {
            throw features.error(
                "\(try features.integer()) features times \(group.order) elements of the group are more than "
                    + "\(Schema.maximumWidth) hidden units")
        }
        return SymmetricRBM(
            group: group, features: try features.integer(),
            useHiddenBias: try node.required("use_hidden_bias").boolean(),
            useVisibleBias: try node.required("use_visible_bias").boolean(), numbersPerSite: space.numbersPerSite,
            options: try layerOptions(node))
    }
}
