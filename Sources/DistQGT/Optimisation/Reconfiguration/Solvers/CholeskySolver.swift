import Communication

/// `cholesky`: a Cholesky factorisation; in sample space, minSR.
public struct CholeskySolver: DirectReconfigurationSolver {
    public static let name = "cholesky"
    public static let fallback = [SmoothPseudoInverseSolver.name]
    public static let isAutomatic = true
    /// The gathered matrix, and the copy that is overwritten.
    public static let matrixCopies = 2

    public init() {}
    public init(_ settings: some SolverSettings) {}

    public func solve(_ matrix: SymmetricMatrix, _ right: [Double]) -> (solution: [Double], report: SolverReport) {
        matrix.solveByCholesky(right)
    }

    public func solve(
        _ matrix: DistributedSymmetricMatrix, _ right: [Double]
    ) throws -> (solution: [Double], report: SolverReport) {
        try matrix.solveByCholesky(right)
    }

    public func distributedMessages(rows: Int, size: Int, sharesMemory: Bool) -> [CollectiveRecord] {
        DistributedSymmetricMatrix.choleskyMessages(rows: rows, size: size, sharesMemory: sharesMemory)
    }
}
