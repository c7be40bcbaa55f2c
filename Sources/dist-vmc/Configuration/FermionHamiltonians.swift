import DistQGT
import LatticeSymmetry

/// Hamiltonians of fermions.
extension HamiltonianFactory {
    /// - Parameter type: of the normalised block `node`.
    /// - Returns: nil for other types.
    static func fermions(
        _ node: ConfigurationNode, _ type: String, on model: LatticeModel, in space: HilbertSpace
    ) throws -> (any Operator)? {
        guard let named = try fermionModel(node, type, on: model, in: space) else { return nil }
        guard type != "fermion_strings", try node.optional("terms") != nil else { return named }
        let strings = try fermionStringList(node, modes: named.modes)
        return try node.describing { try named.adding(strings) }
    }

    /// Without terms on top.
    private static func fermionModel(
        _ node: ConfigurationNode, _ type: String, on model: LatticeModel, in space: HilbertSpace
    ) throws -> FermionSum? {
        guard ["hubbard", "t_v", "t_j", "fermion_strings"].contains(type) else { return nil }
        let sites = model.siteCount
        let isSpinless = space.localSpaces.allSatisfy { $0 == .mode }
        guard type == "t_v" ? isSpinless : type == "fermion_strings" && isSpinless || space.isOfElectrons else {
            throw try node.required("type").error(
                "'\(type)' acts on \(type == "t_v" ? "spinless" : type == "fermion_strings" ? "" : "spinful") fermions; "
                    + "accepted with: the block hilbert, {type: fermions"
                    + (type == "t_v" ? ", spinful: false, n: ...}" : ", n_up: ..., n_down: ...}"))
        }
        let excludesDoubleOccupancy = space.localSpaces.contains(.singleElectron)
        guard type != "hubbard" || !excludesDoubleOccupancy else {
            throw try node.required("type").error(
                "with hilbert.double_occupancy: false there is nothing to repel; accepted: t_j, fermion_strings")
        }
        func couplings(_ key: String, _ count: Int, _ what: String) throws -> Couplings {
            try Self.couplings(node, key, count: count, of: what)
        }
        let edges = model.edges
        switch type {
        case "hubbard":
            let (hops, t) = (try hops(node, shell: 1, on: model), try couplings("t", edges.count, "bonds"))
            let hasSecond = try !vanishes(node.required("t2"))
            let secondHops = hasSecond ? try Self.hops(node, shell: 2, on: model) : []
            let t2 = hasSecond ? try couplings("t2", secondHops.count, "second-neighbour bonds") : 0
            let U = try couplings("U", sites, "sites")
            let (V, mu) = (try couplings("V", edges.count, "bonds"), try couplings("mu", sites, "sites"))
            return try node.describing {
                try FermionSum.hubbard(
                    siteCount: sites, t: t, U: U, hops: hops, t2: t2, secondHops: secondHops, V: V, pairs: edges,
                    mu: mu)
            }
        case "t_v":
            let (hops, t) = (try hops(node, shell: 1, on: model), try couplings("t", edges.count, "bonds"))
            let (V, mu) = (try couplings("V", edges.count, "bonds"), try couplings("mu", sites, "sites"))
            return try node.describing {
                try FermionSum.tV(siteCount: sites, t: t, V: V, hops: hops, pairs: edges, mu: mu)
            }
        case "t_j":
            let (hops, t) = (try hops(node, shell: 1, on: model), try couplings("t", edges.count, "bonds"))
            let J = try couplings("J", edges.count, "bonds")
            return try node.describing { try FermionSum.tJ(siteCount: sites, t: t, J: J, hops: hops, pairs: edges) }
        default:
            let modes: FermionModes =
                isSpinless
                ? .spinless(siteCount: sites)
                : .spinful(siteCount: sites, excludingDoubleOccupancy: excludesDoubleOccupancy)
            return try fermionStrings(node, modes: modes)
        }
    }

    /// A sum of products of creation and annihilation operators.
    ///
    /// - Parameter node: a map with the key `terms`, normalised.
    static func fermionStrings(_ node: ConfigurationNode, modes: FermionModes) throws -> FermionSum {
        let strings = try fermionStringList(node, modes: modes)
        return try node.describing { try FermionSum(strings, modes: modes) }
    }

    private static func fermionStringList(_ node: ConfigurationNode, modes: FermionModes) throws -> [FermionString] {
        try node.required("terms").list().map { term in
            let operators = try term.required("operators")
            let coefficient = try term.required("coefficient").complex()
            return try operators.describing {
                try FermionString(parsing: operators.string(), coefficient: coefficient, modes: modes)
            }
        }
    }

    /// The bonds of a shell with the phases of `twist`.
    private static func hops(_ node: ConfigurationNode, shell: Int, on model: LatticeModel) throws -> [Hop] {
        let edges = try shell == 1 ? model.edges : model.secondEdges()
        guard let twistNode = try node.optional("twist") else { return .along(edges) }
        let twist = try twistNode.list().map { try $0.real() }
        let (regular, phases) = try twistNode.describing {
            (try model.lattice.edges(shell: shell), try model.lattice.phases(shell: shell, twist: twist))
        }
        let known = Dictionary(zip(regular, phases), uniquingKeysWith: { first, _ in first })
        return try edges.map { edge in
            guard let phase = known[edge] else {
                throw twistNode.error(
                    "the bond [\(edge.first), \(edge.second)] is not one of the lattice's, so that it is not known which "
                        + "boundary it crosses")
            }
            return Hop(edge.first, edge.second, phase: phase)
        }
    }
}
