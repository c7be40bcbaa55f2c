import LatticeSymmetry
import Numerics

extension FermionSum {
    /// H = −Σ_b t_b Σ_s (e^{iφ_b} c†_is c_js + h.c.) − Σ t2 (the same on other bonds) + Σ_i U_i n_i↑ n_i↓
    /// + Σ_⟨ij⟩ V_ij n_i n_j − Σ_i μ_i n_i, with n_i = n_i↑ + n_i↓ and b = (i, j). Bonds that are listed twice add.
    ///
    /// - Parameters:
    ///   - hops: the bonds of `t`, with their phases.
    ///   - secondHops: those of `t2`.
    ///   - pairs: those of `V`.
    /// - Throws: `OperatorError` for a site that is none, a bond of one site, coefficients that are not one for each term
    ///   or not finite.
    public static func hubbard(
        siteCount: Int, t: Couplings, U: Couplings, hops: [Hop], t2: Couplings = 0, secondHops: [Hop] = [],
        V: Couplings = 0, pairs: [Edge] = [], mu: Couplings = 0
    ) throws(OperatorError) -> FermionSum {
        var sum = try FermionAccumulator(.spinful(siteCount: siteCount))
        try sum.addHops(t, "t", along: hops)
        try sum.addHops(t2, "t2", along: secondHops)
        for (site, U) in try U.values(count: siteCount, "U").enumerated() {
            sum.add(.occupations([site, siteCount + site]), U)
        }
        try sum.addRepulsion(V, "V", between: pairs)
        try sum.addPotential(mu, "mu")
        return try FermionSum(sum)
    }

    /// H = −Σ_b t_b (e^{iφ_b} c†_i c_j + h.c.) + Σ_⟨ij⟩ V_ij n_i n_j − Σ_i μ_i n_i without spin.
    ///
    /// - Parameters: as of `hubbard`.
    /// - Throws: as `hubbard`.
    public static func tV(
        siteCount: Int, t: Couplings, V: Couplings, hops: [Hop], pairs: [Edge], mu: Couplings = 0
    ) throws(OperatorError) -> FermionSum {
        var sum = try FermionAccumulator(.spinless(siteCount: siteCount))
        try sum.addHops(t, "t", along: hops)
        try sum.addRepulsion(V, "V", between: pairs)
        try sum.addPotential(mu, "mu")
        return try FermionSum(sum)
    }

    /// H = −Σ_b t_b Σ_s P (e^{iφ_b} c†_is c_js + h.c.) P + Σ_⟨ij⟩ J_ij (S_i·S_j − n_i n_j / 4), P excluding double
    /// occupancy.
    ///
    /// S⁺_i S⁻_j = c†_i↑ c_i↓ c†_j↓ c_j↑ carries a sign in the order of the modes.
    ///
    /// - Parameters:
    ///   - hops: the bonds of `t`, with their phases.
    ///   - pairs: those of `J`.
    /// - Throws: as `hubbard`.
    public static func tJ(
        siteCount: Int, t: Couplings, J: Couplings, hops: [Hop], pairs: [Edge]
    ) throws(OperatorError) -> FermionSum {
        var sum = try FermionAccumulator(.spinful(siteCount: siteCount, excludingDoubleOccupancy: true))
        try sum.addHops(t, "t", along: hops)
        for (pair, J) in zip(pairs, try J.values(count: pairs.count, "J")) {
            try sum.check(pair)
            let (i, j) = (pair.first, pair.second)
            // Sᶻ_i Sᶻ_j − n_i n_j/4 is −1/2 for opposite spins, and 0 for equal ones.
            sum.add(.occupations([i, siteCount + j]), -J / 2)
            sum.add(.occupations([siteCount + i, j]), -J / 2)
            for (a, b) in [(i, j), (j, i)] {
                let exchange: [FermionString.Factor] = [
                    .creation(a), .annihilation(siteCount + a), .creation(siteCount + b), .annihilation(b),
                ]
                try sum.add(FermionString(exchange, coefficient: Complex(J / 2)))
            }
        }
        return try FermionSum(sum)
    }
}

extension FermionAccumulator {
    /// The first mode of each spin.
    private var spins: [Int] { modes.isSpinful ? [0, modes.siteCount] : [0] }

    func check(_ sites: Int...) throws(OperatorError) {
        for site in sites where !(0..<modes.siteCount).contains(site) {
            throw .siteOutOfRange(site: site, siteCount: modes.siteCount)
        }
    }

    func check(_ pair: Edge) throws(OperatorError) { try check(pair.first, pair.second) }

    fileprivate mutating func addHops(_ t: Couplings, _ name: String, along hops: [Hop]) throws(OperatorError) {
        if t.vanish { return }
        for (hop, t) in zip(hops, try t.values(count: hops.count, name)) {
            try check(hop.first, hop.second)
            guard hop.first != hop.second else { throw .bondOfOneSite(hop.first) }
            guard hop.phase.isFinite else { throw .coefficientNotFinite(term: "the phase of a bond") }
            // So that a hop without phase is real.
            let amplitude = hop.phase == 0 ? Complex(-t) : Complex(-t * .cos(hop.phase), -t * .sin(hop.phase))
            for spin in spins {
                add(.hop(to: spin + hop.first, from: spin + hop.second), amplitude)
                add(.hop(to: spin + hop.second, from: spin + hop.first), amplitude.conjugate)
            }
        }
    }

    fileprivate mutating func addRepulsion(_ V: Couplings, _ name: String, between pairs: [Edge]) throws(OperatorError)
    {
        if V.vanish { return }
        for (pair, V) in zip(pairs, try V.values(count: pairs.count, name)) {
            try check(pair)
            for first in spins {
                for second in spins { add(.occupations([first + pair.first, second + pair.second]), V) }
            }
        }
    }

    fileprivate mutating func addPotential(_ mu: Couplings, _ name: String) throws(OperatorError) {
        if mu.vanish { return }
        for (site, mu) in try mu.values(count: modes.siteCount, name).enumerated() {
            for spin in spins { add(.occupations([spin + site]), -mu) }
        }
    }
}
