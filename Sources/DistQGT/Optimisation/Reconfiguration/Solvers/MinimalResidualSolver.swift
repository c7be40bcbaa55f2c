import LinearAlgebra

/// `minres`: the smallest residual of a matrix that may be indefinite or singular.
public struct MinimalResidualSolver: IterativeReconfigurationSolver {
    public static let name = "minres"

    public var iteration: MinimalResidual
    public var followsNoise = false

    public init(_ iteration: MinimalResidual) { self.iteration = iteration }

    public init(_ settings: some SolverSettings) throws {
        self.init(
            MinimalResidual(
                tolerance: try settings.automaticReal("tolerance") ?? SolverOption.noisyTolerance,
                maximumIterations: try settings.integer("max_iterations")))
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
    /// Three Lanczos vectors, two directions, the residual, and what they began with.
    public var workVectors: Int { 7 }

    public func iterate<Map: SymmetricMap>(_ system: IterativeSystem<Map>) throws -> SolverReport {
        try iteration.solve(system.map, system.right, into: system.solution)
    }
}
