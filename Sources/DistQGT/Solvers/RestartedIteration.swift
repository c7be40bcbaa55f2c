import LinearAlgebra

/// What the Krylov solvers share: they iterate on a recursive residual, and the true one, b − A x, says how the
/// solve went and whether to start again from it.
extension SymmetricMap {
    /// r ← b − A x. One product.
    public func trueResidual(_ b: Domain, _ x: Domain, into r: Domain) throws {
        try apply(x, into: r)
        r.scale(by: -1, adding: b)
    }

    /// Solves A x = b by repeating `iterate` until rank 0 says that the true residual is small enough, cannot be
    /// made smaller, or that something failed. One product for each true residual, and one scalar broadcast for
    /// each repetition, beside those of `iterate`. What fails leaves nothing worse than what its last repetition began
    /// with. Collective where A is.
    ///
    /// - Parameters:
    ///   - x: the initial guess, overwritten with the solution.
    ///   - iterate: given the residual r at x, ‖b‖ and the count of iterations so far, improves x and counts.
    ///     Returns what failed, or nil.
    public func solve(
        _ b: Domain, into x: Domain, tolerance: Double, maximumIterations: Int,
        _ iterate: (_ r: Domain, _ normB: Double, _ iterations: inout Int) throws -> SolverOutcome?
    ) throws -> SolverReport {
        let normB = try b.norm()
        guard normB.isFinite else {
            x.setToZero()
            return SolverReport(outcome: .notFinite, iterations: 0, residual: .nan)
        }
        guard normB > 0 else {
            x.setToZero()
            return SolverReport(outcome: .converged, iterations: 0, residual: 0)
        }
        let r = b.makeZero()
        var iterations = 0
        var residual = 1.0
        let normX = try x.norm()
        if normX > 0, normX.isFinite {
            try trueResidual(b, x, into: r)
            residual = try r.norm() / normB
        } else {
            x.setToZero()
            r.assign(from: b)
        }
        let start = x.makeZero()
        while true {
            start.assign(from: x)
            var outcome = try iterate(r, normB, &iterations)
            let previous = residual
            try trueResidual(b, x, into: r)
            residual = try r.norm() / normB
            if !residual.isFinite {
                outcome = .notFinite
            } else if outcome == nil {
                if residual <= tolerance {
                    outcome = .converged
                } else if iterations >= maximumIterations {
                    outcome = .iterationLimit
                } else if residual > 0.5 * previous {
                    // Starting again from the true residual no longer helps: the limit of rounding, or a
                    // least-squares solution of a singular system.
                    outcome = .stagnated
                }
            }
            let didHarm = outcome?.isFailure == true && !(residual <= previous)
            // Every rank computed this from equal numbers, up to their rounding; rank 0's word counts.
            if let (outcome, isTakenBack) = try SolverOutcome.agreed(outcome, takingBack: didHarm, over: self) {
                if isTakenBack {
                    x.assign(from: start)
                    residual = previous
                }
                return SolverReport(outcome: outcome, iterations: iterations, residual: residual)
            }
        }
    }
}
