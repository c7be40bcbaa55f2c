/// A rotation or reflection of a lattice, as an integer matrix in the basis of the lattice vectors.
public struct PointOperation: Sendable, Hashable {
    /// `matrix[i][j]`: component i of the image of lattice vector j.
    public let matrix: [[Int]]

    public static func identity(_ dimension: Int) -> PointOperation {
        PointOperation(matrix: (0..<dimension).map { i in (0..<dimension).map { $0 == i ? 1 : 0 } })
    }

    /// −1.
    package static func inversion(_ dimension: Int) -> PointOperation {
        PointOperation(matrix: identity(dimension).matrix.map { $0.map { -$0 } })
    }

    package var dimension: Int { matrix.count }
    public var isIdentity: Bool { self == .identity(dimension) }

    /// First `right`, then `left`.
    package static func * (left: PointOperation, right: PointOperation) -> PointOperation {
        PointOperation(
            matrix: left.matrix.map { row in
                right.matrix.indices.map { j in row.indices.reduce(0) { $0 + row[$1] * right.matrix[$1][j] } }
            })
    }

    package func apply(_ vector: [Int]) -> [Int] {
        matrix.map { row in row.indices.reduce(0) { $0 + row[$1] * vector[$1] } }
    }

    /// 1 for a rotation, −1 for an operation that contains a reflection.
    public var determinant: Int {
        let m = matrix
        switch dimension {
        case 1: return m[0][0]
        case 2: return m[0][0] * m[1][1] - m[0][1] * m[1][0]
        default:
            return (0..<3).reduce(0) { sum, j in
                let (k, l) = ((j + 1) % 3, (j + 2) % 3)
                return sum + m[0][j] * (m[1][k] * m[2][l] - m[1][l] * m[2][k])
            }
        }
    }

    /// The smallest power that is the identity.
    public var order: Int {
        var power = self
        var exponent = 1
        while !power.isIdentity {
            power = power * self
            exponent += 1
        }
        return exponent
    }

    /// The power before that.
    package var inverse: PointOperation {
        (1..<order).reduce(.identity(dimension)) { power, _ in power * self }
    }

    /// A reflection in a plane (in a line or a point where the lattice has fewer dimensions).
    package var isReflection: Bool {
        determinant == -1 && order == 2 && (0..<dimension).reduce(0) { $0 + matrix[$1][$1] } == dimension - 2
    }

    /// The symbol of the operation: E, C6, σ, i, and S4 for a rotation with a reflection.
    public var symbol: String {
        if isIdentity { return "E" }
        if determinant == 1 { return "C\(order)" }
        if isReflection { return "σ" }
        return self == .inversion(dimension) ? "i" : "S\(order)"
    }
}

extension Lattice.Kind {
    /// The operations that leave the infinite lattice and its origin (a site, or the centre of a hexagon) in place,
    /// the identity first.
    ///
    /// On chain, square and cube: permutations of the axes in lexicographic order, before which none, some or all
    /// axes are reflected, the last fastest. On the hexagonal lattices: the rotations by 60° times 0 to 5, then
    /// these followed by the reflection that keeps the first lattice vector. That is the order of NetKet's lattices.
    package var pointOperations: [PointOperation] {
        switch self {
        case .chain: return Self.hypercubicOperations(1)
        case .square: return Self.hypercubicOperations(2)
        case .cube: return Self.hypercubicOperations(3)
        case .triangular, .honeycomb, .kagome:
            let rotation = PointOperation(matrix: [[0, -1], [1, 1]])
            let reflection = PointOperation(matrix: [[1, 1], [0, -1]])
            var rotations = [PointOperation.identity(2)]
            for power in 1..<6 { rotations.append(rotations[power - 1] * rotation) }
            return rotations + rotations.map { reflection * $0 }
        case .graph: return [.identity(1)]
        }
    }

    private static func hypercubicOperations(_ dimension: Int) -> [PointOperation] {
        let axes = Array(0..<dimension)
        return permutations(of: axes).flatMap { permutation in
            (0..<1 << dimension).map { signs in
                PointOperation(
                    matrix: axes.map { i in
                        axes.map { j in
                            j == permutation[i] ? (signs & 1 << (dimension - 1 - j) == 0 ? 1 : -1) : 0
                        }
                    })
            }
        }
    }

    /// In lexicographic order.
    private static func permutations(of axes: [Int]) -> [[Int]] {
        guard axes.count > 1 else { return [axes] }
        return axes.flatMap { first in
            permutations(of: axes.filter { $0 != first }).map { [first] + $0 }
        }
    }
}
