import Communication

extension ExactDiagonalisation {
    /// The lowest levels by diagonalising the whole matrix on rank 0. Collective.
    ///
    /// - Parameters:
    ///   - n: number of rows.
    ///   - matrix: H in the basis of the space, column-major; asked for on rank 0.
    static func denseStates(
        size n: Int, isComplex: Bool, count: Int, communicator: Communicator, memoryLimit: Int,
        withVectors: Bool, matrix: () -> [Double]
    ) throws -> States {
        let width = isComplex ? 2 : 1
        // The matrix, its working copy and the vectors.
        let bytes = 8.0 * Double(width) * Double(n) * Double(2 * n + count)
        guard bytes <= Double(memoryLimit) else {
            throw ExactDiagonalisationError.tooLarge(
                bytes: Int(min(bytes, 9e18)), limit: memoryLimit, dimension: n)
        }
        var message: [Double] = []
        var vectors: [Double] = []
        if communicator.rank == 0 {
            let matrix = matrix()
            var working = matrix
            let pairs = try HermitianEigenproblem(
                &working, size: n, leading: n, isComplex: isComplex, count: count)
            message = pairs.values
            for level in 0..<count {
                message.append(
                    residual(
                        of: pairs.values[level],
                        pairs.vectors[level * n * width..<(level + 1) * n * width], matrix,
                        isComplex: isComplex))
            }
            if withVectors { vectors = Array(pairs.vectors.prefix(count * n * width)) }
        }
        message = try communicator.broadcast(message)
        if withVectors { vectors = try communicator.broadcast(vectors) }
        let rows = Shard.block(of: n, rank: communicator.rank, size: communicator.size).range
        return States(
            result: Result(
                energies: Array(message.prefix(count)), residuals: Array(message.dropFirst(count)),
                iterations: 0, dimension: n),
            isComplex: isComplex,
            rows: (0..<(withVectors ? count : 0)).map { level in
                Array(vectors[(level * n + rows.lowerBound) * width..<(level * n + rows.upperBound) * width])
            })
    }

    /// H in the basis of the space, column-major.
    static func denseMatrix(of hamiltonian: PauliSum, in space: SpinWordNumbering) -> [Double] {
        let n = space.dimension
        let width = hamiltonian.isReal ? 1 : 2
        let rows = hamiltonian.bitRows
        var matrix = [Double](repeating: 0, count: n * n * width)
        rows.terms.withUnsafeBufferPointer { terms in
            guard let terms = terms.baseAddress else { return }
            var state = space.state(at: 0)
            for row in 0..<n {
                for group in rows.groups {
                    let element = PauliBitRows.element(group, terms, state)
                    if element.real == 0 && element.imaginary == 0 { continue }
                    let column = space.rank(of: state ^ group.flips)
                    let place = (column * n + row) * width
                    matrix[place] += element.real
                    if width == 2 { matrix[place + 1] += element.imaginary }
                }
                if row + 1 < n { state = space.next(after: state) }
            }
        }
        return matrix
    }

    /// All rows of H, column-major.
    static func denseMatrix(_ rows: SparseRows) -> [Double] {
        let n = rows.rowCount
        let width = rows.isComplex ? 2 : 1
        var matrix = [Double](repeating: 0, count: n * n * width)
        rows.forEach { row, column, value in
            let target = (column * n + row) * width
            matrix[target] += value.rawStorage.x
            if width == 2 { matrix[target + 1] += value.rawStorage.y }
        }
        return matrix
    }

    private static func residual(
        of value: Double, _ vector: ArraySlice<Double>, _ matrix: [Double], isComplex: Bool
    ) -> Double {
        let width = isComplex ? 2 : 1
        let n = vector.count / width
        let x = Array(vector)
        var residual = x.map { -value * $0 }
        for column in 0..<n {
            for row in 0..<n {
                let place = (column * n + row) * width
                if isComplex {
                    let (a, b) = (matrix[place], matrix[place + 1])
                    let (c, d) = (x[2 * column], x[2 * column + 1])
                    residual[2 * row] += a * c - b * d
                    residual[2 * row + 1] += a * d + b * c
                } else {
                    residual[row] += matrix[place] * x[column]
                }
            }
        }
        return residual.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}
