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

extension SolverOutcome {
    /// Rank 0's outcome on every rank; nil for "go on". One scalar broadcast where the map is distributed.
    static func agreed(_ outcome: SolverOutcome?, over map: some SymmetricMap) throws -> SolverOutcome? {
        let all: [SolverOutcome] = [.converged, .iterationLimit, .stagnated, .notPositiveDefinite, .notFinite]
        let code = outcome.flatMap(all.firstIndex(of:)).map { Double($0 + 1) } ?? 0
        let agreed = Int(try map.agree(code))
        return agreed > 0 ? all[agreed - 1] : nil
    }
}
