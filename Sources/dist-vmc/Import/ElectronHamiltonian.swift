import DistQGT
import Numerics

/// A Hamiltonian of electrons in the terms of mVMC's files.
///
/// Spin 0 is up. Mode i is up on site i, mode N + i down.
struct ElectronHamiltonian {
    struct Mode: Hashable {
        let site: Int
        let spin: Int
    }

    /// coefficient × a product of c†_a c_b, the rightmost first.
    struct Term {
        let pairs: [(Mode, Mode)]
        let coefficient: Complex<Double>
    }

    let siteCount: Int
    /// t of −t c†_a c_b, in the order of the file.
    private(set) var hops: [(to: Mode, from: Mode, t: Complex<Double>)] = []
    /// U n↑ n↓.
    private(set) var repulsions: [(site: Int, U: Double)] = []
    /// V n_i n_j.
    private(set) var couplings: [(sites: (Int, Int), V: Double)] = []
    /// All others.
    private(set) var others: [Term] = []
    /// Pairs of sites that a term joins.
    private(set) var bonds: Set<[Int]> = []

    init(siteCount: Int) { self.siteCount = siteCount }

    var isEmpty: Bool { hops.isEmpty && repulsions.isEmpty && couplings.isEmpty && others.isEmpty }

    /// Whether there is a hop with an imaginary part.
    var hasPhases: Bool { hops.contains { $0.t.imaginary != 0 } }

    private mutating func join(_ i: Int, _ j: Int) {
        if i != j { bonds.insert([min(i, j), max(i, j)]) }
    }

    /// −t c†_a c_b.
    mutating func hop(to a: Mode, from b: Mode, t: Complex<Double>) {
        hops.append((a, b, t))
        join(a.site, b.site)
    }

    /// U n↑ n↓.
    mutating func repulsion(_ site: Int, _ U: Double) { repulsions.append((site, U)) }

    /// V n_i n_j.
    mutating func coupling(_ i: Int, _ j: Int, _ V: Double) {
        couplings.append(((i, j), V))
        join(i, j)
    }

    /// −J (n_i↑ n_j↑ + n_i↓ n_j↓).
    mutating func hund(_ i: Int, _ j: Int, _ J: Double) {
        for spin in 0..<2 {
            let (a, b) = (Mode(site: i, spin: spin), Mode(site: j, spin: spin))
            general([(a, a), (b, b)], Complex(-J))
        }
    }

    /// J (c†_i↑ c_j↑ c†_j↓ c_i↓ + h.c.).
    mutating func exchange(_ i: Int, _ j: Int, _ J: Double) {
        for spin in 0..<2 {
            general(
                [
                    (Mode(site: i, spin: spin), Mode(site: j, spin: spin)),
                    (Mode(site: j, spin: 1 - spin), Mode(site: i, spin: 1 - spin)),
                ], Complex(J))
        }
    }

    /// J (c†_i↑ c_j↑ c†_i↓ c_j↓ + h.c.).
    mutating func pairHop(_ i: Int, _ j: Int, _ J: Double) {
        for (i, j) in [(i, j), (j, i)] {
            general((0..<2).map { (Mode(site: i, spin: $0), Mode(site: j, spin: $0)) }, Complex(J))
        }
    }

    mutating func general(_ pairs: [(Mode, Mode)], _ coefficient: Complex<Double>) {
        others.append(Term(pairs: pairs, coefficient: coefficient))
        let sites = pairs.flatMap { [$0.0.site, $0.1.site] }
        for site in sites.dropFirst() { join(sites[0], site) }
    }

    /// Everything as products of c†_a c_b.
    private var terms: [Term] {
        var terms = hops.map { Term(pairs: [($0.to, $0.from)], coefficient: -$0.t) }
        for (site, U) in repulsions {
            let modes = (0..<2).map { Mode(site: site, spin: $0) }
            terms.append(Term(pairs: modes.map { ($0, $0) }, coefficient: Complex(U)))
        }
        for (sites, V) in couplings {
            for first in 0..<2 {
                for second in 0..<2 {
                    let modes = [Mode(site: sites.0, spin: first), Mode(site: sites.1, spin: second)]
                    terms.append(Term(pairs: modes.map { ($0, $0) }, coefficient: Complex(V)))
                }
            }
        }
        return terms + others
    }

    // MARK: Fermions

    /// As operators of `fermion_strings` with coefficients; terms that are equal are added up.
    var fermionStrings: [(operators: String, coefficient: Complex<Double>)] {
        func number(_ mode: Mode) -> Int { mode.site + siteCount * mode.spin }
        return Self.sums(
            terms.map { term in
                (term.pairs.map { "\(number($0.0))^ \(number($0.1))" }.joined(separator: " "), term.coefficient)
            }
        ).map { ($0.key, $0.sum) }
    }

    private static func sums<Key: Hashable>(
        _ terms: [(Key, Complex<Double>)]
    ) -> [(key: Key, sum: Complex<Double>)] {
        var (places, sums): ([Key: Int], [(key: Key, sum: Complex<Double>)]) = ([:], [])
        for (key, coefficient) in terms {
            if let place = places[key] {
                sums[place].sum += coefficient
            } else {
                places[key] = sums.count
                sums.append((key, coefficient))
            }
        }
        return sums.filter { $0.sum != .zero }
    }

    /// The Hubbard model with `t` and `V` for each of some bonds, `U` and `mu` for each site.
    struct Hubbard {
        var (t, V, U, mu): ([Double], [Double], [Double], [Double])
    }

    /// Nil where there is more than hopping between sites that is real and the same for both spins, levels, U and V.
    ///
    /// - Parameter edges: ascending pairs of sites that contain all bonds.
    func hubbard(on edges: [[Int]]) -> Hubbard? {
        guard others.isEmpty else { return nil }
        let places = Dictionary(zip(edges, edges.indices), uniquingKeysWith: { first, _ in first })
        func zeros(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }
        var hubbard = Hubbard(
            t: zeros(edges.count), V: zeros(edges.count), U: zeros(siteCount), mu: zeros(siteCount))
        for (site, U) in repulsions { hubbard.U[site] += U }
        for (sites, V) in couplings {
            guard let place = places[[min(sites.0, sites.1), max(sites.0, sites.1)]] else { return nil }
            hubbard.V[place] += V
        }
        var sums: [Mode: [Mode: Double]] = [:]
        for (to, from, t) in hops {
            guard t.imaginary == 0, to.spin == from.spin else { return nil }
            sums[to, default: [:]][from, default: 0] += t.real
        }
        for (to, row) in sums {
            for (from, t) in row {
                let other = 1 - to.spin
                guard sums[from]?[to] == t,
                    sums[Mode(site: to.site, spin: other)]?[Mode(site: from.site, spin: other)] == t
                else { return nil }
                guard to.site != from.site else {
                    hubbard.mu[to.site] = t
                    continue
                }
                guard let place = places[[min(to.site, from.site), max(to.site, from.site)]] else { return nil }
                hubbard.t[place] = t
            }
        }
        return hubbard
    }

    /// Whether the sum is Hermitian.
    func isHermitian() throws -> Bool {
        let modes = FermionModes.spinful(siteCount: siteCount)
        let strings = try fermionStrings.map {
            try FermionString(parsing: $0.operators, coefficient: $0.coefficient, modes: modes)
        }
        return try FermionSum(strings, modes: modes).isHermitian
    }

    /// A hop whose conjugate is missing or another one: the sum is not Hermitian.
    var hopWithoutConjugate: (to: Mode, from: Mode)? {
        var sums: [Mode: [Mode: Complex<Double>]] = [:]
        for (to, from, t) in hops { sums[to, default: [:]][from, default: .zero] += t }
        for (to, from, _) in hops {
            let (t, back) = (sums[to]?[from] ?? .zero, sums[from]?[to] ?? .zero)
            if (t - back.conjugate).magnitude > 1e-12 * max(1, t.magnitude) { return (to, from) }
        }
        return nil
    }
}

// MARK: Spins

extension ElectronHamiltonian {
    /// What cannot be on spins: a term that takes an electron off a site.
    struct SpinError: Error {
        let sites: [Int]
    }

    /// A product of Pauli matrices, ascending in sites.
    struct PauliProduct: Hashable {
        let sites: [Int]
        let letters: String
    }

    /// On states with one electron on every site, in the basis of spins: site after site.
    ///
    /// - Throws: `SpinError`.
    func pauliStrings() throws -> [(product: PauliProduct, coefficient: Complex<Double>)] {
        Self.sums(try terms.flatMap { try spinTerms($0) }).map { ($0.key, $0.sum) }
    }

    /// c†_s c_t on one site as coefficients of I, X, Y, Z.
    private static func matrix(_ s: Int, _ t: Int) -> [Complex<Double>] {
        switch (s, t) {
        case (0, 0): [Complex(0.5), .zero, .zero, Complex(0.5)]
        case (1, 1): [Complex(0.5), .zero, .zero, Complex(-0.5)]
        case (0, 1): [.zero, Complex(0.5), Complex(0, 0.5), .zero]
        default: [.zero, Complex(0.5), Complex(0, -0.5), .zero]
        }
    }

    private func spinTerms(_ term: Term) throws -> [(PauliProduct, Complex<Double>)] {
        typealias Factors = [(site: Int, s: Int, t: Int)]
        func expanded(_ factors: Factors, _ coefficient: Complex<Double>) -> [(PauliProduct, Complex<Double>)] {
            var products: [([(Int, Character)], Complex<Double>)] = [([], coefficient)]
            for (site, s, t) in factors.sorted(by: { $0.site < $1.site }) {
                let matrix = Self.matrix(s, t)
                products = products.flatMap { product in
                    zip(["I", "X", "Y", "Z"] as [Character], matrix).filter { $0.1 != .zero }.map { letter, value in
                        (letter == "I" ? product.0 : product.0 + [(site, letter)], product.1 * value)
                    }
                }
            }
            return products.map { letters, value in
                let letters = letters.isEmpty ? [(0, "I" as Character)] : letters
                return (PauliProduct(sites: letters.map(\.0), letters: String(letters.map(\.1))), value)
            }
        }
        let pairs = term.pairs
        let sites = Array(Set(pairs.flatMap { [$0.0.site, $0.1.site] })).sorted()
        if pairs.count == 1 {
            let (a, b) = pairs[0]
            guard a.site == b.site else { throw SpinError(sites: sites) }
            return expanded([(a.site, a.spin, b.spin)], term.coefficient)
        }
        // c†_is c_jt c†_ku c_lv.
        let ((i, j), (k, l)) = (pairs[0], pairs[1])
        if i.site == j.site, k.site == l.site {
            guard i.site == k.site else {
                return expanded([(i.site, i.spin, j.spin), (k.site, k.spin, l.spin)], term.coefficient)
            }
            return j.spin == k.spin ? expanded([(i.site, i.spin, l.spin)], term.coefficient) : []
        }
        // What annihilates two on a site, or creates two, has nothing to act on.
        if j.site == l.site || i.site == k.site, i.site != j.site, k.site != l.site { return [] }
        guard i.site == l.site, j.site == k.site else { throw SpinError(sites: sites) }
        var sum = expanded([(i.site, i.spin, l.spin), (j.site, k.spin, j.spin)], -term.coefficient)
        if j.spin == k.spin { sum += expanded([(i.site, i.spin, l.spin)], term.coefficient) }
        return sum
    }
}
