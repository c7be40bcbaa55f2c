import DistQGT
import Numerics
import Testing

/// A matrix by columns of its elements that are not 0, built from Kronecker products: the first factor is the slowest.
struct KroneckerMatrix {
    typealias Column = [(row: Int, value: Complex<Double>)]
    private(set) var columns: [Column]
    var dimension: Int { columns.count }

    /// From rows.
    init(_ rows: [[Complex<Double>]]) {
        columns = rows.indices.map { column in
            rows.indices.filter { rows[$0][column] != .zero }.map { ($0, rows[$0][column]) }
        }
    }

    private init(columns: [Column]) { self.columns = columns }

    static func identity(_ dimension: Int) -> KroneckerMatrix {
        KroneckerMatrix(columns: (0..<dimension).map { [($0, .one)] })
    }

    static func zero(_ dimension: Int) -> KroneckerMatrix {
        KroneckerMatrix(columns: [Column](repeating: [], count: dimension))
    }

    /// The product of `factors` at their sites and identities elsewhere.
    static func product(_ factors: [Int: KroneckerMatrix], dimensions: [Int]) -> KroneckerMatrix {
        var result = identity(1)
        for (site, dimension) in dimensions.enumerated() {
            let right = factors[site] ?? identity(dimension)
            result = KroneckerMatrix(
                columns: result.columns.flatMap { left in
                    right.columns.map { column in
                        left.flatMap { a in column.map { (a.row * dimension + $0.row, a.value * $0.value) } }
                    }
                })
        }
        return result
    }

    static func * (left: KroneckerMatrix, right: KroneckerMatrix) -> KroneckerMatrix {
        KroneckerMatrix(
            columns: right.columns.map { column in
                var sum: [Int: Complex<Double>] = [:]
                for entry in column {
                    for other in left.columns[entry.row] { sum[other.row, default: .zero] += other.value * entry.value }
                }
                return sum.map { ($0.key, $0.value) }
            })
    }

    static func + (left: KroneckerMatrix, right: KroneckerMatrix) -> KroneckerMatrix {
        KroneckerMatrix(columns: zip(left.columns, right.columns).map { $0 + $1 })
    }

    static func - (left: KroneckerMatrix, right: KroneckerMatrix) -> KroneckerMatrix { left + Complex(-1) * right }

    static func += (left: inout KroneckerMatrix, right: KroneckerMatrix) { left = left + right }

    static func * (factor: Complex<Double>, matrix: KroneckerMatrix) -> KroneckerMatrix {
        KroneckerMatrix(columns: matrix.columns.map { $0.map { ($0.row, factor * $0.value) } })
    }

    static func * (factor: Double, matrix: KroneckerMatrix) -> KroneckerMatrix { Complex(factor) * matrix }

    var adjoint: KroneckerMatrix {
        var adjoint = Self.zero(dimension)
        for (column, entries) in columns.enumerated() {
            for entry in entries { adjoint.columns[entry.row].append((column, entry.value.conjugate)) }
        }
        return adjoint
    }

    /// Holds every row of an operator in a space against this matrix, restricted to the space.
    ///
    /// - Parameter index: the place of a configuration in the matrix.
    /// - Returns: the largest difference; infinity where a transition leads out of the space.
    func largestDifference(
        _ found: any Operator, in space: HilbertSpace, index: ([Int8]) -> Int
    ) throws -> Double {
        let numbering = try BasisNumbering(space)
        let list = TransitionList()
        var worst = 0.0
        let configurations = try (0..<numbering.dimension).map { try numbering.configuration(at: $0) }
        let places = configurations.map(index)
        let expected = columns.map { column in
            column.reduce(into: [Int: Complex<Double>]()) { $0[$1.row, default: .zero] += $1.value }
        }
        for (row, configuration) in configurations.enumerated() {
            list.removeAll()
            var elements = [Complex<Double>](repeating: .zero, count: numbering.dimension)
            elements[row] = found.appendTransitions(from: configuration, to: list)
            for transition in 0..<list.count {
                var image = configuration
                list.apply(transition, to: &image)
                guard let column = try? numbering.index(of: image) else { return .infinity }
                #expect(column != row)
                elements[column] += list.element(transition)
            }
            for (column, element) in elements.enumerated() {
                worst = max(worst, (element - (expected[places[column]][places[row]] ?? .zero)).length)
            }
        }
        return worst
    }
}

/// Fermion operators as Jordan-Wigner matrices: 1 for an occupied mode, mode 0 the slowest.
struct JordanWigner {
    let modes: FermionModes

    func annihilation(_ mode: Int) -> KroneckerMatrix {
        var factors: [Int: KroneckerMatrix] = [mode: KroneckerMatrix([[0, 1], [0, 0]])]
        for lower in 0..<mode { factors[lower] = KroneckerMatrix([[1, 0], [0, -1]]) }
        return .product(factors, dimensions: [Int](repeating: 2, count: modes.modeCount))
    }

    func creation(_ mode: Int) -> KroneckerMatrix { annihilation(mode).adjoint }

    func number(_ mode: Int) -> KroneckerMatrix { creation(mode) * annihilation(mode) }

    /// amplitude c†_a c_b + h.c.
    func hop(_ a: Int, _ b: Int, _ amplitude: Complex<Double>) -> KroneckerMatrix {
        let matrix = amplitude * (creation(a) * annihilation(b))
        return matrix + matrix.adjoint
    }

    var zero: KroneckerMatrix { .zero(1 << modes.modeCount) }

    func matrix(_ string: FermionString) -> KroneckerMatrix {
        string.coefficient
            * string.factors.reduce(.identity(1 << modes.modeCount)) {
                $0 * ($1.creates ? creation($1.mode) : annihilation($1.mode))
            }
    }

    func index(_ codes: [Int8]) -> Int {
        (0..<modes.modeCount).reduce(0) { index, mode in
            let bit: Int8 = modes.isDown(mode) ? 2 : 1
            return 2 * index + (codes[modes.site(of: mode)] & bit != 0 ? 1 : 0)
        }
    }
}
