/// How an iterative solve ended.
public enum SolverOutcome: String, Sendable {
    /// The true residual is within the tolerance.
    case converged
    case iterationLimit = "iteration_limit"
    /// Rounding allows no smaller residual, and it is above the tolerance.
    case stagnated
    /// A direction d with ⟨d, Ad⟩ ≤ 0 was met; the best iterate before it is returned.
    case notPositiveDefinite = "not_positive_definite"
    /// A number stopped being finite; the last finite iterate is returned.
    case notFinite = "not_finite"
}

/// What a solve reports beside its solution.
public struct SolverReport: Sendable {
    public let outcome: SolverOutcome
    public let iterations: Int
    /// True residual ‖b − Ax‖/‖b‖, computed from x at the end (0 for b = 0).
    public let residual: Double
}
