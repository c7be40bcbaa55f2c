import DistQGT
import LatticeSymmetry

/// Parameters of factors of fermions that stand for several numbers.
extension AnsatzModel {
    /// A list of numbers of parameters; nil without the key.
    ///
    /// - Parameter count: of entries.
    static func tying(
        _ node: ConfigurationNode, _ key: String, count: Int, signs: ConfigurationNode? = nil
    ) throws -> ParameterTying? {
        guard let list = try node.optional(key) else {
            if let signs { throw signs.error("no effect without \(key)") }
            return nil
        }
        let index = try list.integers()
        guard index.count == count else {
            throw list.error("has \(index.count) numbers; accepted: \(count)")
        }
        let parameters = 1 + (index.max() ?? 0)
        guard Set(index).count == parameters else {
            throw list.error("leaves out parameters below \(parameters); accepted: each number from 0 on")
        }
        let negated = try signs.map { node in
            let signs = try node.integers()
            guard signs.count == count else { throw node.error("has \(signs.count) signs; accepted: \(count)") }
            guard !signs.contains(0) else { throw node.error("has a 0; accepted: 1 and -1") }
            return signs.map { $0 < 0 }
        }
        return ParameterTying(count: parameters, index: index, isNegated: negated)
    }

    /// By pairing its parameter; nil where each is one.
    static func pairingTying(
        _ node: ConfigurationNode, _ variant: PairProduct.Variant, _ sector: FermionSector, on lattice: Lattice
    ) throws -> ParameterTying? {
        let (sites, modes) = (sector.siteCount, sector.modeCount)
        let count = variant == .antiparallel ? sites * sites : modes * (modes - 1) / 2
        let given = try tying(node, "pairing_index", count: count, signs: node.optional("pairing_signs"))
        guard let sublattice = try node.optional("sublattice") else { return given }
        guard given == nil else { throw sublattice.error("beside pairing_index; accepted: one of the two") }
        let displacement = try displacements(sublattice, on: lattice)
        guard variant == .general else {
            return ParameterTying((0..<count).map { displacement($0 / sites, $0 % sites) })
        }
        // F_ij = −F_ji: of two modes with the same spin either may be the first one.
        var numbers: [[Int]: Int] = [:]
        var (index, isNegated) = ([Int](), [Bool]())
        for i in 0..<modes {
            for j in i + 1..<max(i + 1, modes) {
                let spins = [i / sites, j / sites]
                let forth = spins + displacement(i % sites, j % sites)
                let back = spins + displacement(j % sites, i % sites)
                let isSwapped = spins[0] == spins[1] && back.lexicographicallyPrecedes(forth)
                isNegated.append(isSwapped)
                guard spins[0] != spins[1] || back != forth else {
                    index.append(-1)
                    continue
                }
                let key = isSwapped ? back : forth
                let number = numbers[key] ?? numbers.count
                numbers[key] = number
                index.append(number)
            }
        }
        return ParameterTying(count: numbers.count, index: index, isNegated: isNegated)
    }

    /// What tells pairs of sites apart up to translations by whole sublattice cells: the site of the first in its
    /// sublattice cell, and where the second is from there.
    private static func displacements(
        _ sublattice: ConfigurationNode, on lattice: Lattice
    ) throws -> (Int, Int) -> [Int] {
        let periods = try sublattice.integers()
        guard lattice.kind != .graph else {
            throw sublattice.error("a graph has no cells; accepted: a regular lattice")
        }
        try sublattice.describing { try lattice.requireCells() }
        let extent = lattice.extent
        guard periods.count == extent.count else {
            throw sublattice.error("has \(periods.count) numbers; accepted: \(extent.count), one per direction")
        }
        for (direction, period) in periods.enumerated() {
            guard extent[direction] % period == 0 else {
                throw sublattice.error(
                    "\(period) does not divide \(extent[direction]) cells; accepted: divisors of lattice.extent")
            }
            guard lattice.periodic[direction] || period == extent[direction] else {
                throw sublattice.error(
                    "translations need periodic boundaries; accepted: the extent of an open direction")
            }
        }
        let (coordinates, basis) = (lattice.siteCoordinates, lattice.basisIndices)
        return { i, j in
            [basis[i], basis[j]]
                + extent.indices.flatMap { direction in
                    [
                        coordinates[i][direction] % periods[direction],
                        (coordinates[j][direction] - coordinates[i][direction] + extent[direction]) % extent[direction],
                    ]
                }
        }
    }

    /// The Jastrow factor of densities or of spins; nil for a space that has plain codes and nothing that asks for it.
    static func densityJastrow(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace
    ) throws -> (any Ansatz)? {
        let options = try layerOptions(node)
        let symmetric = try node.required("symmetric")
        let index = try node.optional("index")
        let reference = try node.required("reference")
        let channelNode = try node.required("channel")
        let channel: DensityJastrow.Channel = try node.named("channel")
        let (isTied, isShifted) = (try symmetric.string() != "none", try reference.real() != 0)
        let isPlain = !isTied && index == nil && !isShifted && channel == .density
        guard let sector = FermionSector(space), sector.kind != .spinsHalf else {
            guard isPlain else {
                throw (index ?? (isTied ? symmetric : isShifted ? reference : channelNode)).error(
                    "is of fermions; accepted in this space: nothing")
            }
            return nil
        }
        guard sector.siteCount > 1 else { throw node.error("this type needs at least two sites") }
        let pairs = sector.siteCount * (sector.siteCount - 1) / 2
        var tied = try tying(node, "index", count: pairs)
        if isTied {
            guard tied == nil else { throw symmetric.error("beside index; accepted: one of the two") }
            tied = try symmetricTying(symmetric, on: lattice)
        }
        if channel == .spin {
            guard sector.kind == .spinful else {
                throw channelNode.error("spinless fermions have no spin; accepted here: density")
            }
            guard !isShifted else { throw reference.error("is of densities; accepted with channel spin: 0") }
        }
        return DensityJastrow(
            sector, dataType: options.dataType, initialiser: options.kernelInitialiser ?? DensityJastrow.small,
            channel: channel, tying: tied, reference: try reference.real())
    }

    /// By pair of sites the orbit that it is in.
    private static func symmetricTying(_ node: ConfigurationNode, on lattice: Lattice) throws -> ParameterTying {
        let group = SpaceGroup(lattice)
        let part: SpaceGroup.Part = try node.string() == "translation" ? .translation : .spaceGroup
        let generators = group.generators(of: part)
        let sites = lattice.siteCount
        func place(_ a: Int, _ b: Int) -> Int { max(a, b) * (max(a, b) - 1) / 2 + min(a, b) }
        var orbit = [Int](repeating: -1, count: sites * (sites - 1) / 2)
        var next = 0
        for i in 0..<sites {
            for j in 0..<i where orbit[place(i, j)] < 0 {
                var open = [(i, j)]
                orbit[place(i, j)] = next
                while let (a, b) = open.popLast() {
                    for permutation in generators where orbit[place(permutation[a], permutation[b])] < 0 {
                        orbit[place(permutation[a], permutation[b])] = next
                        open.append((permutation[a], permutation[b]))
                    }
                }
                next += 1
            }
        }
        return ParameterTying(count: next, index: orbit)
    }

    /// By type and site the neighbours of doublon-holon correlations.
    static func neighbours(_ node: ConfigurationNode, on lattice: Lattice) throws -> [[[Int]]] {
        let sites = lattice.siteCount
        if let lists = try node.optional("neighbours") {
            let types = try lists.list().map { type in
                let ofSites = try type.list().map { try $0.integers() }
                guard ofSites.count == sites else {
                    throw type.error("has lists of \(ofSites.count) sites; accepted: \(sites)")
                }
                return ofSites
            }
            let count = types[0][0].count
            guard types.allSatisfy({ $0.allSatisfy { $0.count == count } }) else {
                throw lists.error("the lists differ in length; accepted: as many neighbours for all sites and types")
            }
            if let outside = types.joined().joined().first(where: { $0 >= sites }) {
                throw lists.error("site \(outside) is not one of 0 to \(sites - 1)")
            }
            return types
        }
        let shells = try node.required("shells")
        let types = try shells.list().map { shell in
            var neighbours = [[Int]](repeating: [], count: sites)
            for edge in try shell.describing({ try lattice.edges(shell: shell.integer()) }) {
                neighbours[edge.first].append(edge.second)
                neighbours[edge.second].append(edge.first)
            }
            return neighbours
        }
        let counts = Set(types.joined().map(\.count))
        guard counts.count == 1, counts != [0] else {
            throw shells.error(
                "sites have between \(counts.min() ?? 0) and \(counts.max() ?? 0) neighbours in these shells; accepted: as "
                    + "many for all, or the key neighbours")
        }
        return types
    }
}
