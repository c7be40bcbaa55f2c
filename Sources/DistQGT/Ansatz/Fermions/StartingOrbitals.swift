import Numerics

/// Orbitals that a determinant, or the pairs of a product, may start from.
public struct StartingOrbitals: Sendable {
    /// N.
    public let siteCount: Int
    /// By spin N × n, row-major; one spin without spin.
    public let orbitals: [[Complex<Double>]]
    public let counts: [Int]
    /// A permutation of the sites: by site of an electron with spin up that of its partner, before both go into the
    /// orbitals. At best it commutes with translations, and leads from one sublattice to the other.
    public let partners: [Int]

    public init(siteCount: Int, orbitals: [[Complex<Double>]], counts: [Int], partners: [Int]) {
        precondition(orbitals.count == counts.count && Set(partners) == Set(0..<siteCount))
        self.siteCount = siteCount
        self.orbitals = orbitals
        self.counts = counts
        self.partners = partners
    }

    /// Φ Φ† of one spin: the same whatever orbitals of degenerate levels are.
    private func projector(_ spin: Int) -> [Complex<Double>] {
        let (count, all) = (counts[spin], orbitals[spin])
        return (0..<siteCount * siteCount).map { place in
            let (i, j) = (place / siteCount, place % siteCount)
            return (0..<count).reduce(Complex<Double>.zero) { $0 + all[i * count + $1] * all[j * count + $1].conjugate }
        }
    }

    /// f = P↑ M P↓ᵀ with the projectors P on the orbitals of each spin and M the permutation `partners`: det f[R↑, R↓] is,
    /// but for a constant, the product of both determinants (Cauchy and Binet), and f has the symmetries that P and M have.
    ///
    /// The constant is det Φ↑† M Φ↓*. A step from one sublattice to the other gives every momentum of an antiferromagnet a
    /// factor of modulus 1 in it, where the identity gives 0 on the Fermi surface.
    func pairing() -> [Complex<Double>] {
        let n = siteCount
        let (up, down) = (projector(0), projector(1))
        return (0..<n * n).map { place in
            let (i, j) = (place / n, place % n)
            return (0..<n).reduce(Complex<Double>.zero) { $0 + up[i * n + $1] * down[j * n + partners[$1]] }
        }
    }

    /// F of pairs of any modes, M × M: one up with one down as far as there are both, then orbitals of one spin two by two.
    func generalPairing() -> [Complex<Double>] {
        let paired = counts.count == 2 ? min(counts[0], counts[1]) : 0
        if paired > 0, counts[0] == counts[1] { return StartingPairs.general(pairing(), siteCount: siteCount) }
        let modes = counts.count * siteCount
        var matrix = [Complex<Double>](repeating: .zero, count: modes * modes)
        func add(_ i: Int, _ j: Int, _ value: Complex<Double>) {
            matrix[i * modes + j] += value
            matrix[j * modes + i] -= value
        }
        for orbital in 0..<paired {
            for i in 0..<siteCount {
                for j in 0..<siteCount {
                    add(
                        i, siteCount + j,
                        orbitals[0][i * counts[0] + orbital] * orbitals[1][j * counts[1] + orbital])
                }
            }
        }
        for spin in counts.indices {
            let all = orbitals[spin]
            for orbital in stride(from: paired, to: counts[spin] - 1, by: 2) {
                for i in 0..<siteCount {
                    for j in 0..<siteCount {
                        add(
                            spin * siteCount + i, spin * siteCount + j,
                            all[i * counts[spin] + orbital] * all[j * counts[spin] + orbital + 1])
                    }
                }
            }
        }
        return matrix
    }

    /// As the reals of a leaf; nil where a real leaf would have to be complex.
    static func reals(_ values: [Complex<Double>], isComplex: Bool) -> [Double]? {
        if isComplex { return values.flatMap { [$0.rawStorage.x, $0.rawStorage.y] } }
        guard values.allSatisfy({ abs($0.rawStorage.y) <= 1e-12 * max(1, abs($0.rawStorage.x)) }) else { return nil }
        return values.map(\.rawStorage.x)
    }
}
