import Communication
import DistQGT
import RunFiles

/// What an observables file asks for, checked against the problem of the run.
struct ObservableRequest {
    /// A quantity that is reported, without its value.
    struct Item {
        /// The block it belongs to.
        let block: String
        /// What tells it from the others of its block: members of its JSON object.
        let labels: JSONObject
        /// The same for people.
        let name: String
        /// The largest error it may have.
        let precision: Double
    }

    /// Makes something to be measured of a state's amplitudes in its space.
    typealias Maker = (any LogAmplitudes, HilbertSpace) -> any LocalObservable

    /// Pairs beyond this number are refused: more than 1448 sites.
    static let maximumPairs = 1 << 20

    let energyPrecision: Double
    /// Makes what is measured beside the energy; its quantities are `items`, in this order.
    var observables: (any LogAmplitudes, HilbertSpace) -> [any LocalObservable]
    var items: [Item]
    /// Make what is measured of all that is asked for but sums of strings of operators.
    let functionMakers: [Maker]
    /// Sums of strings of operators, whose items are the last.
    let operators: [any Operator]
    let subsystems: [[Int]]
    /// Of `subsystems`, in this order.
    let entropies: [Item]

    /// A file of observables; nil without one. Collective.
    ///
    /// - Throws: `ConfigurationError` on every rank where it cannot be read.
    static func read(_ path: String?, on world: Communicator) throws -> ConfigurationNode? {
        try path.map { path in
            let input = InputFile(path: path)
            return try ConfigurationNode(yaml: input.text(on: world), source: input.name)
        }
    }

    /// - Parameters:
    ///   - root: the observables file; nil for the energy alone.
    ///   - precision: for blocks that give none.
    ///   - isSummed: whether the basis is summed.
    /// - Throws: `ConfigurationError`.
    init(_ root: ConfigurationNode?, configuration: Configuration, precision: Double, isSummed: Bool) throws {
        let problem = configuration.problem
        let blocks =
            try root.map(Self.normalised)
            ?? ConfigurationNode(
                content: .map([]), origin: Origin(source: "--observables", line: nil), trail: .root)
        func allowed(_ block: ConfigurationNode?) throws -> Double {
            try block?.optional("precision")?.real() ?? precision
        }
        energyPrecision = try allowed(blocks["energy"])
        let rotation = try configuration.resolved["hamiltonian"].flatMap {
            try HamiltonianFactory.rotation($0, on: problem.model)
        }

        var makers: [Maker] = []
        var items: [Item] = []
        for entry in try blocks.map() where !Self.isDefined(entry.key, in: problem.space) {
            throw entry.value.error(
                "is defined for \(Self.owners(of: entry.key)); accepted in this space: "
                    + Schema.observables.map(\.name).filter { Self.isDefined($0, in: problem.space) }
                    .joined(separator: ", "))
        }
        if let block = blocks["magnetisation"] {
            for part in try Self.magnetisation(block, problem, rotation, precision: allowed(block)) {
                makers.append(part.maker)
                items += part.items
            }
        }
        if let block = blocks["density"] {
            for part in try Self.density(block, problem, precision: allowed(block)) {
                makers.append(part.maker)
                items += part.items
            }
        }
        let twoPoint =
            try problem.space.isOfSpinsHalf
            ? Self.pauliPairs(blocks, problem, rotation, allowed) : Self.sitePairs(blocks, problem, rotation, allowed)
        for part in twoPoint {
            makers.append(part.maker)
            items += part.items
        }
        /// Adds the quantities of a block of operators; `make` refuses what cannot be measured.
        func named<Sum: Operator>(
            of name: String, _ make: (ConfigurationNode, ConfigurationNode) throws -> Sum
        ) throws -> [Sum] {
            guard let block = blocks[name] else { return [] }
            return try Self.named(block, "operators").map { node in
                let label = try node.required("name").string()
                items.append(
                    Item(block: name, labels: ["name": .string(label)], name: label, precision: try allowed(block)))
                return try make(node, node.required("terms"))
            }
        }
        let pauliSums = try named(of: "pauli_strings") { node, terms in
            let sum = try HamiltonianFactory.pauliStrings(node, siteCount: problem.siteCount)
            guard sum.isHermitian else { throw terms.error("the sum is not Hermitian; accepted: real coefficients") }
            guard sum.stringCount > 0 else { throw terms.error("the terms cancel to nothing") }
            return rotation.map(sum.rotated) ?? sum
        }
        functionMakers = makers
        var sums: [any Operator] = pauliSums
        for sum in pauliSums { makers.append { OperatorExpectation(sum, in: $1, amplitudes: $0) } }
        if let modes = FermionModes(problem.space) {
            let found = try named(of: "fermion_strings") { node, terms in
                let sum = try HamiltonianFactory.fermionStrings(node, modes: modes)
                guard sum.isHermitian else {
                    throw terms.error("the sum is not Hermitian; add the adjoint of each term")
                }
                guard sum.conserves(problem.space) else {
                    throw terms.error("the sum does not conserve what the block hilbert fixes")
                }
                guard sum.productCount > 0 else { throw terms.error("the terms cancel to nothing") }
                return sum
            }
            sums += found
            if !found.isEmpty { makers.append { OperatorExpectations(found, in: $1, amplitudes: $0) } }
        }
        operators = sums
        var subsystems: [[Int]] = []
        var entropies: [Item] = []
        if let block = blocks["renyi2"] {
            for node in try Self.named(block, "subsystems") {
                let name = try node.required("name").string()
                subsystems.append(try Self.sites(node.required("sites"), problem.siteCount))
                entropies.append(
                    Item(
                        block: "renyi2",
                        labels: ["name": .string(name), "sites": JSONValue(subsystems[subsystems.count - 1])],
                        name: "S2 of \(name)", precision: try allowed(block)))
            }
            if isSummed, problem.siteCount > ReducedPurity.maximumSites {
                throw block.error(
                    "the exact entropy of \(problem.siteCount) sites; accepted where the basis is summed: up to "
                        + "\(ReducedPurity.maximumSites) sites")
            }
        }
        observables = { [makers] amplitudes, space in makers.map { $0(amplitudes, space) } }
        self.items = items
        self.subsystems = subsystems
        self.entropies = entropies
    }

    /// Whether a block means something for the sites of a space.
    private static func isDefined(_ block: String, in space: HilbertSpace) -> Bool {
        let local = space.localSpaces[0]
        return switch block {
        case "energy", "correlations", "structure_factor": true
        case "magnetisation": SiteFunction.spin.isDefined(on: local)
        case "density", "one_body", "momentum_distribution": SiteFunction.density.isDefined(on: local)
        case "pairing": local.isOfElectrons
        case "fermion_strings": FermionModes(space) != nil
        default: space.isOfSpinsHalf
        }
    }

    /// Whose observable a block is, in words.
    private static func owners(of block: String) -> String {
        switch block {
        case "magnetisation": "spins and electrons"
        case "density", "one_body", "momentum_distribution": "bosons and fermions"
        case "pairing": "electrons"
        case "fermion_strings": "fermions"
        default: "spins 1/2"
        }
    }

    /// Blocks of observables with their defaults.
    static func normalised(_ root: ConfigurationNode) throws -> ConfigurationNode {
        let known = Schema.observables.map(\.name)
        let entries = root.isNull ? [] : try root.map("a map of the blocks \(known.joined(separator: ", "))")
        var blocks = root.replacing(.map([]))
        for entry in entries {
            guard let block = Schema.observables.first(where: { $0.name == entry.key }) else {
                throw SchemaKey.unknownKey(entry, known: known, in: root)
            }
            // A block without keys asks for its defaults.
            let node = entry.value.isNull ? entry.value.replacing(.map([])) : entry.value
            blocks.set(entry.key, to: try block.normalise(node))
        }
        return blocks
    }

    /// Names in a list, each of which may stand there once.
    static func distinct(_ block: ConfigurationNode, _ key: String) throws -> [String] {
        try distinct(block.required(key)).map(\.name)
    }

    /// The same with where each of them stands.
    static func distinct(_ list: ConfigurationNode) throws -> [(name: String, node: ConfigurationNode)] {
        let names = try list.list().map { (name: try $0.string(), node: $0) }
        guard Set(names.map(\.name)).count == names.count else { throw list.error("a name stands twice in it") }
        return names
    }

    /// Maps in a list, with distinct names.
    private static func named(_ block: ConfigurationNode, _ key: String) throws -> [ConfigurationNode] {
        var seen: Set<String> = []
        let nodes = try block.required(key).list()
        for node in nodes {
            let name = try node.required("name")
            guard seen.insert(try name.string()).inserted else {
                throw name.error("'\(try name.string())' is the name of another one, too")
            }
        }
        return nodes
    }

    private static func sites(_ node: ConfigurationNode, _ siteCount: Int) throws -> [Int] {
        let sites = try node.integers()
        if let outside = sites.first(where: { $0 >= siteCount }) {
            throw node.error("site \(outside) is not one of 0 to \(siteCount - 1)")
        }
        guard Set(sites).count == sites.count else { throw node.error("a site stands twice in it") }
        return sites
    }
}
