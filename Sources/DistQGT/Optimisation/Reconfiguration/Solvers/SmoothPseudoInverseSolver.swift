import Communication

/// `pinv_smooth`: a filter on the eigenvalues; see `SymmetricMatrix.solveBySmoothPseudoInverse`. With `snr` also on the
/// signal-to-noise ratio of each eigenvector; see `NoiseFilter`.
public struct SmoothPseudoInverseSolver: DirectReconfigurationSolver {
    public static let name = "pinv_smooth"
    public static let options = [
        SolverOption(
            "rtol", .fraction, defaultValue: "1.0e-14",
            "pinv_smooth: eigenvalues below this share of the largest are left out."),
        SolverOption(
            "rtol_smooth", .fraction, defaultValue: "1.0e-14",
            "pinv_smooth: eigenvalues around this share of the largest fade out."),
        SolverOption(
            "snr", .notNegative, defaultValue: "0.0",
            "pinv_smooth: eigenvectors along which the forces are about as many times their statistical error fade out; 0: "
                + "none do."),
    ]
    /// The gathered matrix, the copy that is overwritten, the eigenvectors and their workspace.
    public static let matrixCopies = 4

    public var cutoff: Double
    public var smoothTolerance: Double
    /// Signal-to-noise ratio around which eigenvectors fade out; 0 for none.
    public var noiseThreshold: Double

    public init(cutoff: Double, smoothTolerance: Double, noiseThreshold: Double = 0) {
        self.cutoff = cutoff
        self.smoothTolerance = smoothTolerance
        self.noiseThreshold = noiseThreshold
    }

    public init(_ settings: some SolverSettings) throws {
        self.init(
            cutoff: try settings.real("rtol"), smoothTolerance: try settings.real("rtol_smooth"),
            noiseThreshold: try settings.real("snr"))
    }

    /// A summed basis has no noise.
    private func filter(_ space: SampleSpace) -> NoiseFilter? {
        guard noiseThreshold > 0, space.probabilities == nil else { return nil }
        return NoiseFilter(
            inverse: SmoothPseudoInverse(cutoff: cutoff, smoothTolerance: smoothTolerance), threshold: noiseThreshold)
    }

    public func solve(_ system: ParameterSystem) throws -> SolverReport {
        guard let filter = filter(system.equation.jacobian.space) else { return try solveDirectly(system) }
        let space = system.equation.jacobian.space
        return try filter.solve(
            system,
            isDistributed: Self.isDistributed(
                system.right.count, ranks: space.communicator.size, isInBlocks: space.sums.isInBlocks,
                from: system.equation.distributedSize))
    }

    public func solve(_ system: SampleSystem) throws -> SolverReport {
        guard let filter = filter(system.equation.jacobian.space) else { return try solveDirectly(system) }
        let space = system.equation.jacobian.space
        return try filter.solve(
            system,
            isDistributed: Self.isDistributed(
                space.totalCount * space.components, ranks: space.communicator.size, isInBlocks: space.sums.isInBlocks,
                from: system.equation.distributedSize))
    }

    public func storage(_ problem: ReconfigurationProblem) -> SolverStorage {
        var storage = storageDirectly(problem)
        if noiseThreshold > 0, problem.strategy.space == .parameters {
            storage.block = min(DenseEigensystem.blockWidth, problem.parameters)
        }
        return storage
    }

    public func messages(_ problem: ReconfigurationProblem) -> SolverMessages {
        guard noiseThreshold > 0, !problem.distribution.isFullSummation else { return messagesDirectly(problem) }
        return NoiseFilter.messages(problem, isDistributed: isDistributed(problem))
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
