import Communication

/// `pinv_smooth`: a filter on the eigenvalues; see `SymmetricMatrix.solveBySmoothPseudoInverse`.
public struct SmoothPseudoInverseSolver: DirectReconfigurationSolver {
    public static let name = "pinv_smooth"
    public static let options = [
        SolverOption(
            "rtol", .fraction, defaultValue: "1.0e-14",
            "pinv_smooth: eigenvalues below this share of the largest are left out."),
        SolverOption(
            "rtol_smooth", .fraction, defaultValue: "1.0e-14",
            "pinv_smooth: eigenvalues around this share of the largest fade out."),
    ]
    /// The gathered matrix, the copy that is overwritten, the eigenvectors and their workspace.
    public static let matrixCopies = 4

    public var cutoff: Double
    public var smoothTolerance: Double

    public init(cutoff: Double, smoothTolerance: Double) {
        self.cutoff = cutoff
        self.smoothTolerance = smoothTolerance
    }

    public init(_ settings: some SolverSettings) throws {
        self.init(cutoff: try settings.real("rtol"), smoothTolerance: try settings.real("rtol_smooth"))
    }

    public func solve(_ matrix: SymmetricMatrix, _ right: [Double]) -> (solution: [Double], report: SolverReport) {
        matrix.solveBySmoothPseudoInverse(right, cutoff: cutoff, smoothTolerance: smoothTolerance)
    }

    public func solve(
        _ matrix: DistributedSymmetricMatrix, _ right: [Double]
    ) throws -> (solution: [Double], report: SolverReport) {
        try matrix.solveBySmoothPseudoInverse(right, cutoff: cutoff, smoothTolerance: smoothTolerance)
    }

    /// Always through ScaLAPACK.
    public func distributedMessages(rows: Int, size: Int, sharesMemory: Bool) -> [CollectiveRecord] {
        // Eigenvalues, overlaps, their combination, and its residual.
        DistributedSymmetricMatrix.factorisationMessages(rows: rows, size: size, sharesMemory: false)
            + [.reals(size, .broadcast), .reals(size), .reals(size), .reals(1), .reals(1, .broadcast)]
    }
}
