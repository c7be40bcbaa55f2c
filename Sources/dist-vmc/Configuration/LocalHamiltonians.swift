import DistQGT
import LatticeSymmetry

/// Hamiltonians of spins above 1/2 and of bosons.
extension HamiltonianFactory {
    /// - Parameters:
    ///   - type: of the normalised block `node`.
    ///   - space: all sites alike.
    static func localSum(
        _ node: ConfigurationNode, _ type: String, on model: LatticeModel, in space: HilbertSpace
    ) throws -> any Operator {
        let (sites, edges) = (model.siteCount, model.edges)
        func couplings(_ key: String, _ count: Int, _ what: String) throws -> Couplings {
            try Self.couplings(node, key, count: count, of: what)
        }
        func bonds(_ key: String) throws -> Couplings { try couplings(key, edges.count, "bonds") }
        func ofSites(_ key: String) throws -> Couplings { try couplings(key, sites, "sites") }
        func mismatch(_ words: String, _ accepted: String) throws -> ConfigurationError {
            try node.required("type").error(
                "'\(type)' acts on \(words); accepted with: the block hilbert, {\(accepted)}")
        }
        if type == "bose_hubbard" {
            guard case .bosons(let maximum) = space.localSpaces[0] else {
                throw try mismatch("bosons", "type: bosons, n_max: ...")
            }
            let (J, U, V, mu) = (try bonds("J"), try ofSites("U"), try bonds("V"), try ofSites("mu"))
            return try node.describing {
                try LocalOperatorSum.boseHubbard(
                    siteCount: sites, maximum: maximum, J: J, U: U, V: V, mu: mu, pairs: edges)
            }
        }
        guard case .spin(let doubled) = space.localSpaces[0] else {
            throw try mismatch(type == "pauli_strings" ? "spins 1/2" : "spins", "type: spin, s: ...")
        }
        if let terms = try node.optional("terms") {
            throw terms.error("products of Pauli matrices act on spins 1/2; accepted on others: none")
        }
        let units: SpinUnits = try node.optional("units")?.string() == "pauli" ? .pauli : .spin
        let sum: LocalOperatorSum
        switch type {
        case "ising":
            let (J, h) = (try bonds("J"), try ofSites("h"))
            sum = try node.describing {
                try .ising(siteCount: sites, doubled: doubled, J: J, h: h, units: units, pairs: edges)
            }
        case "heisenberg", "xxz":
            let (J, delta) = (try bonds("J"), try node["delta"].map { _ in try bonds("delta") } ?? 1)
            let rule = try node.required("sign_rule").boolean()
            sum = try node.describing {
                try .xxz(
                    siteCount: sites, doubled: doubled, J: J, delta: delta, signRule: rule, units: units, pairs: edges)
            }
        case "j1j2":
            let second = try model.secondEdges()
            let (J1, J2) = (try bonds("J1"), try couplings("J2", second.count, "second-neighbour bonds"))
            let rules = try signRules(node)
            sum = try node.describing {
                try .j1j2(
                    siteCount: sites, doubled: doubled, J1: J1, J2: J2, signRule: rules, units: units, pairs: edges,
                    secondPairs: second)
            }
        case "bilinear_biquadratic":
            let theta = try bonds("theta")
            sum = try node.describing {
                try .bilinearBiquadratic(siteCount: sites, doubled: doubled, theta: theta, pairs: edges)
            }
        default: throw try mismatch("spins 1/2", "type: spin, s: 0.5")
        }
        guard node["hx"] != nil || node["hz"] != nil else { return sum }
        func field(_ key: String) throws -> Couplings { try node[key].map { _ in try ofSites(key) } ?? 0 }
        let (x, z) = (try field("hx"), try field("hz"))
        if let rule = node["sign_rule"], try hasSignRule(node), node["hx"] != nil {
            throw rule.error("a field along x would have to follow it; accepted: false")
        }
        return try node.describing { try sum.adding(fieldX: x, fieldZ: z, doubled: doubled, units: units) }
    }
}
