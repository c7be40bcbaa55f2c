/// The unit cell of a regular lattice in exact integers.
///
/// Displacements are written in cell coordinates times `subdivision`, so that the basis sites sit at
/// integers too; then 2|r|² = rᵀ·`gram`·r / `subdivision`² with an integer Gram matrix, and
/// distances compare exactly, without a tolerance. The length unit is the first lattice vector.
package struct UnitCell: Sendable, Equatable {
    /// Positions of the basis sites in cell coordinates times `subdivision`.
    package let basis: [[Int]]
    package let subdivision: Int
    /// 2 aᵢ·aⱼ.
    package let gram: [[Int]]
    /// (`gram`⁻¹)_dd: |r_d|² ≤ (rᵀ gram r)·(gram⁻¹)_dd bounds a coordinate by a length.
    package let inverseGramDiagonal: Double
    /// The lattice vectors in Cartesian coordinates.
    package let vectors: [[Double]]

    package var dimension: Int { gram.count }

    package static func hypercubic(_ dimension: Int) -> UnitCell {
        let axes = 0..<dimension
        return UnitCell(
            basis: [[Int](repeating: 0, count: dimension)], subdivision: 1,
            gram: axes.map { i in axes.map { $0 == i ? 2 : 0 } }, inverseGramDiagonal: 0.5,
            vectors: axes.map { i in axes.map { $0 == i ? 1 : 0 } })
    }

    /// Lattice vectors (1, 0) and (1/2, √3/2).
    package static func hexagonal(basis: [[Int]], subdivision: Int) -> UnitCell {
        UnitCell(
            basis: basis, subdivision: subdivision, gram: [[2, 1], [1, 2]],
            inverseGramDiagonal: 2.0 / 3.0,
            vectors: [[1, 0], [0.5, 0.75.squareRoot()]])
    }

    package static let triangular = hexagonal(basis: [[0, 0]], subdivision: 1)
    package static let honeycomb = hexagonal(basis: [[1, 1], [2, 2]], subdivision: 3)
    package static let kagome = hexagonal(basis: [[1, 0], [0, 1], [1, 1]], subdivision: 2)

    /// A way from a site of one cell to a site of another.
    package struct Step: Sendable, Equatable {
        /// How many cells away along each lattice vector.
        let cells: [Int]
        /// The places of both sites in their cells.
        let from: Int
        let to: Int
    }

    /// All steps of the n-th smallest length in the infinite lattice.
    ///
    /// - Parameter shell: n, from 1.
    package func steps(ofShell shell: Int) -> [Step] {
        var reach = 1
        while true {
            // A step of this many cells at most. All steps whose coordinates stay within `limit` are among them, hence
            // all those that are no longer than the longest vector for which that is certain.
            let limit = Double((reach - 1) * subdivision + 1)
            let side = 2 * reach + 1
            let box = [Int](repeating: side, count: dimension)
            var stepsOfSquare: [Int: [Step]] = [:]
            for index in 0..<box.reduce(1, *) {
                let cells = Lattice.cellCoordinate(index, extent: box).map { $0 - reach }
                for from in basis.indices {
                    for to in basis.indices {
                        let square = scaledSquare(
                            cells.indices.map { cells[$0] * subdivision + basis[to][$0] - basis[from][$0] })
                        if square > 0, Double(square) * inverseGramDiagonal <= limit * limit {
                            stepsOfSquare[square, default: []].append(Step(cells: cells, from: from, to: to))
                        }
                    }
                }
            }
            if stepsOfSquare.count >= shell {
                let square = stepsOfSquare.keys.sorted()[shell - 1]
                return stepsOfSquare[square] ?? []
            }
            reach *= 2
        }
    }

    /// 2|r|²·`subdivision`² of an integer displacement.
    package func scaledSquare(_ displacement: [Int]) -> Int {
        var sum = 0
        for i in gram.indices {
            for j in gram.indices { sum += displacement[i] * gram[i][j] * displacement[j] }
        }
        return sum
    }

    /// The length whose `scaledSquare` is `square`.
    package func length(scaledSquare square: Int) -> Double {
        (Double(square) / Double(2 * subdivision * subdivision)).squareRoot()
    }

    /// The smallest `scaledSquare` among `displacement` and its images under the periods.
    ///
    /// - Parameter periods: the period of each direction in cells, 0 where the boundary is open.
    package func nearestImageSquare(_ displacement: [Int], periods: [Int]) -> Int {
        // Wrapping every coordinate by itself gives an upper bound R²; any image that is nearer has
        // |r_d| ≤ R·√(gram⁻¹)_dd in every direction, and those images are finitely many.
        var wrapped = displacement
        for d in periods.indices where periods[d] > 0 {
            let period = periods[d] * subdivision
            var remainder = displacement[d] % period
            if remainder < 0 { remainder += period }
            wrapped[d] = 2 * remainder > period ? remainder - period : remainder
        }
        var best = scaledSquare(wrapped)
        let reach = Int((Double(best) * inverseGramDiagonal).squareRoot()) + 1

        let images = periods.indices.map { d -> [Int] in
            guard periods[d] > 0 else { return [wrapped[d]] }
            let period = periods[d] * subdivision
            let turns = reach / period + 1
            return (-turns...turns).map { wrapped[d] + $0 * period }.filter { abs($0) <= reach }
        }
        guard images.allSatisfy({ !$0.isEmpty }) else { return best }
        var choice = [Int](repeating: 0, count: images.count)
        while true {
            best = min(best, scaledSquare(choice.indices.map { images[$0][choice[$0]] }))
            var d = choice.count - 1
            while d >= 0 {
                choice[d] += 1
                if choice[d] < images[d].count { break }
                choice[d] = 0
                d -= 1
            }
            if d < 0 { return best }
        }
    }
}
