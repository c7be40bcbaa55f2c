import Communication

internal import CScaLAPACK

/// A two-dimensional grid of ranks over which ScaLAPACK spreads its matrices.
///
/// As near to a square as the number of ranks allows: ⌊√R⌋ rows of ⌊R/⌊√R⌋⌋ ranks, row by row in the order
/// of the ranks. The last few ranks, fewer than √R, may be left over and hold nothing.
final class ProcessGrid {
    let communicator: Communicator
    let rows: Int
    let columns: Int
    /// This rank's place; nil where it is left over.
    let place: (row: Int, column: Int)?
    var handle: cscalapack_grid

    /// Opens a grid over the ranks of `communicator`, gives it to `body` and closes it. Collective. Where `body`
    /// throws it stays open: such errors end the job.
    ///
    /// - Precondition: not `Communicator.alone()`.
    static func with<Result>(
        _ communicator: Communicator, _ body: (ProcessGrid) throws -> Result
    ) throws -> Result {
        let grid = try ProcessGrid(communicator)
        let result = try body(grid)
        try MPIError.check(cscalapack_close_grid(&grid.handle), "MPI_Comm_free")
        return result
    }

    private init(_ communicator: Communicator) throws {
        let call: StaticString = "MPI_Comm_dup"
        guard let mpi = try communicator.handle(for: call) else {
            preconditionFailure("a process without MPI needs no grid")
        }
        self.communicator = communicator
        (rows, columns) = Self.shape(ranks: communicator.size)
        place = Self.place(ofRank: communicator.rank, rows, columns)
        handle = cscalapack_grid()
        try MPIError.check(cscalapack_open_grid(mpi, Int32(rows), Int32(columns), &handle), call)
        precondition(
            place.map { (handle.row, handle.column) == (Int32($0.row), Int32($0.column)) } ?? (handle.row < 0),
            "BLACS numbers the ranks of a grid in another order")
    }

    static func shape(ranks: Int) -> (rows: Int, columns: Int) {
        var rows = 1
        while (rows + 1) * (rows + 1) <= ranks { rows += 1 }
        return (rows, ranks / rows)
    }

    /// Where a rank stands; nil where it is left over.
    func place(ofRank rank: Int) -> (row: Int, column: Int)? { Self.place(ofRank: rank, rows, columns) }

    private static func place(ofRank rank: Int, _ rows: Int, _ columns: Int) -> (row: Int, column: Int)? {
        rank < rows * columns ? (rank / columns, rank % columns) : nil
    }
}
