import DistQGT

/// Makes the operator that a `hamiltonian` block describes.
enum HamiltonianFactory {
    /// - Parameters:
    ///   - node: a normalised `hamiltonian` block, of a configuration or of a reference file.
    ///   - model: the lattice it acts on.
    /// - Throws: `ConfigurationError` where the block does not fit the lattice.
    static func hamiltonian(_ node: ConfigurationNode, on model: LatticeModel) throws -> PauliSum {
        func number(_ key: String) throws -> Double { try node.required(key).real() }
        let edges = model.edges
        let siteCount = model.siteCount
        switch try node.required("type").string() {
        case "ising":
            let J = try number("J")
            let h = try number("h")
            return try node.describing { try .ising(J: J, h: h, edges: edges, siteCount: siteCount) }
        case "heisenberg":
            let J = try number("J")
            let signRule = try node.required("sign_rule").boolean()
            return try node.describing {
                try .heisenberg(J: J, signRule: signRule, edges: edges, siteCount: siteCount)
            }
        case "xxz":
            let J = try number("J")
            let delta = try number("delta")
            let signRule = try node.required("sign_rule").boolean()
            return try node.describing {
                try .xxz(J: J, delta: delta, signRule: signRule, edges: edges, siteCount: siteCount)
            }
        case "j1j2":
            let J1 = try number("J1")
            let J2 = try number("J2")
            let signRule = try signRules(node)
            let edges2 = try model.secondEdges()
            return try node.describing {
                try .j1j2(J1: J1, J2: J2, signRule: signRule, edges: edges, edges2: edges2, siteCount: siteCount)
            }
        default:
            return try pauliStrings(node, siteCount: siteCount)
        }
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
        if try node.required("type").string() == "j1j2", try node.required("J2").real() != 0 {
            bonds += try model.secondEdges().map { (edge: $0, rotated: rules.1) }
        }
        var parts = Bipartition(siteCount: model.siteCount)
        let isRotation = bonds.allSatisfy { parts.join($0.edge.first, $0.edge.second, differ: $0.rotated) }
        return isRotation ? parts.signs() : nil
    }

    private static func hasSignRule(_ node: ConfigurationNode) throws -> Bool {
        guard node["sign_rule"] != nil else { return false }
        let rules = try signRules(node)
        return rules.0 || rules.1
    }

    /// The rules on neighbours and on second neighbours.
    private static func signRules(_ node: ConfigurationNode) throws -> (Bool, Bool) {
        let rules = try node.required("sign_rule")
        guard case .list(let items) = rules.content else { return (try rules.boolean(), false) }
        guard items.count == 2 else {
            throw rules.error(
                "found \(items.count) values; accepted: one, or two, for neighbours and second neighbours")
        }
        return (try items[0].boolean(), try items[1].boolean())
    }

    /// - Parameter node: a map with the key `terms`.
    static func pauliStrings(_ node: ConfigurationNode, siteCount: Int) throws -> PauliSum {
        var strings: [PauliString] = []
        for term in try node.required("terms").list() {
            let paulis = try term.required("paulis")
            let string = PauliString(try paulis.string(), coefficient: try term.required("coefficient").complex())
            let letters = string.paulis.count
            guard letters == siteCount else {
                throw paulis.error("has \(letters) letters for \(siteCount) sites; accepted: one per site")
            }
            if let letter = string.paulis.first(where: { !"IXYZ".contains($0) }) {
                throw paulis.error("unknown letter '\(letter)'; accepted: I, X, Y, Z")
            }
            strings.append(string)
        }
        return try node.describing { try .pauliStrings(strings, siteCount: siteCount) }
    }
}
