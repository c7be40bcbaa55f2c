import DistQGT

/// Makes the operator that a `hamiltonian` block describes.
enum HamiltonianFactory {
    /// - Parameters:
    ///   - node: a normalised `hamiltonian` block, of a configuration or of a reference file.
    ///   - model: the lattice it acts on.
    /// - Throws: `ConfigurationError` where the block does not fit the lattice.
    static func hamiltonian(_ node: ConfigurationNode, on model: LatticeModel) throws -> PauliSum {
        guard try node.required("type").string() != "pauli_strings" else {
            return try pauliStrings(node, siteCount: model.siteCount)
        }
        let named = try namedModel(node, on: model)
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

    private static func namedModel(_ node: ConfigurationNode, on model: LatticeModel) throws -> PauliSum {
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
        default:
            let J1 = try number("J1")
            let J2 = try number("J2")
            let signRule = try signRules(node)
            let edges2 = try model.secondEdges()
            return try node.describing {
                try .j1j2(J1: J1, J2: J2, signRule: signRule, edges: edges, edges2: edges2, siteCount: siteCount)
            }
        }
    }

    /// What a user should know about second neighbours where the lattice is too small to have them as the infinite
    /// lattice does; nil where all is as expected.
    static func secondNeighbourNotice(_ node: ConfigurationNode, on model: LatticeModel) throws -> String? {
        guard let coupling = node["J2"], try coupling.real() != 0,
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
