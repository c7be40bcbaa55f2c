import LatticeSymmetry
import Numerics

/// In which units the coefficients of spins are meant.
public enum SpinUnits: String, Sendable, CaseIterable {
    /// Spin operators S.
    case spin
    /// 2S, which are the Pauli matrices of spins 1/2.
    case pauli

    /// The factor of a product of `count` operators.
    func factor(_ count: Int) -> Double { self == .spin ? 1 : Double(1 << count) }
}

extension LocalOperatorSum {
    /// H = Σ_⟨ij⟩ J_ij [Δ Sᶻ_i Sᶻ_j + c (Sˣ_i Sˣ_j + Sʸ_i Sʸ_j)] of spins s; bonds that are listed twice add.
    ///
    /// - Parameters:
    ///   - doubled: 2s.
    ///   - signRule: c = −1 if true (the basis rotated by Marshall's sign rule on a bipartite lattice), +1 otherwise.
    /// - Throws: `OperatorError` for a bond outside the sites, coefficients that are not one for each bond or not finite,
    ///   or spins that no code tells.
    public static func xxz(
        siteCount: Int, doubled: Int, J: Couplings, delta: Couplings, signRule: Bool = false, units: SpinUnits = .spin,
        pairs: [Edge]
    ) throws(OperatorError) -> LocalOperatorSum {
        let spin = try SpinMatrices(doubled)
        var terms = try LocalTerms(siteCount: siteCount, .spin(doubled: doubled))
        let deltas = try delta.values(count: pairs.count, "delta")
        for (index, J) in try J.scaled(by: units.factor(2)).values(count: pairs.count, "J").enumerated() {
            try terms.add(pairs[index], spin.exchange(along: J * deltas[index], across: signRule ? -J : J))
        }
        return try terms.sum
    }

    /// H = Σ_⟨ij⟩ J_ij S_i·S_j of spins s: `xxz` with Δ = 1.
    ///
    /// - Throws: as `xxz`.
    public static func heisenberg(
        siteCount: Int, doubled: Int, J: Couplings, signRule: Bool = false, units: SpinUnits = .spin, pairs: [Edge]
    ) throws(OperatorError) -> LocalOperatorSum {
        try xxz(
            siteCount: siteCount, doubled: doubled, J: J, delta: 1, signRule: signRule, units: units, pairs: pairs)
    }

    /// The `heisenberg` form with J1 on some bonds plus J2 on others.
    ///
    /// - Parameter signRule: that of the J1 and that of the J2 bonds.
    /// - Throws: as `xxz`.
    public static func j1j2(
        siteCount: Int, doubled: Int, J1: Couplings, J2: Couplings, signRule: (Bool, Bool) = (false, false),
        units: SpinUnits = .spin, pairs: [Edge], secondPairs: [Edge]
    ) throws(OperatorError) -> LocalOperatorSum {
        let spin = try SpinMatrices(doubled)
        var terms = try LocalTerms(siteCount: siteCount, .spin(doubled: doubled))
        for (pairs, J, name, rule) in [(pairs, J1, "J1", signRule.0), (secondPairs, J2, "J2", signRule.1)] {
            for (pair, J) in zip(pairs, try J.scaled(by: units.factor(2)).values(count: pairs.count, name)) {
                try terms.add(pair, spin.exchange(along: J, across: rule ? -J : J))
            }
        }
        return try terms.sum
    }

    /// H = Σ_⟨ij⟩ J_ij Sᶻ_i Sᶻ_j − Σ_i h_i Sˣ_i of spins s.
    ///
    /// - Throws: as `xxz`.
    public static func ising(
        siteCount: Int, doubled: Int, J: Couplings, h: Couplings, units: SpinUnits = .spin, pairs: [Edge]
    ) throws(OperatorError) -> LocalOperatorSum {
        let spin = try SpinMatrices(doubled)
        var terms = try LocalTerms(siteCount: siteCount, .spin(doubled: doubled))
        for (pair, J) in zip(pairs, try J.scaled(by: units.factor(2)).values(count: pairs.count, "J")) {
            try terms.add(pair, spin.exchange(along: J, across: 0))
        }
        for (site, h) in try h.scaled(by: units.factor(1)).values(count: siteCount, "h").enumerated() {
            terms.add(site, spin.field(-h))
        }
        return try terms.sum
    }

    /// H = Σ_⟨ij⟩ J_ij [cos θ_ij S_i·S_j + sin θ_ij (S_i·S_j)²] of spins s, in spin operators.
    ///
    /// - Parameter theta: in radians.
    /// - Throws: as `xxz`.
    public static func bilinearBiquadratic(
        siteCount: Int, doubled: Int, theta: Couplings, J: Couplings = 1, pairs: [Edge]
    ) throws(OperatorError) -> LocalOperatorSum {
        let spin = try SpinMatrices(doubled)
        var terms = try LocalTerms(siteCount: siteCount, .spin(doubled: doubled))
        let square = spin.squaredExchange
        let thetas = try theta.values(count: pairs.count, "theta")
        for (index, J) in try J.values(count: pairs.count, "J").enumerated() {
            try terms.add(pairs[index], spin.exchange(along: J * .cos(thetas[index]), across: J * .cos(thetas[index])))
            try terms.add(pairs[index], square.map { $0.scaled(by: J * .sin(thetas[index])) })
        }
        return try terms.sum
    }

    /// H = −Σ_⟨ij⟩ J_ij (b†_i b_j + h.c.) + Σ_i U_i/2 n_i (n_i − 1) + Σ_⟨ij⟩ V_ij n_i n_j − Σ_i μ_i n_i, where states with
    /// more than `maximum` bosons on a site are cut off.
    ///
    /// - Throws: as `xxz`.
    public static func boseHubbard(
        siteCount: Int, maximum: Int, J: Couplings, U: Couplings, V: Couplings = 0, mu: Couplings = 0, pairs: [Edge]
    ) throws(OperatorError) -> LocalOperatorSum {
        var terms = try LocalTerms(siteCount: siteCount, .bosons(maximum: maximum))
        let d = maximum + 1
        let repulsions = try V.values(count: pairs.count, "V")
        for (index, J) in try J.values(count: pairs.count, "J").enumerated() {
            var elements: [LocalTerm.Element] = []
            for n in 0..<d {
                for m in 0..<d {
                    elements.append(.real(n * d + m, n * d + m, repulsions[index] * Double(n * m)))
                    guard n < maximum, m > 0 else { continue }
                    let hop = -J * (Double(n + 1) * Double(m)).squareRoot()
                    elements.append(.real((n + 1) * d + m - 1, n * d + m, hop))
                    elements.append(.real(n * d + m, (n + 1) * d + m - 1, hop))
                }
            }
            try terms.add(pairs[index], elements)
        }
        let potentials = try mu.values(count: siteCount, "mu")
        for (site, U) in try U.values(count: siteCount, "U").enumerated() {
            terms.add(
                site, (0..<d).map { .real($0, $0, U / 2 * Double($0) * Double($0 - 1) - potentials[site] * Double($0)) }
            )
        }
        return try terms.sum
    }
}

/// Terms on sites that are all alike.
private struct LocalTerms {
    private let localSpaces: [LocalSpace]
    private var terms: [LocalTerm] = []

    init(siteCount: Int, _ local: LocalSpace) throws(OperatorError) {
        guard siteCount > 0 else { throw .noSites(siteCount) }
        guard local.isValid else { throw .localStatesWithoutCodes }
        localSpaces = [LocalSpace](repeating: local, count: siteCount)
    }

    var sum: LocalOperatorSum { get throws(OperatorError) { try LocalOperatorSum(localSpaces, terms: terms) } }

    mutating func add(_ pair: Edge, _ elements: [LocalTerm.Element]) throws(OperatorError) {
        for site in [pair.first, pair.second] where !localSpaces.indices.contains(site) {
            throw .siteOutOfRange(site: site, siteCount: localSpaces.count)
        }
        terms.append(LocalTerm(sites: [pair.first, pair.second], elements: elements))
    }

    mutating func add(_ site: Int, _ elements: [LocalTerm.Element]) {
        terms.append(LocalTerm(sites: [site], elements: elements))
    }
}

/// Matrices of spins s on one site and on two, local state k being m = s − k.
private struct SpinMatrices {
    private let doubled: Int
    private let dimension: Int

    init(_ doubled: Int) throws(OperatorError) {
        guard LocalSpace.spin(doubled: doubled).isValid else { throw .localStatesWithoutCodes }
        self.doubled = doubled
        dimension = doubled + 1
    }

    /// m of a local state.
    private func m(_ state: Int) -> Double { Double(doubled - 2 * state) / 2 }

    /// ⟨m + 1|S⁺|m⟩² from the state k of m: s(s + 1) − m(m + 1) = k (2s − k + 1), a whole number.
    private func squaredRaising(_ state: Int) -> Double { Double(state * (doubled - state + 1)) }

    /// along Sᶻ_i Sᶻ_j + across (Sˣ_i Sˣ_j + Sʸ_i Sʸ_j).
    func exchange(along: Double, across: Double) -> [LocalTerm.Element] {
        var elements: [LocalTerm.Element] = []
        let d = dimension
        for a in 0..<d {
            for b in 0..<d {
                elements.append(.real(a * d + b, a * d + b, along * (m(a) * m(b))))
                // S⁺_i S⁻_j/2 and its adjoint: m of i rises, that of j falls.
                guard across != 0, a > 0, b < doubled else { continue }
                let element = across * ((squaredRaising(a) * squaredRaising(b + 1)).squareRoot() / 2)
                elements.append(.real((a - 1) * d + b + 1, a * d + b, element))
                elements.append(.real(a * d + b, (a - 1) * d + b + 1, element))
            }
        }
        return elements
    }

    /// (S_i·S_j)².
    var squaredExchange: [LocalTerm.Element] {
        let factor = exchange(along: 1, across: 1)
        let size = dimension * dimension
        var byRow = [[LocalTerm.Element]](repeating: [], count: size)
        for element in factor { byRow[element.row].append(element) }
        var square: [LocalTerm.Element] = []
        for row in 0..<size {
            // Symmetric: row times row, so that both elements of a pair are the same sum.
            for column in 0..<size {
                let sum = byRow[row].reduce(0.0) { sum, left in
                    byRow[column].reduce(sum) { $1.column == left.column ? $0 + left.value.real * $1.value.real : $0 }
                }
                if sum != 0 { square.append(.real(row, column, sum)) }
            }
        }
        return square
    }

    /// field·Sˣ.
    func field(_ field: Double) -> [LocalTerm.Element] {
        (1..<dimension).flatMap { state -> [LocalTerm.Element] in
            let element = field * (squaredRaising(state).squareRoot() / 2)
            return [.real(state - 1, state, element), .real(state, state - 1, element)]
        }
    }
}

extension LocalTerm.Element {
    fileprivate static func real(_ row: Int, _ column: Int, _ value: Double) -> LocalTerm.Element {
        LocalTerm.Element(row: row, column: column, value: Complex(value))
    }

    fileprivate func scaled(by factor: Double) -> LocalTerm.Element {
        .real(row, column, value.real * factor)
    }
}
