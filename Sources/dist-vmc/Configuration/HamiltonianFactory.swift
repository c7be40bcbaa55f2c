import DistQGT
import LatticeSymmetry

/// Makes the operator that a `hamiltonian` block describes.
enum HamiltonianFactory {
    /// - Parameters:
    ///   - node: a normalised `hamiltonian` block, of a configuration or of a reference file.
    ///   - model: the lattice it acts on.
    ///   - space: its sites have what the model acts on.
    /// - Throws: `ConfigurationError` where the block does not fit the lattice, or the space.
    static func hamiltonian(
        _ node: ConfigurationNode, on model: LatticeModel, in space: HilbertSpace
    ) throws -> any Operator {
        let type = try node.required("type").string()
        if let fermions = try fermions(node, type, on: model, in: space) { return fermions }
        if type == "bose_hubbard" || type == "bilinear_biquadratic" || !space.isOfSpinsHalf {
            return try localSum(node, type, on: model, in: space)
        }
        return try pauliSum(node, on: model)
    }

    /// The operator on spins 1/2.
    private static func pauliSum(_ node: ConfigurationNode, on model: LatticeModel) throws -> PauliSum {
        guard try node.required("type").string() != "pauli_strings" else {
            return try pauliStrings(node, siteCount: model.siteCount)
        }
        var named = try namedModel(node, on: model)
        if let fields = try fields(node, on: model) { named = named.adding(fields) }
        guard let terms = try addedTerms(node, on: model) else { return named }
        return named.adding(terms)
    }

    /// The terms on top of a named model, in the basis of its sign rule; nil where there are none.
    private static func addedTerms(_ node: ConfigurationNode, on model: LatticeModel) throws -> PauliSum? {
        guard let list = try node.optional("terms") else { return nil }
        let terms = try pauliStrings(node, siteCount: model.siteCount)
        guard try hasSignRule(node), !terms.isDiagonal else { return terms }
        guard let rotation = try rotation(node, on: model) else {
            throw list.error(
                "the bonds do not allow the rotation of hamiltonian.sign_rule, which X and Y would have to follow; "
                    + "accepted: terms of Z, or sign_rule: false")
        }
        return terms.rotated(by: rotation)
    }

    /// What one unit of a coupling of two spins 1/2, or of a field on one, is in Pauli matrices.
    private static func units(_ node: ConfigurationNode) throws -> (pair: Double, single: Double) {
        try node.optional("units")?.string() == "spin" ? (0.25, 0.5) : (1, 1)
    }

    private static func namedModel(_ node: ConfigurationNode, on model: LatticeModel) throws -> PauliSum {
        let siteCount = model.siteCount
        let unit = try units(node).pair
        /// One coupling for each bond, times a factor.
        func bonds(_ key: String, _ edges: [Edge], times factors: [Double]? = nil) throws -> [(Edge, Double)] {
            let values = try numbers(node, key, count: edges.count, of: "bonds")
            return edges.indices.map { (edges[$0], unit * values[$0] * (factors?[$0] ?? 1)) }
        }
        func rotated(_ bonds: [(Edge, Double)], _ rule: Bool) -> [(Edge, Double)] {
            bonds.map { ($0.0, rule ? -$0.1 : $0.1) }
        }
        switch try node.required("type").string() {
        case "ising":
            let ising = try bonds("J", model.edges)
            let field = try numbers(node, "h", count: siteCount, of: "sites").map { try $0 * units(node).single }
            return try node.describing { try .spins(siteCount: siteCount, ising: ising, fieldX: field) }
        case "heisenberg", "xxz":
            let exchange = try bonds("J", model.edges)
            let delta = try node["delta"].map { _ in
                try numbers(node, "delta", count: model.edges.count, of: "bonds")
            }
            let ising = try bonds("J", model.edges, times: delta)
            let rule = try node.required("sign_rule").boolean()
            return try node.describing {
                try .spins(siteCount: siteCount, ising: ising, exchange: rotated(exchange, rule))
            }
        default:
            let (first, second) = (try bonds("J1", model.edges), try bonds("J2", model.secondEdges()))
            let rules = try signRules(node)
            return try node.describing {
                try .spins(
                    siteCount: siteCount, ising: first + second,
                    exchange: rotated(first, rules.0) + rotated(second, rules.1))
            }
        }
    }

    /// The fields of the keys `hx` and `hz`, in the basis of the sign rule; nil where there are none.
    private static func fields(_ node: ConfigurationNode, on model: LatticeModel) throws -> PauliSum? {
        guard node["hx"] != nil || node["hz"] != nil else { return nil }
        let unit = try units(node).single
        func field(_ key: String) throws -> [Double] {
            try node[key].map { _ in
                try numbers(node, key, count: model.siteCount, of: "sites").map { $0 * unit }
            } ?? []
        }
        let (x, z) = (try field("hx"), try field("hz"))
        let sum = try node.describing {
            try PauliSum.spins(siteCount: model.siteCount, ising: [], fieldX: x, fieldZ: z)
        }
        guard try hasSignRule(node), !sum.isDiagonal else { return sum }
        guard let rotation = try rotation(node, on: model) else {
            throw try node.required("hx").error(
                "the bonds do not allow the rotation of hamiltonian.sign_rule, which a field along x would have to follow; "
                    + "accepted: sign_rule: false")
        }
        return sum.rotated(by: rotation)
    }

    /// A coupling as one number for each bond or site: a list has them in their order.
    static func numbers(_ node: ConfigurationNode, _ key: String, count: Int, of what: String) throws -> [Double] {
        let value = try node.required(key)
        guard case .list(let items) = value.content else {
            return [Double](repeating: try value.real(), count: count)
        }
        guard items.count == count else {
            throw value.error("has \(items.count) numbers for \(count) \(what); accepted: one, or one for each")
        }
        return try items.map { try $0.real() }
    }

    /// The same for models of the library that tell one number from several.
    static func couplings(_ node: ConfigurationNode, _ key: String, count: Int, of what: String) throws -> Couplings {
        let numbers = try numbers(node, key, count: count, of: what)
        return Set(numbers).count == 1 ? .uniform(numbers[0]) : .each(numbers)
    }

    /// What a user should know about second neighbours where the lattice is too small to have them as the infinite
    /// lattice does; nil where all is as expected.
    static func secondNeighbourNotice(_ node: ConfigurationNode, on model: LatticeModel) throws -> String? {
        guard let coupling = node["J2"], try !vanishes(coupling),
            let words = try model.secondNeighbourRemark()
        else { return nil }
        return coupling.error(words).description
    }

    /// What a sign rule does to the spectrum, in words, or nil if it leaves the spectrum alone.
    static func signRuleNotice(_ node: ConfigurationNode, on model: LatticeModel) throws -> String? {
        guard try hasSignRule(node), try rotation(node, on: model) == nil, let ruleNode = node["sign_rule"] else {
            return nil
        }
        return ruleNode.error("the bonds do not allow this rotation of the basis: it changes the spectrum").description
    }

    /// The rotation of the basis that a sign rule means: on sites with −1, σˣ and σʸ have changed their sign. Nil
    /// where there is no rule, or where the rule is no rotation.
    ///
    /// c = −1 on some bonds is a rotation of the basis exactly if the sites can be divided in two so
    /// that these bonds, and no others, join the two parts.
    static func rotation(_ node: ConfigurationNode, on model: LatticeModel) throws -> [Int]? {
        guard try hasSignRule(node) else { return nil }
        let rules = try signRules(node)
        var bonds = model.edges.map { (edge: $0, rotated: rules.0) }
        if try node.required("type").string() == "j1j2", try !vanishes(node.required("J2")) {
            bonds += try model.secondEdges().map { (edge: $0, rotated: rules.1) }
        }
        var parts = Bipartition(siteCount: model.siteCount)
        let isRotation = bonds.allSatisfy { parts.join($0.edge.first, $0.edge.second, differ: $0.rotated) }
        return isRotation ? parts.signs() : nil
    }

    static func vanishes(_ coupling: ConfigurationNode) throws -> Bool {
        guard case .list(let items) = coupling.content else { return try coupling.real() == 0 }
        return try items.allSatisfy { try $0.real() == 0 }
    }

    static func hasSignRule(_ node: ConfigurationNode) throws -> Bool {
        guard node["sign_rule"] != nil else { return false }
        let rules = try signRules(node)
        return rules.0 || rules.1
    }

    /// The rules on neighbours and on second neighbours.
    static func signRules(_ node: ConfigurationNode) throws -> (Bool, Bool) {
        let rules = try node.required("sign_rule")
        guard case .list(let items) = rules.content else { return (try rules.boolean(), false) }
        guard items.count == 2 else {
            throw rules.error(
                "found \(items.count) values; accepted: one, or two, for neighbours and second neighbours")
        }
        return (try items[0].boolean(), try items[1].boolean())
    }

    /// - Parameter node: a map with the key `terms`, normalised.
    static func pauliStrings(_ node: ConfigurationNode, siteCount: Int) throws -> PauliSum {
        let strings = try node.required("terms").list().map { try pauliString($0, siteCount: siteCount) }
        return try node.describing { try .pauliStrings(strings, siteCount: siteCount) }
    }

    private static func pauliString(_ term: ConfigurationNode, siteCount: Int) throws -> PauliString {
        let paulis = try term.required("paulis")
        var string = PauliString(try paulis.string(), coefficient: try term.required("coefficient").complex())
        let letters = string.letterCount
        if let node = try term.optional("sites") {
            let sites = try node.integers()
            string.sites = sites
            if let outside = sites.first(where: { $0 >= siteCount }) {
                throw node.error("site \(outside) is not one of 0 to \(siteCount - 1)")
            }
            if let twice = string.siteTwice { throw node.error("site \(twice) stands twice in it") }
            guard letters == sites.count else {
                throw paulis.error("has \(letters) letters for \(sites.count) sites; accepted: one for each of 'sites'")
            }
        } else if letters != siteCount {
            throw paulis.error(
                "has \(letters) letters for \(siteCount) sites; accepted: one per site, or fewer with the key 'sites'")
        }
        if let letter = string.unknownLetter {
            throw paulis.error("unknown letter '\(letter)'; accepted: I, X, Y, Z")
        }
        return string
    }
}
