import DistQGT
import Numerics

/// A dense 2^N × 2^N matrix built from Kronecker products of 2 × 2 Pauli matrices in the basis
/// (up, down), site 0 first: the basis order of `HilbertSpace`.
struct DenseOperator {
    let siteCount: Int
    /// Row-major.
    private(set) var elements: [Complex<Double>]
    var dimension: Int { 1 << siteCount }

    init(siteCount: Int) {
        self.siteCount = siteCount
        elements = [Complex<Double>](repeating: .zero, count: 1 << (2 * siteCount))
    }

    init(_ strings: [PauliString], siteCount: Int) {
        self.init(siteCount: siteCount)
        for string in strings { add(string) }
    }

    subscript(row: Int, column: Int) -> Complex<Double> { elements[row * dimension + column] }

    private static let matrices: [Character: [Complex<Double>]] = [
        "I": [1, 0, 0, 1],
        "X": [0, 1, 1, 0],
        "Y": [0, Complex(0, -1), Complex(0, 1), 0],
        "Z": [1, 0, 0, -1],
    ]

    mutating func add(_ string: PauliString) {
        var product: [Complex<Double>] = [1]
        var size = 1
        for letter in string.paulis {
            let matrix = DenseOperator.matrices[letter] ?? []
            var next = [Complex<Double>](repeating: .zero, count: 4 * size * size)
            for row in 0..<size {
                for column in 0..<size {
                    for a in 0..<2 {
                        for b in 0..<2 {
                            next[(2 * row + a) * 2 * size + 2 * column + b] =
                                product[row * size + column] * matrix[2 * a + b]
                        }
                    }
                }
            }
            product = next
            size *= 2
        }
        for index in elements.indices { elements[index] += string.coefficient * product[index] }
    }

    /// A sum of two-letter bonds and one-letter site terms, written out.
    mutating func add(_ letters: String, on sites: [Int], _ coefficient: Double) {
        var text = [Character](repeating: "I", count: siteCount)
        for (letter, site) in zip(letters, sites) { text[site] = letter }
        add(PauliString(String(text), coefficient: Complex(coefficient)))
    }

    func largestDifference(_ other: (Int, Int) -> Complex<Double>) -> Double {
        var largest = 0.0
        for row in 0..<dimension {
            for column in 0..<dimension {
                largest = max(largest, (self[row, column] - other(row, column)).length)
            }
        }
        return largest
    }

    /// The matrix that the rows of an operator describe.
    static func rows(of hamiltonian: some FlipOperator) -> DenseOperator {
        var dense = DenseOperator(siteCount: hamiltonian.siteCount)
        var row = [Double](repeating: .nan, count: 2 * hamiltonian.flipSets.count)
        for index in 0..<dense.dimension {
            let spins = DenseOperator.spins(index, hamiltonian.siteCount)
            let diagonal = hamiltonian.row(spins, into: &row)
            dense.elements[index * dense.dimension + index] += diagonal
            for (connection, flips) in hamiltonian.flipSets.enumerated() {
                let column = flips.reduce(index) { $0 ^ (1 << (hamiltonian.siteCount - 1 - $1)) }
                dense.elements[index * dense.dimension + column] +=
                    Complex(row[2 * connection], row[2 * connection + 1])
            }
        }
        return dense
    }

    static func spins(_ index: Int, _ siteCount: Int) -> [Int8] {
        (0..<siteCount).map { index >> (siteCount - 1 - $0) & 1 == 0 ? 1 : -1 }
    }

    static func magnetisation(_ index: Int, _ siteCount: Int) -> Int {
        siteCount - 2 * index.nonzeroBitCount
    }
}

/// Random sums of Pauli strings.
struct RandomPauliStrings {
    var stream: RandomStream

    init(seed: UInt64) { stream = RandomStream(seed: seed, index: 0, purpose: .parameters) }

    /// Strings of any weight, with many Y and complex coefficients; some twice.
    mutating func strings(siteCount: Int, count: Int, isComplex: Bool = true) -> [PauliString] {
        var strings: [PauliString] = []
        for index in 0..<count {
            if index % 5 == 4 {
                strings.append(
                    PauliString(strings[stream.integer(below: index)].paulis, coefficient: coefficient(isComplex)))
                continue
            }
            let letters: [Character] =
                index % 2 == 0 ? ["I", "X", "Y", "Z"] : ["I", "I", "I", "Y", "Z", "X"]
            let text = (0..<siteCount).map { _ in letters[stream.integer(below: letters.count)] }
            strings.append(PauliString(String(text), coefficient: coefficient(isComplex)))
        }
        return strings
    }

    mutating func coefficient(_ isComplex: Bool) -> Complex<Double> {
        Complex(stream.normal(), isComplex ? stream.normal() : 0)
    }
}
