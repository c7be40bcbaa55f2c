import Communication

/// The collectives of a solver in one step: those that it always makes, and those that depend on its iterations.
public struct SolverMessages: Sendable, Equatable {
    public var fixed: [CollectiveRecord]
    /// Of one product of an iteration.
    public var product: [CollectiveRecord] = []
    /// Of one iteration beside its product.
    public var iteration: [CollectiveRecord] = []
    /// Of a restart from the true residual.
    public var restart: [CollectiveRecord] = []
    /// Iterations between two products that make no iteration; nil where there are none.
    public var residualInterval: Int?

    public init(fixed: [CollectiveRecord]) { self.fixed = fixed }
}
