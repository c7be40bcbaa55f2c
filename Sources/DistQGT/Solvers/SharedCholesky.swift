import COpenBLAS
import Communication
import LinearAlgebra

/// A symmetric matrix, n × n, in memory that all ranks of a node share, and its Cholesky factorisation by all of them:
/// right-looking, in tiles, each of which is a task for whichever rank is free. Nothing is sent, and what is computed does
/// not depend on how many ranks there are.
///
/// Every method is collective over the ranks of the node.
final class SharedCholesky {
    private let memory: SharedMemory
    private let size: Int
    /// Rows and columns of a tile, and columns of an update, which reads its rows once for all of them.
    private static let tile = 128
    private static let columnsOfUpdate = 512

    /// The lower triangle, row-major; behind it a vector and whether a factorisation failed.
    private var entries: UnsafeMutablePointer<Double> { memory.pointer }
    private var vector: UnsafeMutablePointer<Double> { memory.pointer + size * size }
    private var status: UnsafeMutablePointer<Double> { memory.pointer + size * (size + 1) }

    /// Nil where the ranks of the communicator are not all on one node, or where the memory cannot be had.
    ///
    /// - Parameters:
    ///   - rows: of this rank, row-major; of row i the columns 0 … i are read.
    ///   - firstRow: number of the first of them.
    ///   - addedDiagonal: added to the diagonal: a number for each row of this rank.
    init?(
        _ communicator: Communicator, size: Int, rows: UnsafePointer<Double>, firstRow: Int, addedDiagonal: [Double]
    ) throws {
        guard let node = try communicator.nodeMemory(), node.isWhole,
            let memory = try node.workspace(count: size * (size + 1) + 1)
        else { return nil }
        self.memory = memory
        self.size = size
        for (index, added) in addedDiagonal.enumerated() {
            let row = firstRow + index
            let target = entries + row * size
            target.update(from: rows + index * size, count: row + 1)
            target[row] += added
        }
        if memory.rank == 0 { status[0] = 0 }
        memory.barrier()
    }

    /// Whether the matrix is positive definite; the same on every rank.
    func factorise() -> Bool {
        for first in stride(from: 0, to: size, by: Self.tile) {
            let panel = first..<min(first + Self.tile, size)
            if memory.rank == 0, !factoriseDiagonal(panel) { status[0] = 1 }
            memory.barrier()
            guard status[0] == 0 else { return false }
            let tiles = (size - panel.upperBound + Self.tile - 1) / Self.tile
            memory.share(tiles) { solvePanel(panel, rows: rows($0, below: panel)) }
            let updates = updates(below: panel)
            memory.share(updates.count) { update(panel, updates[$0]) }
        }
        return true
    }

    private func rows(_ tile: Int, below panel: Range<Int>) -> Range<Int> {
        let first = panel.upperBound + tile * Self.tile
        return first..<min(first + Self.tile, size)
    }

    /// The tasks of an update, large ones first.
    private func updates(below panel: Range<Int>) -> [(rows: Range<Int>, columns: Range<Int>)] {
        let tiles = (size - panel.upperBound + Self.tile - 1) / Self.tile
        return (0..<tiles).reversed().flatMap { tile in
            let rows = rows(tile, below: panel)
            return stride(from: panel.upperBound, to: rows.upperBound, by: Self.columnsOfUpdate).map {
                (rows, $0..<min($0 + Self.columnsOfUpdate, rows.upperBound))
            }
        }
    }

    private func entry(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Double> { entries + row * size + column }

    private func factoriseDiagonal(_ panel: Range<Int>) -> Bool {
        var (count, leading, status) = (Int32(panel.count), Int32(size), Int32(0))
        // The lower triangle by rows is the upper one by columns.
        dpotrf_("U", &count, entry(panel.lowerBound, panel.lowerBound), &leading, &status)
        return status == 0
    }

    /// L[rows, panel] = A[rows, panel] L[panel, panel]⁻ᵀ.
    private func solvePanel(_ panel: Range<Int>, rows: Range<Int>) {
        cblas_dtrsm(
            CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, blasint(rows.count), blasint(panel.count),
            1,
            entry(panel.lowerBound, panel.lowerBound), blasint(size), entry(rows.lowerBound, panel.lowerBound),
            blasint(size))
    }

    /// A[rows, columns] −= L[rows, panel] L[columns, panel]ᵀ, of which what lies above the diagonal is not read.
    private func update(_ panel: Range<Int>, _ part: (rows: Range<Int>, columns: Range<Int>)) {
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, blasint(part.rows.count), blasint(part.columns.count),
            blasint(panel.count), -1, entry(part.rows.lowerBound, panel.lowerBound), blasint(size),
            entry(part.columns.lowerBound, panel.lowerBound), blasint(size), 1,
            entry(part.rows.lowerBound, part.columns.lowerBound), blasint(size))
    }

    /// x = L⁻ᵀ L⁻¹ b, by the first rank.
    ///
    /// - Parameter b: the whole vector, the same on every rank; read on the first.
    func solveFactorised(_ b: [Double]) -> [Double] {
        if memory.rank == 0 {
            vector.update(from: b, count: size)
            for transposition in [CblasNoTrans, CblasTrans] {
                cblas_dtrsv(
                    CblasRowMajor, CblasLower, transposition, CblasNonUnit, blasint(size), entries, blasint(size),
                    vector, 1)
            }
        }
        memory.barrier()
        let x = Array(UnsafeBufferPointer(start: vector, count: size))
        // Before the vector is written again.
        memory.barrier()
        return x
    }
}
