import LinearAlgebra

/// Iterative refinement with a cheaper map (Wilkinson 1963; in mixed precision: Carson and Higham, SIAM J. Sci.
/// Comput. 40, A817, 2018): residuals b − A x are those of A, corrections are solved by conjugate gradients
/// with Ã ≈ A, typically A in single precision, to a loose tolerance. The residual that is reached is that of A
/// alone; how fast, depends on κ(A)·‖A − Ã‖/‖A‖, which has to be below one.
///
/// One product with Ã per iteration, one product with A and one scalar broadcast per correction, one more
/// product with A where x does not start at zero. Where inner products are collective, also those of
/// `ConjugateGradient` and two norms for each correction.
public struct IterativeRefinement: Sendable {
    /// Bound on ‖b − Ax‖/‖b‖.
    public var tolerance: Double
    /// Bound on the residual of a correction, relative to the residual that it corrects.
    public var innerTolerance: Double
    /// Iterations of all corrections together.
    public var maximumIterations: Int

    public init(tolerance: Double, innerTolerance: Double = 1e-4, maximumIterations: Int) {
        self.tolerance = tolerance
        self.innerTolerance = innerTolerance
        self.maximumIterations = maximumIterations
    }

    /// Solves A x = b. Collective where the maps are.
    ///
    /// Where Ã is met as indefinite but the correction still helps, the refinement goes on; it ends as
    /// `notPositiveDefinite` where it does not. A last correction that did harm is taken back.
    ///
    /// - Parameters:
    ///   - approximation: Ã, over the same ranks.
    ///   - x: the initial guess, overwritten with the solution.
    ///   - preconditioner: M⁻¹ ≈ A⁻¹ for the corrections.
    public func solve<A: SymmetricMap, Approximation: SymmetricMap>(
        _ a: A, approximation: Approximation, _ b: A.Domain, into x: A.Domain,
        preconditioner: (any Preconditioner<A.Domain>)? = nil
    ) throws -> SolverReport where Approximation.Domain == A.Domain {
        let correction = b.makeZero()
        let work = ConjugateGradient.Workspace(like: b, isPreconditioned: preconditioner != nil)
        var previous = 1.0
        var wasIndefinite = false
        let report = try a.solve(b, into: x, tolerance: tolerance, maximumIterations: maximumIterations) {
            r, normB, iterations in
            let norm = try r.norm()
            previous = norm / normB
            // What is left to do may be less than a whole correction.
            let rest = norm > 0 ? 0.5 * tolerance * normB / norm : 1
            let inner = ConjugateGradient(
                tolerance: max(innerTolerance, rest), maximumIterations: maximumIterations, residualInterval: .max)
            correction.setToZero()
            let outcome = try inner.iterate(
                approximation, r, correction, r, work, preconditioner, normB: norm, &iterations)
            x.add(1, times: correction)
            wasIndefinite = outcome == .notPositiveDefinite
            return wasIndefinite ? nil : outcome
        }
        guard report.outcome == .stagnated || report.outcome == .iterationLimit || report.outcome.isFailure else {
            return report
        }
        var residual = report.residual
        if try a.valueOfFirstRank(residual > previous ? 1 : 0) == 1 {
            x.add(-1, times: correction)
            residual = previous
        }
        let outcome = wasIndefinite && report.outcome == .stagnated ? .notPositiveDefinite : report.outcome
        return SolverReport(outcome: outcome, iterations: report.iterations, residual: residual)
    }
}
