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
    /// From one row to the next: an odd number of cache lines, so that rows do not share the sets of a cache.
    private let leading: Int
    /// Rows and columns of a tile: three of them about fill a core's second-level cache, and there are many for many ranks.
    private let tile: Int

    /// The lower triangle, row-major; behind it a vector and whether a factorisation failed.
    private var entries: UnsafeMutablePointer<Double> { memory.pointer }
    private var vector: UnsafeMutablePointer<Double> { memory.pointer + size * leading }
    private var status: UnsafeMutablePointer<Double> { memory.pointer + size * (leading + 1) }

    /// Nil where the ranks of the communicator are not all on one node, or where the memory cannot be had.
    ///
    /// - Parameters:
    ///   - rows: of this rank, row-major; of row i the columns 0 … i are read.
    ///   - firstRow: number of the first of them.
    ///   - addedDiagonal: added to the diagonal: a number for each row of this rank.
    init?(
        _ communicator: Communicator, size: Int, rows: UnsafePointer<Double>, firstRow: Int, addedDiagonal: [Double]
    ) throws {
        leading = ((size + 7) / 8 | 1) * 8
        tile = size < 1536 ? 128 : 192
        guard let node = try communicator.nodeMemory(), node.isWhole,
            let memory = try node.workspace(count: size * (leading + 1) + 1)
        else { return nil }
        self.memory = memory
        self.size = size
        for (index, added) in addedDiagonal.enumerated() {
            let row = firstRow + index
            let target = entries + row * leading
            target.update(from: rows + index * size, count: row + 1)
            target[row] += added
        }
        if memory.rank == 0 { status[0] = 0 }
        memory.barrier()
    }

    /// Whether the matrix is positive definite; the same on every rank.
    func factorise() -> Bool {
        for first in stride(from: 0, to: size, by: tile) {
            let panel = first..<min(first + tile, size)
            if memory.rank == 0, !factoriseDiagonal(panel) { status[0] = 1 }
            memory.barrier()
            guard status[0] == 0 else { return false }
            memory.share(tileCount(below: panel)) { solvePanel(panel, rows: rows($0, below: panel)) }
            let updates = updates(below: panel)
            memory.share(updates.count) { update(panel, updates[$0]) }
        }
        return true
    }

    private func tileCount(below panel: Range<Int>) -> Int { (size - panel.upperBound + tile - 1) / tile }

    private func rows(_ number: Int, below panel: Range<Int>) -> Range<Int> {
        let first = panel.upperBound + number * tile
        return first..<min(first + tile, size)
    }

    /// The tasks of an update, large ones first.
    private func updates(below panel: Range<Int>) -> [(rows: Range<Int>, columns: Range<Int>)] {
        (0..<tileCount(below: panel)).reversed().flatMap { number in
            let rows = rows(number, below: panel)
            return stride(from: panel.upperBound, to: rows.upperBound, by: tile).map {
                (rows, $0..<min($0 + tile, rows.upperBound))
            }
        }
    }

    private func entry(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Double> { entries + row * leading + column }

    private func factoriseDiagonal(_ panel: Range<Int>) -> Bool {
        var (count, leading, status) = (Int32(panel.count), Int32(leading), Int32(0))
        // The lower triangle by rows is the upper one by columns.
        dpotrf_("U", &count, entry(panel.lowerBound, panel.lowerBound), &leading, &status)
        return status == 0
    }

    /// L[rows, panel] = A[rows, panel] L[panel, panel]⁻ᵀ.
    private func solvePanel(_ panel: Range<Int>, rows: Range<Int>) {
        cblas_dtrsm(
            CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, blasint(rows.count), blasint(panel.count),
            1,
            entry(panel.lowerBound, panel.lowerBound), blasint(leading), entry(rows.lowerBound, panel.lowerBound),
            blasint(leading))
    }

    /// A[rows, columns] −= L[rows, panel] L[columns, panel]ᵀ, of which what lies above the diagonal is not read.
    private func update(_ panel: Range<Int>, _ part: (rows: Range<Int>, columns: Range<Int>)) {
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, blasint(part.rows.count), blasint(part.columns.count),
            blasint(panel.count), -1, entry(part.rows.lowerBound, panel.lowerBound), blasint(leading),
            entry(part.columns.lowerBound, panel.lowerBound), blasint(leading), 1,
            entry(part.rows.lowerBound, part.columns.lowerBound), blasint(leading))
    }

    /// x = L⁻ᵀ L⁻¹ b: the first rank solves with the tiles of the diagonal in turn, all ranks subtract what follows from it.
    ///
    /// - Parameter b: the whole vector, the same on every rank; read on the first.
    func solveFactorised(_ b: [Double]) -> [Double] {
        if memory.rank == 0 { vector.update(from: b, count: size) }
        let panels = stride(from: 0, to: size, by: tile).map { $0..<min($0 + tile, size) }
        for panel in panels {
            solveDiagonal(panel, CblasNoTrans)
            let rows = share(of: panel.upperBound..<size)
            cblas_dgemv(
                CblasRowMajor, CblasNoTrans, blasint(rows.count), blasint(panel.count), -1,
                entry(rows.lowerBound, panel.lowerBound), blasint(leading), vector + panel.lowerBound, 1, 1,
                vector + rows.lowerBound, 1)
            memory.barrier()
        }
        for panel in panels.reversed() {
            solveDiagonal(panel, CblasTrans)
            let columns = share(of: 0..<panel.lowerBound)
            cblas_dgemv(
                CblasRowMajor, CblasTrans, blasint(panel.count), blasint(columns.count), -1,
                entry(panel.lowerBound, columns.lowerBound), blasint(leading), vector + panel.lowerBound, 1, 1,
                vector + columns.lowerBound, 1)
            memory.barrier()
        }
        let x = Array(UnsafeBufferPointer(start: vector, count: size))
        // Before the vector is written again.
        memory.barrier()
        return x
    }

    /// This rank's part of rows or columns.
    private func share(of range: Range<Int>) -> Range<Int> {
        let shard = Shard.block(of: range.count, rank: memory.rank, size: memory.rankCount)
        return range.lowerBound + shard.offset..<range.lowerBound + shard.offset + shard.count
    }

    private func solveDiagonal(_ panel: Range<Int>, _ transposition: CBLAS_TRANSPOSE) {
        if memory.rank == 0 {
            cblas_dtrsv(
                CblasRowMajor, CblasLower, transposition, CblasNonUnit, blasint(panel.count),
                entry(panel.lowerBound, panel.lowerBound), blasint(leading), vector + panel.lowerBound, 1)
        }
        memory.barrier()
    }
}
