import Communication
import LinearAlgebra

internal import CScaLAPACK

/// A symmetric matrix, n × n, spread block-cyclically over a grid of processes, for ScaLAPACK: its upper triangle
/// by columns, which is the lower one by rows.
///
/// Every method is collective over the ranks of the grid's communicator, those that are left over included.
final class BlockCyclicMatrix {
    private let grid: ProcessGrid
    private let size: Int
    private let rowIndices: BlockCyclicIndices
    private let columnIndices: BlockCyclicIndices
    /// Rows and columns of this rank.
    private let localRows: Int
    private let localColumns: Int
    /// Column-major.
    private let entries: RealBuffer
    private var communicator: Communicator { grid.communicator }

    /// Larger than ScaLAPACK's usual block, as its messages grow in number with the square of the blocks; smaller where the
    /// matrix would not reach all processes otherwise.
    static let largestBlock = 128
    /// Numbers that a rank sends in one round.
    private static let messageLimit = 8 << 20

    /// Collective: one all-to-all for every `messageLimit`/n rows of the rank that has most of them.
    ///
    /// - Parameters:
    ///   - rowCounts: consecutive rows that each rank holds, in rank order.
    ///   - rows: those of this rank, each of n numbers; of row i, columns 0 … i are read.
    ///   - addedDiagonal: added to the diagonal: a number for each row of this rank.
    init(
        _ grid: ProcessGrid, rowCounts: [Int], rows: UnsafePointer<Double>, addedDiagonal: (Int) -> Double
    ) throws {
        let size = rowCounts.reduce(0, +)
        self.grid = grid
        self.size = size
        let longest = max(grid.rows, grid.columns)
        let block = max(1, min(Self.largestBlock, (size + longest - 1) / longest))
        rowIndices = BlockCyclicIndices(count: size, block: block, processes: grid.rows)
        columnIndices = BlockCyclicIndices(count: size, block: block, processes: grid.columns)
        localRows = grid.place.map { [rowIndices] in rowIndices.localCount(at: $0.row) } ?? 0
        localColumns = grid.place.map { [columnIndices] in columnIndices.localCount(at: $0.column) } ?? 0
        // On process (0, 0), which holds most, so that all ranks find it out.
        let largest = rowIndices.localCount(at: 0) * columnIndices.localCount(at: 0)
        guard largest <= Int(Int32.max) else { throw MatrixTooLarge(size: size, ranks: grid.communicator.size) }
        entries = RealBuffer(count: localRows * localColumns)
        try receive(rowCounts, rows, addedDiagonal)
    }

    // MARK: Redistribution

    private func receive(
        _ rowCounts: [Int], _ rows: UnsafePointer<Double>, _ addedDiagonal: (Int) -> Double
    ) throws {
        let firsts = rowCounts.indices.map { rowCounts[..<$0].reduce(0, +) }
        let firstRow = firsts[communicator.rank]
        let atATime = max(1, Self.messageLimit / max(1, size))
        for start in stride(from: 0, to: rowCounts.max() ?? 0, by: atATime) {
            /// What a rank sends in this round.
            func part(of source: Int) -> Range<Int> {
                let count = rowCounts[source]
                return firsts[source] + min(start, count)..<firsts[source] + min(start + atATime, count)
            }
            let own = part(of: communicator.rank)
            let messages = (0..<communicator.size).map { target in
                message(
                    to: target, own, rows + (own.lowerBound - firstRow) * size,
                    own.map { addedDiagonal($0 - firstRow) })
            }
            let received = try communicator.allToAll(messages)
            for (source, message) in received.enumerated() { unpack(message, part(of: source)) }
        }
    }

    /// What `target` holds of the rows in a range: row by row, columns ascending up to the diagonal.
    private func message(
        to target: Int, _ range: Range<Int>, _ rows: UnsafePointer<Double>, _ addedDiagonal: [Double]
    ) -> [Double] {
        guard let place = grid.place(ofRank: target) else { return [] }
        let kept = range.filter { columnIndices.owner(of: $0) == place.column }
        let count = kept.reduce(0) { $0 + rowIndices.localCount(below: $1 + 1, at: place.row) }
        return [Double](unsafeUninitializedCapacity: count) { buffer, initialised in
            guard var target = buffer.baseAddress else { return }
            for row in kept {
                let source = rows + (row - range.lowerBound) * size
                rowIndices.forEachRun(below: row + 1, at: place.row) { run in
                    target.initialize(from: source + run.lowerBound, count: run.count)
                    target += run.count
                }
                // The diagonal comes last.
                if rowIndices.owner(of: row) == place.row { target[-1] += addedDiagonal[row - range.lowerBound] }
            }
            initialised = count
        }
    }

    private func unpack(_ message: [Double], _ range: Range<Int>) {
        guard let place = grid.place else { return }
        message.withUnsafeBufferPointer { message in
            guard var source = message.baseAddress else { return }
            for column in range where columnIndices.owner(of: column) == place.column {
                let count = rowIndices.localCount(below: column + 1, at: place.row)
                (entries.pointer + columnIndices.localIndex(of: column) * localRows).update(from: source, count: count)
                source += count
            }
        }
    }

    // MARK: Factorisations

    /// A = UᵀU in place. Collective: one allreduce beside ScaLAPACK's messages.
    ///
    /// - Returns: whether A is positive definite.
    func factorise() throws -> Bool {
        var status: Int32 = 0
        if grid.place != nil {
            status = cscalapack_factorise(&grid.handle, Int32(size), Int32(rowIndices.block), entries.pointer)
            precondition(status >= 0, "ScaLAPACK refuses argument \(-status) of pdpotrf")
        }
        return try communicator.allReduce(status, .maximum) == 0
    }

    /// x of UᵀU x = b after `factorise`, whole on every rank. Collective: one allreduce of n numbers beside
    /// ScaLAPACK's messages.
    ///
    /// - Parameter b: the whole vector, the same on every rank.
    func solveFactorised(_ b: [Double]) throws -> [Double] {
        var x = [Double](repeating: 0, count: size)
        if let place = grid.place {
            var part = place.column == 0 ? rowIndices.part(of: b, at: place.row) : []
            // An address even where nothing is held.
            if part.isEmpty { part = [0] }
            let status = cscalapack_solve_factorised(
                &grid.handle, Int32(size), Int32(rowIndices.block), entries.pointer, &part)
            precondition(status == 0, "ScaLAPACK refuses argument \(-status) of pdpotrs")
            if place.column == 0 { rowIndices.add(part, to: &x, at: place.row) }
        }
        try communicator.allReduce(&x)
        return x
    }

    /// Eigenvalues, ascending and the same on every rank, and eigenvectors; nil if they do not converge. The
    /// matrix is destroyed. Collective: one allreduce and one broadcast beside ScaLAPACK's messages.
    func eigensystem() throws -> BlockCyclicEigensystem? {
        var values = [Double](repeating: 0, count: size)
        let vectors = RealBuffer(count: localRows * localColumns)
        var status: Int32 = 0
        if grid.place != nil {
            status = cscalapack_eigensystem(
                &grid.handle, Int32(size), Int32(rowIndices.block), entries.pointer, &values, vectors.pointer)
            precondition(status >= 0, "ScaLAPACK refuses argument \(-status) of pdsyevd")
        }
        guard try communicator.allReduce(status, .maximum) == 0 else { return nil }
        return BlockCyclicEigensystem(
            values: try communicator.broadcast(values), vectors: vectors, grid: grid, rowIndices: rowIndices,
            columnIndices: columnIndices)
    }
}

/// A matrix whose part on one rank exceeds what ScaLAPACK can count. All ranks throw it alike.
public struct MatrixTooLarge: CollectiveError, CustomStringConvertible {
    public let size: Int
    public let ranks: Int

    public var description: String {
        "a dense matrix of \(size) rows is too large to be factorised on \(ranks) ranks: a rank can hold 2^31 numbers of "
            + "it at most"
    }
}
