import LinearAlgebra

/// The matrix where one rank factorises it.
extension SampleKernel {
    /// T + addedDiagonal on rank 0; nil on the others. To be called once. Collective: one gather, none on a single rank.
    func matrixOnFirstRank(addedDiagonal: Double) throws -> SymmetricMatrix? {
        guard space.communicator.size > 1 else { return matrix(from: entries.pointer, addedDiagonal: addedDiagonal) }
        MemoryExhaustion.requireRoom(.bytes(ofReals: space.communicator.rank == 0 ? size : rowCount, size))
        guard var all = try space.communicator.gather(Array(entries.buffer)) else { return nil }
        return all.withUnsafeMutableBufferPointer { all in
            guard let base = all.baseAddress else { return SymmetricMatrix(size: 0, entries: []) }
            return matrix(from: base, addedDiagonal: addedDiagonal)
        }
    }

    /// - Parameter rows: of all ranks; completed in place.
    private func matrix(from rows: UnsafeMutablePointer<Double>, addedDiagonal: Double) -> SymmetricMatrix {
        if isForFirstRank {
            completeLowerTriangle(rows)
            let products = productsWithRoots(rows: size) { multiply(lowerTriangle: rows, $0, into: $1) }
            subtract(products, from: rows, rows: 0..<size, lowerTriangle: true)
            if liftsMean {
                let trace = (0..<size).reduce(0) { $0 + rows[$1 * size + $1] }
                liftMean(of: rows, rows: 0..<size, trace: trace, lowerTriangle: true)
            }
        }
        return SymmetricMatrix(size: size, lowerTriangle: rows, addedDiagonal: [addedDiagonal])
    }

    /// From the pairs of every row to the lower triangle. Sample s is paired with the n/2 that follow it cyclically:
    /// what lies at least n/2 before it is in its own row, anything nearer in the row of the other sample. Which of two
    /// equal products counts does not depend on how samples were put together or lie on ranks.
    private func completeLowerTriangle(_ matrix: UnsafeMutablePointer<Double>) {
        let (samples, components) = (pairs.count, space.components)
        let near = (samples + 1) / 2
        // Tiles of as many samples as use up the cache lines that they read.
        let tile = 8
        for top in stride(from: 0, to: samples, by: tile) {
            for left in stride(from: max(0, top - near + 1) / tile * tile, through: top, by: tile) {
                for sample in top..<min(top + tile, samples) {
                    let first = max(left, sample - near + 1)
                    let columns = first * components..<max(first, min(left + tile, sample)) * components
                    for row in sample * components..<(sample + 1) * components {
                        let (source, target) = (matrix + row, matrix + row * size)
                        for column in columns { target[column] = source[column * size] }
                    }
                }
            }
        }
    }
}
