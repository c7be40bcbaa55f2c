import LatticeSymmetry
import Numerics

extension PauliSum {
    /// H = J Σ_⟨ij⟩ σᶻ_i σᶻ_j − h Σ_i σˣ_i.
    ///
    /// - Throws: `OperatorError` for a bond outside the sites or a coefficient that is not finite.
    public static func ising(
        J: Double, h: Double, edges: [Edge], siteCount: Int
    ) throws(OperatorError) -> PauliSum {
        var terms = try PauliAccumulator(siteCount: siteCount)
        try terms.requireFinite(J, "J")
        try terms.requireFinite(h, "h")
        try terms.addIsing(J, edges: edges)
        for site in 0..<siteCount { terms.add(-h) { $0.setX(site) } }
        return terms.sum
    }

    /// H = J Σ_⟨ij⟩ [σᶻ_i σᶻ_j + c (σˣ_i σˣ_j + σʸ_i σʸ_j)] in Pauli matrices (not spin-1/2 operators).
    ///
    /// - Parameter signRule: c = −1 if true (the basis rotated by Marshall's sign rule on a
    ///   bipartite lattice), +1 otherwise.
    /// - Throws: `OperatorError` for a bond outside the sites or a coefficient that is not finite.
    public static func heisenberg(
        J: Double, signRule: Bool, edges: [Edge], siteCount: Int
    ) throws(OperatorError) -> PauliSum {
        try xxz(J: J, delta: 1, signRule: signRule, edges: edges, siteCount: siteCount)
    }

    /// H = J Σ_⟨ij⟩ [Δ σᶻ_i σᶻ_j + c (σˣ_i σˣ_j + σʸ_i σʸ_j)], c as in `heisenberg`.
    ///
    /// - Throws: `OperatorError` for a bond outside the sites or a coefficient that is not finite.
    public static func xxz(
        J: Double, delta: Double, signRule: Bool, edges: [Edge], siteCount: Int
    ) throws(OperatorError) -> PauliSum {
        var terms = try PauliAccumulator(siteCount: siteCount)
        try terms.requireFinite(J, "J")
        try terms.requireFinite(delta, "delta")
        try terms.addIsing(J * delta, edges: edges)
        try terms.addExchange(signRule ? -J : J, edges: edges)
        return terms.sum
    }

    /// The `heisenberg` form with J1 on the nearest neighbours plus J2 on the second neighbours.
    ///
    /// - Parameter signRule: the rule of the J1 and of the J2 bonds.
    /// - Throws: `OperatorError` for a bond outside the sites or a coefficient that is not finite.
    public static func j1j2(
        J1: Double, J2: Double, signRule: (Bool, Bool), edges: [Edge], edges2: [Edge],
        siteCount: Int
    ) throws(OperatorError) -> PauliSum {
        var terms = try PauliAccumulator(siteCount: siteCount)
        try terms.requireFinite(J1, "J1")
        try terms.requireFinite(J2, "J2")
        try terms.addIsing(J1, edges: edges)
        try terms.addExchange(signRule.0 ? -J1 : J1, edges: edges)
        try terms.addIsing(J2, edges: edges2)
        try terms.addExchange(signRule.1 ? -J2 : J2, edges: edges2)
        return terms.sum
    }

    /// H = Σ_⟨ij⟩ [z_ij σᶻ_i σᶻ_j + x_ij (σˣ_i σˣ_j + σʸ_i σʸ_j)] − Σ_i (hˣ_i σˣ_i + hᶻ_i σᶻ_i), with couplings that may differ
    /// from bond to bond and from site to site. Bonds that are listed twice add.
    ///
    /// - Throws: `OperatorError` for a bond outside the sites, or a coefficient that is not finite.
    public static func spins(
        siteCount: Int, ising: [(edge: Edge, coupling: Double)], exchange: [(edge: Edge, coupling: Double)] = [],
        fieldX: [Double] = [], fieldZ: [Double] = []
    ) throws(OperatorError) -> PauliSum {
        var terms = try PauliAccumulator(siteCount: siteCount)
        for (edge, coupling) in ising {
            try terms.requireFinite(coupling, "a bond")
            try terms.addIsing(coupling, edges: [edge])
        }
        for (edge, coupling) in exchange {
            try terms.requireFinite(coupling, "a bond")
            try terms.addExchange(coupling, edges: [edge])
        }
        for (site, field) in fieldX.enumerated() where field != 0 {
            try terms.requireFinite(field, "a field")
            terms.add(-field) { $0.setX(site) }
        }
        for (site, field) in fieldZ.enumerated() where field != 0 {
            try terms.requireFinite(field, "a field")
            terms.add(-field) { $0.setZ(site) }
        }
        return terms.sum
    }

    /// H = Σ_t coefficient_t·P_t; repeated strings add. Coefficients may be complex, H need not be
    /// Hermitian.
    ///
    /// - Throws: `OperatorError` for a string of the wrong length, a letter other than I, X, Y, Z, a site that is none
    ///   or stands twice, or a coefficient that is not finite.
    public static func pauliStrings(
        _ strings: [PauliString], siteCount: Int
    ) throws(OperatorError) -> PauliSum {
        var terms = try PauliAccumulator(siteCount: siteCount)
        for string in strings { try terms.add(string) }
        return terms.sum
    }
}

/// Adds up Pauli strings.
private struct PauliAccumulator {
    let siteCount: Int
    /// Coefficient times (−i)^(number of Y).
    private var elements: [PauliSupport: Complex<Double>] = [:]

    init(siteCount: Int) throws(OperatorError) {
        guard siteCount > 0 else { throw .noSites(siteCount) }
        self.siteCount = siteCount
    }

    var sum: PauliSum { PauliSum(siteCount: siteCount, accumulated: elements) }

    func requireFinite(_ value: Double, _ name: String) throws(OperatorError) {
        guard value.isFinite else { throw .coefficientNotFinite(term: name) }
    }

    mutating func add(_ coefficient: Double, _ build: (inout PauliSupport) -> Void) {
        var support = PauliSupport(siteCount: siteCount)
        build(&support)
        elements[support, default: .zero] +=
            Complex(coefficient).timesPowerOfI(-support.yCount)
    }

    mutating func add(_ string: PauliString) throws(OperatorError) {
        let count = string.sites?.count ?? siteCount
        guard string.letterCount == count else {
            throw .wrongStringLength(paulis: string.paulis, siteCount: count)
        }
        guard string.coefficient.isFinite else {
            throw .coefficientNotFinite(term: string.paulis)
        }
        if let letter = string.unknownLetter { throw .unknownPauli(letter: letter, paulis: string.paulis) }
        if let site = string.sites?.first(where: { !(0..<siteCount).contains($0) }) {
            throw .siteOutOfRange(site: site, siteCount: siteCount)
        }
        if let site = string.siteTwice { throw .siteTwice(site: site, paulis: string.paulis) }
        var support = PauliSupport(siteCount: siteCount)
        for (place, letter) in string.paulis.utf8.enumerated() {
            let site = string.sites?[place] ?? place
            switch letter {
            case UInt8(ascii: "X"): support.setX(site)
            case UInt8(ascii: "Y"): support.setY(site)
            case UInt8(ascii: "Z"): support.setZ(site)
            default: break
            }
        }
        elements[support, default: .zero] +=
            string.coefficient.timesPowerOfI(-support.yCount)
    }

    /// coefficient·Σ σᶻσᶻ; a bond that is listed twice counts once.
    mutating func addIsing(_ coefficient: Double, edges: [Edge]) throws(OperatorError) {
        for edge in try checked(edges) {
            add(coefficient) {
                $0.setZ(edge.first)
                $0.setZ(edge.second)
            }
        }
    }

    /// coefficient·Σ (σˣσˣ + σʸσʸ); a bond that is listed twice counts once.
    mutating func addExchange(_ coefficient: Double, edges: [Edge]) throws(OperatorError) {
        for edge in try checked(edges) {
            add(coefficient) {
                $0.setX(edge.first)
                $0.setX(edge.second)
            }
            add(coefficient) {
                $0.setY(edge.first)
                $0.setY(edge.second)
            }
        }
    }

    private func checked(_ edges: [Edge]) throws(OperatorError) -> Set<Edge> {
        for edge in edges {
            for site in [edge.first, edge.second] where !(0..<siteCount).contains(site) {
                throw .siteOutOfRange(site: site, siteCount: siteCount)
            }
        }
        return Set(edges)
    }
}
