/// A sum of matrix elements on few sites each, in a basis in which it can be told to vanish.
///
/// On each site the operators 1 and |a⟩⟨b| with (a, b) ≠ (0, 0) are such a basis, and |0⟩⟨0| = 1 − Σ_{a>0} |a⟩⟨a|: the
/// products of these over all sites are linearly independent, and the coefficients ±1 bring no rounding.
struct LocalElements {
    /// |row⟩⟨column| of one site.
    private struct Unit: Hashable {
        let site: Int
        let row: Int
        let column: Int
    }

    private let localSpaces: [LocalSpace]
    private var sums: [[Unit]: (real: ExactSum, imaginary: ExactSum)] = [:]

    init(_ localSpaces: [LocalSpace]) { self.localSpaces = localSpaces }

    /// Whether the sum is 0, exactly.
    var vanish: Bool { sums.values.allSatisfy { $0.real.isZero && $0.imaginary.isZero } }

    /// Adds factor·(real + i imaginary)·|row⟩⟨column|.
    ///
    /// - Parameters:
    ///   - place: row and column among the products of the sites' local states, the first site slowest.
    ///   - sites: ascending.
    mutating func add(
        _ real: Double, _ imaginary: Double, times factor: Int = 1, at place: (row: Int, column: Int), of sites: [Int]
    ) {
        var products: [(units: [Unit], sign: Int)] = [([], 1)]
        var (row, column) = place
        for site in sites.reversed() {
            let dimension = localSpaces[site].dimension
            let (a, b) = (row % dimension, column % dimension)
            row /= dimension
            column /= dimension
            guard a == 0, b == 0 else {
                for index in products.indices { products[index].units.append(Unit(site: site, row: a, column: b)) }
                continue
            }
            products += products.flatMap { product in
                (1..<dimension).map { (product.units + [Unit(site: site, row: $0, column: $0)], -product.sign) }
            }
        }
        for (units, sign) in products {
            sums[units, default: (ExactSum(), ExactSum())].real.add(real, times: sign * factor)
            sums[units, default: (ExactSum(), ExactSum())].imaginary.add(imaginary, times: sign * factor)
        }
    }
}
