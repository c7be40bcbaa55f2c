import COpenBLAS
import Communication
import LinearAlgebra

/// A dense symmetric matrix, n × n, whose rows are spread over the ranks in consecutive blocks, in rank order, of any
/// lengths: what the direct solvers factorise with all ranks. Equal to `SymmetricMatrix`, which one rank uses.
///
/// A solve by Cholesky factorisation copies the lower triangle into memory that all ranks share, where they are on one
/// node (`SharedCholesky`). Otherwise, and for the pseudo-inverse, it goes to a block-cyclic distribution for ScaLAPACK,
/// n²/R numbers on each of R ranks (twice as many for the pseudo-inverse). Residuals come from the rows.
public final class DistributedSymmetricMatrix {
    /// Rows and columns of the blocks that the ranks exchange.
    package static let largestBlock = BlockCyclicMatrix.largestBlock

    public let communicator: Communicator
    public let size: Int
    /// Rows of this rank.
    public let rows: Shard
    private let rowCounts: [Int]
    private let entries: RealBuffer
    /// D, for the rows of this rank.
    private let addedDiagonal: [Double]
    /// On a single rank.
    private let whole: SymmetricMatrix?

    /// Collective: one allgather of one number.
    ///
    /// - Parameters:
    ///   - entries: this rank's rows, `rowCount` × size, row-major. On a single rank only the lower triangle is read.
    ///   - addedDiagonal: added to the diagonal: one number, or one for each row of this rank.
    public convenience init(
        communicator: Communicator, size: Int, rowCount: Int, entries: [Double], addedDiagonal: [Double] = []
    ) throws {
        precondition(entries.count == rowCount * size)
        try self.init(
            communicator: communicator, size: size, rowCount: rowCount, rows: RealBuffer(copying: entries),
            addedDiagonal: addedDiagonal)
    }

    /// Without a copy: the rows must stay as they are.
    package init(
        communicator: Communicator, size: Int, rowCount: Int, rows: RealBuffer, addedDiagonal: [Double] = []
    ) throws {
        precondition(rows.count == rowCount * size)
        precondition(addedDiagonal.count <= 1 || addedDiagonal.count == rowCount)
        self.communicator = communicator
        self.size = size
        rowCounts = try communicator.allGather(rowCount)
        precondition(rowCounts.reduce(0, +) == size, "the ranks' rows are not those of one square matrix")
        self.rows = Shard(offset: rowCounts[..<communicator.rank].reduce(0, +), count: rowCount)
        entries = rows
        if addedDiagonal.count == rowCount {
            self.addedDiagonal = addedDiagonal
        } else {
            self.addedDiagonal = [Double](repeating: addedDiagonal.first ?? 0, count: rowCount)
        }
        whole =
            communicator.size > 1
            ? nil : SymmetricMatrix(size: size, lowerTriangle: rows.pointer, addedDiagonal: self.addedDiagonal)
    }

    /// Solves A x = b by Cholesky factorisation with one step of iterative refinement. Collective; the report is the
    /// same on every rank.
    ///
    /// - Parameter b: the entries of this rank's rows; so is the solution.
    public func solveByCholesky(_ b: [Double]) throws -> (solution: [Double], report: SolverReport) {
        if let whole { return whole.solveByCholesky(b) }
        let right = try wholeRightHandSide(b)
        guard let right else { return failed(.notFinite) }
        guard right.contains(where: { $0 != 0 }) else {
            return failed(.converged, residual: 0)
        }
        if let factor = try sharedFactor() {
            guard factor.factorise() else { return failed(.notPositiveDefinite, residual: 1) }
            return try refined(right) { factor.solveFactorised($0) }
        }
        return try ProcessGrid.with(communicator) { grid in
            let factor = try blockCyclic(grid)
            guard try factor.factorise() else { return failed(.notPositiveDefinite, residual: 1) }
            return try refined(right) { try factor.solveFactorised($0) }
        }
    }

    /// The matrix in memory that all ranks share; nil where they do not.
    private func sharedFactor() throws -> SharedCholesky? {
        let factor = try SharedCholesky(
            communicator, size: size, rows: entries.pointer, firstRow: rows.offset, addedDiagonal: addedDiagonal)
        guard let factor else { return nil }
        let count = rows.count * (2 * rows.offset + rows.count + 1) / 2
        communicator.counters.count(.allToAll, elements: count, bytes: count * MemoryLayout<Double>.stride)
        return factor
    }

    /// The solution with one step of iterative refinement.
    ///
    /// - Parameter solve: with the factor, whole vectors on every rank.
    private func refined(
        _ right: [Double], _ solve: ([Double]) throws -> [Double]
    ) throws -> (solution: [Double], report: SolverReport) {
        var x = try solve(right)
        let first = try residual(right, x)
        let correction = try solve(communicator.allGather(first.rows, lengths: rowCounts))
        let refined = zip(x, correction).map { $0 + $1 }
        let second = try residual(right, refined)
        // The sums may differ in the last bits between ranks: rank 0's count.
        let agreed = try communicator.broadcast([first.relative, second.relative])
        let isBetter = agreed[1] < agreed[0]
        if isBetter { x = refined }
        guard x.allSatisfy(\.isFinite) else { return failed(.notFinite) }
        return (
            Array(x[rows.range]),
            SolverReport(outcome: .converged, iterations: 1, residual: isBetter ? agreed[1] : agreed[0])
        )
    }

    /// x = U f(Σ) Uᵀ b as `SymmetricMatrix.solveBySmoothPseudoInverse` has it. Collective; the report is the same on
    /// every rank.
    ///
    /// - Parameter b: the entries of this rank's rows; so is the solution.
    public func solveBySmoothPseudoInverse(
        _ b: [Double], cutoff: Double, smoothTolerance: Double
    ) throws -> (solution: [Double], report: SolverReport) {
        if let whole { return whole.solveBySmoothPseudoInverse(b, cutoff: cutoff, smoothTolerance: smoothTolerance) }
        guard let right = try wholeRightHandSide(b) else { return failed(.notFinite) }
        guard size > 0 else { return failed(.converged, residual: 0) }
        return try ProcessGrid.with(communicator) { grid in
            guard let eigensystem = try blockCyclic(grid).eigensystem() else { return failed(.notFinite) }
            let inverses = SmoothPseudoInverse(cutoff: cutoff, smoothTolerance: smoothTolerance)
                .inverses(of: eigensystem.values)
            let overlaps = try eigensystem.overlaps(with: right)
            let x = try eigensystem.combination(zip(inverses, overlaps).map { $0 == 0 ? 0 : $0 * $1 })
            let relative = try communicator.broadcast(residual(right, x).relative)
            // The filter leaves out directions on purpose: its residual is information, not failure.
            return (Array(x[rows.range]), SolverReport(outcome: .converged, iterations: 1, residual: relative))
        }
    }

    /// Gives the eigensystem to `body`; nil, on every rank, if the matrix is not finite or it is not found. Collective.
    func withEigensystem<Result>(_ body: (DenseEigensystem) throws -> Result) throws -> Result? {
        if let whole {
            return try DenseEigensystem(ofFirstRank: communicator) { whole }.map(body)
        }
        let isFinite = entries.buffer.isFinite && addedDiagonal.allSatisfy(\.isFinite)
        guard try communicator.allReduce(isFinite ? 1 : 0, .minimum) == 1 else { return nil }
        return try ProcessGrid.with(communicator) { grid in
            try blockCyclic(grid).eigensystem().map { try body(DenseEigensystem($0)) }
        }
    }

    /// What a factorisation sends beside what ScaLAPACK does and beside its solutions, of a matrix of which this rank
    /// has `rows`: the right-hand side and whether all is finite; the rows, about half of which travel; ScaLAPACK's status.
    static func factorisationMessages(rows: Int, size: Int, sharesMemory: Bool) -> [CollectiveRecord] {
        let messages: [CollectiveRecord] = [
            .reals(rows, .allGather), .reals(1), .reals(rows * size / 2, .allToAll),
        ]
        let status = CollectiveRecord(kind: .allReduce, elements: 1, bytes: MemoryLayout<Int32>.stride)
        return messages + (sharesMemory ? [] : [status])
    }

    /// What `solveByCholesky` sends, in memory that all ranks share or through ScaLAPACK, beside ScaLAPACK's own messages:
    /// the solutions, where they are not found in that memory, and their residuals with what each adds up over ranks.
    package static func choleskyMessages(rows: Int, size: Int, sharesMemory: Bool) -> [CollectiveRecord] {
        let solution: [CollectiveRecord] = sharesMemory ? [] : [.reals(size)]
        return factorisationMessages(rows: rows, size: size, sharesMemory: sharesMemory)
            + solution + [.reals(1), .reals(rows, .allGather)] + solution + [.reals(1), .reals(2, .broadcast)]
    }

    // MARK: Parts

    private func blockCyclic(_ grid: ProcessGrid) throws -> BlockCyclicMatrix {
        try BlockCyclicMatrix(grid, rowCounts: rowCounts, rows: entries.pointer) { addedDiagonal[$0] }
    }

    /// b of all ranks on every rank, or nil if an entry of it or of the matrix is not finite. Collective: one
    /// allgather, one allreduce.
    private func wholeRightHandSide(_ b: [Double]) throws -> [Double]? {
        precondition(b.count == rows.count)
        let isFinite = entries.buffer.isFinite && addedDiagonal.allSatisfy(\.isFinite) && b.allSatisfy(\.isFinite)
        let right = try communicator.allGather(b, lengths: rowCounts)
        return try communicator.allReduce(isFinite ? 1 : 0, .minimum) == 1 ? right : nil
    }

    private func failed(
        _ outcome: SolverOutcome, residual: Double = .nan
    ) -> (solution: [Double], report: SolverReport) {
        (
            [Double](repeating: 0, count: rows.count),
            SolverReport(outcome: outcome, iterations: 0, residual: residual)
        )
    }

    /// This rank's rows of b − (A + D)x, and ‖b − (A + D)x‖/‖b‖ (absolute for b = 0). Collective: one allreduce of one
    /// number.
    ///
    /// - Parameters: the whole vectors, the same on every rank.
    private func residual(_ b: [Double], _ x: [Double]) throws -> (rows: [Double], relative: Double) {
        var r = Array(b[rows.range])
        if rows.count > 0 {
            cblas_dgemv(
                CblasRowMajor, CblasNoTrans, blasint(rows.count), blasint(size), -1, entries.pointer, blasint(size),
                x, 1, 1, &r, 1)
            for index in r.indices { r[index] -= addedDiagonal[index] * x[rows.offset + index] }
        }
        let rest = try communicator.allReduce(r.reduce(0) { $0 + $1 * $1 }).squareRoot()
        let norm = b.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return (r, norm == 0 ? rest : rest / norm)
    }
}
