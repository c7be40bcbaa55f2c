import LinearAlgebra

/// `cg`: conjugate gradients, in double precision or as corrections in single precision, with or without a
/// preconditioner.
public struct ConjugateGradientSolver: IterativeReconfigurationSolver {
    public static let name = "cg"
    public static let options = [
        SolverOption.tolerance, .maximumIterations,
        SolverOption(
            "matvec_precision", .choice(["double", "single"]), defaultValue: "double",
            "cg: single multiplies in single precision inside refinement with double residuals, which reaches the "
                + "same tolerance."),
        SolverOption(
            "preconditioner", .choice(["none", "jacobi", subspacePreconditioner]), defaultValue: "none",
            "cg: jacobi divides by the diagonal of what is solved with; subspace keeps from step to step what solves tell "
                + "about the largest eigenvalues of S, in parameter space."),
        SolverOption(
            "subspace_size", .integer(0...1000), defaultValue: "0",
            "The vectors that the preconditioner subspace keeps; 0: a sixteenth of the parameters, from 4 to 200."),
    ]
    /// The value of `preconditioner` that keeps a subspace from step to step.
    public static let subspacePreconditioner = "subspace"
    public static let fallback = [MinimalResidualSolver.name]
    public static let isAutomatic = true

    public var iteration: ConjugateGradient
    public var followsNoise = false
    /// Whether products with the Jacobian are made in single precision, inside refinement with residuals in double:
    /// `IterativeRefinement`. A kernel that is formed stays double.
    public var multipliesInSinglePrecision: Bool
    /// By the diagonal.
    public var isPreconditioned: Bool
    public var subspaceSize: Int?

    public init(
        _ iteration: ConjugateGradient, multipliesInSinglePrecision: Bool = false, isPreconditioned: Bool = false,
        subspaceSize: Int? = nil
    ) {
        precondition(!isPreconditioned || subspaceSize == nil, "two preconditioners")
        self.iteration = iteration
        self.multipliesInSinglePrecision = multipliesInSinglePrecision
        self.isPreconditioned = isPreconditioned
        self.subspaceSize = subspaceSize
    }

    public init(_ settings: some SolverSettings) throws {
        let preconditioner = try settings.choice("preconditioner")
        self.init(
            ConjugateGradient(
                tolerance: try settings.automaticReal("tolerance") ?? SolverOption.noisyTolerance,
                maximumIterations: try settings.integer("max_iterations")),
            multipliesInSinglePrecision: try settings.choice("matvec_precision") == "single",
            isPreconditioned: preconditioner == "jacobi",
            subspaceSize: preconditioner == Self.subspacePreconditioner ? try settings.integer("subspace_size") : nil)
        followsNoise = try settings.automaticReal("tolerance") == nil
    }

    public var tolerance: Double {
        get { iteration.tolerance }
        set { iteration.tolerance = newValue }
    }
    public var maximumIterations: Int {
        get { iteration.maximumIterations }
        set { iteration.maximumIterations = newValue }
    }
    public var residualInterval: Int? { iteration.residualInterval }
    /// Residual, direction, image, what they began with; x and r of the last replacement, or the correction and a second
    /// message.
    public var workVectors: Int { 4 + 2 }

    public func iterate<Map: SymmetricMap>(_ system: IterativeSystem<Map>) throws -> SolverReport {
        guard let approximation = system.approximation else {
            return try iteration.solve(
                system.map, system.right, into: system.solution, preconditioner: system.preconditioner)
        }
        let refinement = IterativeRefinement(tolerance: tolerance, maximumIterations: maximumIterations)
        return try refinement.solve(
            system.map, approximation: approximation, system.right, into: system.solution,
            preconditioner: system.preconditioner)
    }
}
