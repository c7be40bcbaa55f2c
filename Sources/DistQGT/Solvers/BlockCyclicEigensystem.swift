import COpenBLAS
import LinearAlgebra

/// Eigenvalues of a symmetric matrix, the same on every rank, and its eigenvectors as the columns of a matrix Z that is
/// spread block-cyclically over a grid of processes.
struct BlockCyclicEigensystem {
    /// Ascending.
    let values: [Double]
    /// Column-major.
    let vectors: RealBuffer
    let grid: ProcessGrid
    let rowIndices: BlockCyclicIndices
    let columnIndices: BlockCyclicIndices

    /// Zᵀb, whole on every rank. Collective: one allreduce of n numbers.
    ///
    /// - Parameter b: the whole vector, the same on every rank.
    func overlaps(with b: [Double]) throws -> [Double] {
        try multiply(CblasTrans, b, rowIndices, columnIndices) { ($0.row, $0.column) }
    }

    /// Zc, whole on every rank. Collective: one allreduce of n numbers.
    ///
    /// - Parameter coefficients: the whole vector, the same on every rank.
    func combination(_ coefficients: [Double]) throws -> [Double] {
        try multiply(CblasNoTrans, coefficients, columnIndices, rowIndices) { ($0.column, $0.row) }
    }

    /// Some columns of Z, whole on every rank, one after the other. Collective: one allreduce of their numbers.
    func columns(_ range: Range<Int>) throws -> RealBuffer {
        let size = values.count
        let columns = RealBuffer(count: range.count * size)
        if let place = grid.place {
            let localRows = rowIndices.localCount(at: place.row)
            for column in range where columnIndices.owner(of: column) == place.column {
                var source = vectors.pointer + columnIndices.localIndex(of: column) * localRows
                let target = columns.pointer + (column - range.lowerBound) * size
                rowIndices.forEachRun(below: size, at: place.row) { run in
                    (target + run.lowerBound).update(from: source, count: run.count)
                    source += run.count
                }
            }
        }
        try grid.communicator.allReduce(columns.buffer)
        return columns
    }

    private func multiply(
        _ transposition: CBLAS_TRANSPOSE, _ x: [Double], _ inner: BlockCyclicIndices, _ outer: BlockCyclicIndices,
        _ places: ((row: Int, column: Int)) -> (inner: Int, outer: Int)
    ) throws -> [Double] {
        var y = [Double](repeating: 0, count: values.count)
        if let place = grid.place {
            let places = places(place)
            let part = inner.part(of: x, at: places.inner)
            var image = [Double](repeating: 0, count: outer.localCount(at: places.outer))
            if !part.isEmpty && !image.isEmpty {
                let rows = blasint(rowIndices.localCount(at: place.row))
                let columns = blasint(columnIndices.localCount(at: place.column))
                cblas_dgemv(
                    CblasColMajor, transposition, rows, columns, 1, vectors.pointer, rows, part, 1, 0, &image, 1)
            }
            outer.add(image, to: &y, at: places.outer)
        }
        try grid.communicator.allReduce(&y)
        return y
    }
}
