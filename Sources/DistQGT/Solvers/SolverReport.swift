import LinearAlgebra

/// How an iterative solve ended.
public enum SolverOutcome: String, Sendable, CaseIterable {
    /// The true residual is within the tolerance.
    case converged
    case iterationLimit = "iteration_limit"
    /// Rounding allows no smaller residual, and it is above the tolerance.
    case stagnated
    /// A direction d with ⟨d, Ad⟩ ≤ 0 was met; the iterate before it is returned, or the start if that is better.
    case notPositiveDefinite = "not_positive_definite"
    /// A number stopped being finite; the last iterate is returned, or the start if that is better, or not finite.
    case notFinite = "not_finite"

    /// Whether another method may do better: the solution is none, or was given up.
    public var isFailure: Bool { self == .notPositiveDefinite || self == .notFinite }
}

/// What a solve reports beside its solution.
public struct SolverReport: Sendable {
    public let outcome: SolverOutcome
    public let iterations: Int
    /// True residual ‖b − Ax‖/‖b‖, computed from x at the end (0 for b = 0).
    public let residual: Double
    /// Of a solve with a subspace that is kept from step to step.
    public internal(set) var subspace: SubspaceReport?
}

/// What a solve had of a subspace that is kept from step to step.
public struct SubspaceReport: Sendable, Equatable {
    /// Products with S, of all kinds.
    public let products: Int
    /// Vectors that the solve began with; 0 for one without the subspace.
    public let size: Int
    /// Times that the subspace has been dropped, over every part of the run.
    public let drops: Int
}

extension SolverOutcome {
    /// As messages carry it: 1, 2, …
    var code: Double { Double((Self.allCases.firstIndex(of: self) ?? 0) + 1) }

    /// Nil for a number that is no code.
    init?(code: Double) {
        guard let index = Int(exactly: code), Self.allCases.indices.contains(index - 1) else { return nil }
        self = Self.allCases[index - 1]
    }

    /// Rank 0's outcome on every rank, with its word on whether the last iterations are taken back; nil for "go on".
    /// One scalar broadcast where the map is distributed.
    static func agreed(
        _ outcome: SolverOutcome?, takingBack: Bool, over map: some SymmetricMap
    ) throws -> (outcome: SolverOutcome, isTakenBack: Bool)? {
        let message = try map.valueOfFirstRank((outcome?.code ?? 0) * (takingBack ? -1 : 1))
        return SolverOutcome(code: abs(message)).map { ($0, message < 0) }
    }
}
