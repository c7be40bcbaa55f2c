/// The cells of a periodic cluster that integer vectors span: all cells of the infinite lattice, of which those count as one
/// that differ by a sum of the vectors.
package struct SpannedCluster: Sendable, Equatable {
    /// The spanning vectors, each in cells along the lattice vectors.
    package let vectors: [[Int]]
    /// The coordinates of every cell: those in the cell that the vectors span, the origin first, then in ascending order.
    package let cells: [[Int]]
    /// The same periods in a triangular form: row i begins at component i, which is positive (Hermite normal form).
    private let triangular: [[Int]]
    /// By the coordinates that `triangular` leaves, taken as digits: the number of the cell.
    private let numbers: [Int]
    /// adj V with V adj V = |det V|: x adj V are the components of x along the vectors, times `cellCount`.
    private let adjugate: [[Int]]

    package var cellCount: Int { cells.count }
    package var dimension: Int { vectors.count }
    /// Numbers whose product is that of the cells, one per direction.
    package var extent: [Int] { triangular.indices.map { triangular[$0][$0] } }

    /// - Parameters:
    ///   - vectors: as many as each has components, at most three.
    ///   - limit: cells that are accepted.
    /// - Throws: `LatticeError` where they are linearly dependent, or span more cells.
    package init(_ vectors: [[Int]], atMost limit: Int) throws(LatticeError) {
        // Products of as many components as there are directions fit.
        guard vectors.joined().allSatisfy({ abs($0) <= 1 << 16 }) else {
            throw .clusterTooLarge(vectors: vectors, limit: limit)
        }
        let determinant = Self.determinant(vectors)
        guard determinant != 0 else { throw .dependentVectors(vectors) }
        let count = abs(determinant)
        guard count <= limit else { throw .clusterTooLarge(vectors: vectors, limit: limit) }
        self.vectors = vectors
        let sign = determinant > 0 ? 1 : -1
        let directions = vectors.indices
        let adjugate = directions.map { row in
            directions.map { column in
                let minor = directions.filter { $0 != column }.map { i in
                    directions.filter { $0 != row }.map { vectors[i][$0] }
                }
                return sign * ((row + column) % 2 == 0 ? 1 : -1) * Self.determinant(minor)
            }
        }
        self.adjugate = adjugate
        let triangular = Self.triangular(vectors)
        self.triangular = triangular
        let extent = directions.map { triangular[$0][$0] }
        // Whatever the triangular form leaves, moved into the cell that the vectors span.
        let inside = (0..<count).map { index -> [Int] in
            let cell = Lattice.cellCoordinate(index, extent: extent)
            let turns = Self.product(cell, adjugate).map { Self.quotient($0, count) }
            return zip(cell, Self.product(turns, vectors)).map { $0 - $1 }
        }
        let origin = [Int](repeating: 0, count: vectors.count)
        let order = inside.indices.sorted { one, other in
            if inside[one] == origin || inside[other] == origin { return inside[other] != origin }
            return inside[one].lexicographicallyPrecedes(inside[other])
        }
        cells = order.map { inside[$0] }
        var numbers = [Int](repeating: 0, count: count)
        for (number, index) in order.enumerated() { numbers[index] = number }
        self.numbers = numbers
    }

    /// The number of the cell with these coordinates, whichever image of it they are.
    package func number(_ coordinate: [Int]) -> Int {
        var rest = coordinate
        for direction in triangular.indices {
            let turns = Self.quotient(rest[direction], triangular[direction][direction])
            guard turns != 0 else { continue }
            for component in rest.indices { rest[component] -= turns * triangular[direction][component] }
        }
        return numbers[SemidirectProduct.number(rest, extent)]
    }

    /// The components of a vector of cells along the spanning vectors, times `cellCount`.
    package func components(_ cells: [Int]) -> [Int] { Self.product(cells, adjugate) }

    /// The turns k·x of a wave with k·(vector i) = m_i turns, as a numerator over `cellCount` from 0 on.
    package func turns(_ cells: [Int], momentum: [Int]) -> Int {
        let sum = zip(components(cells), momentum).reduce(0) { $0 + $1.0 * ($1.1 % cellCount) }
        return sum - Self.quotient(sum, cellCount) * cellCount
    }

    /// The k with whole k·(vector i), in units of the reciprocal lattice vectors times `cellCount`, each from 0 on: one for each
    /// cell, ascending.
    package var momenta: [[Int]] {
        // Sums of the reciprocal vectors of those that span the cluster.
        let reciprocal = vectors.indices.map { vector in adjugate.map { $0[vector] } }
        var found: Set<[Int]> = [vectors.map { _ in 0 }]
        var queue = Array(found)
        while let momentum = queue.popLast() {
            for step in reciprocal {
                let next = zip(momentum, step).map { sum in
                    let value = sum.0 + sum.1
                    return value - Self.quotient(value, cellCount) * cellCount
                }
                if found.insert(next).inserted { queue.append(next) }
            }
        }
        return found.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The shortest image of a displacement; of several the one that is lexicographically last.
    ///
    /// - Parameters:
    ///   - displacement: in cells times the subdivision of the unit cell, from site to site.
    ///   - cell: the unit cell.
    package func nearestImage(_ displacement: [Int], _ cell: UnitCell) -> (displacement: [Int], square: Int) {
        let unit = cell.subdivision
        let components = Self.product(displacement, adjugate).map { Double($0) / Double(unit * cellCount) }
        func image(_ turns: [Int]) -> [Int] {
            zip(displacement, Self.product(turns, vectors)).map { $0 - unit * $1 }
        }
        var best = image(components.map { Int($0.rounded()) })
        var square = cell.scaledSquare(best)
        // What is no longer has components of at most `reach`, hence turns within these bounds.
        let reach = (Double(square) * cell.inverseGramDiagonal).squareRoot()
        let bounds = vectors.indices.map { vector in
            adjugate.reduce(0.0) { $0 + Double(abs($1[vector])) } * reach / Double(unit * cellCount)
        }
        let lowest = zip(components, bounds).map { Int(($0 - $1 - 1e-9).rounded(.up)) }
        let counts = zip(zip(components, bounds), lowest).map {
            max(1, Int(($0.0 + $0.1 + 1e-9).rounded(.down)) - $1 + 1)
        }
        for index in 0..<counts.reduce(1, *) {
            let candidate = image(zip(Lattice.cellCoordinate(index, extent: counts), lowest).map { $0 + $1 })
            let length = cell.scaledSquare(candidate)
            if length < square || (length == square && best.lexicographicallyPrecedes(candidate)) {
                (best, square) = (candidate, length)
            }
        }
        return (best, square)
    }

    // MARK: Integers

    private static func determinant(_ matrix: [[Int]]) -> Int {
        guard let first = matrix.first else { return 1 }
        return first.indices.reduce(0) { sum, column in
            let minor = matrix.dropFirst().map { row in row.indices.filter { $0 != column }.map { row[$0] } }
            return sum + (column % 2 == 0 ? 1 : -1) * first[column] * determinant(minor)
        }
    }

    /// A row times a matrix.
    private static func product(_ row: [Int], _ matrix: [[Int]]) -> [Int] {
        row.indices.map { column in row.indices.reduce(0) { $0 + row[$1] * matrix[$1][column] } }
    }

    /// Rounded down.
    private static func quotient(_ value: Int, _ divisor: Int) -> Int {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Rows with the same sums, row i of which begins at component i.
    private static func triangular(_ vectors: [[Int]]) -> [[Int]] {
        var rows = vectors
        for column in rows.indices {
            // Euclid's algorithm on the first components that are left.
            while let pivot = (column..<rows.count).filter({ rows[$0][column] != 0 })
                .min(by: { abs(rows[$0][column]) < abs(rows[$1][column]) })
            {
                rows.swapAt(column, pivot)
                for row in column + 1..<rows.count {
                    let factor = rows[row][column] / rows[column][column]
                    for index in rows.indices { rows[row][index] -= factor * rows[column][index] }
                }
                if (column + 1..<rows.count).allSatisfy({ rows[$0][column] == 0 }) { break }
            }
            if rows[column][column] < 0 { rows[column] = rows[column].map { -$0 } }
        }
        return rows
    }
}
