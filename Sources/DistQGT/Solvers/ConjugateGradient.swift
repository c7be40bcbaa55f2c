/// Conjugate gradients (Hestenes and Stiefel 1952) for a symmetric positive definite map, in the real pairing.
///
/// The recursive residual is replaced by the true one every `residualInterval` iterations and at the end.
/// Decisions are rank 0's: its stop flag rides in the message of the next product, so that every rank
/// stops at the same iteration and no iteration needs a message of its own. That product counts as an
/// iteration and changes nothing: the residual need not fall from step to step, and one step more could bring
/// it back over the tolerance. One product per iteration, one more for each true residual, and one scalar
/// broadcast per solve (or per restart).
public struct ConjugateGradient: Sendable {
    /// Bound on ‖b − Ax‖/‖b‖.
    public var tolerance: Double
    public var maximumIterations: Int
    public var residualInterval: Int

    public init(tolerance: Double, maximumIterations: Int, residualInterval: Int = 50) {
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
        self.residualInterval = residualInterval
    }

    private enum Decision: Double {
        case proceed = 0, converged = 1, notPositiveDefinite = 2, notFinite = 3
    }

    /// Solves A x = b. Collective where A is.
    ///
    /// - Parameter x: the initial guess, overwritten with the solution.
    public func solve<A: SymmetricMap>(_ a: A, _ b: A.Domain, into x: A.Domain) throws -> SolverReport {
        let p = b.makeZero()
        let image = b.makeZero()
        return try a.solve(b, into: x, tolerance: tolerance, maximumIterations: maximumIterations) {
            r, normB, iterations in
            switch try iterate(a, b, x, r, p, image, normB: normB, &iterations) {
            case .notPositiveDefinite: .notPositiveDefinite
            case .notFinite: .notFinite
            case .proceed, .converged: nil
            }
        }
    }

    /// Iterates from x with residual r until rank 0 has said stop, or the iterations are used up.
    private func iterate<A: SymmetricMap>(
        _ a: A, _ b: A.Domain, _ x: A.Domain, _ r: A.Domain, _ p: A.Domain, _ image: A.Domain,
        normB: Double, _ iterations: inout Int
    ) throws -> Decision {
        p.assign(from: r)
        var squared = try r.dot(r)
        var decision = Self.judge(squared, normB, tolerance)
        while iterations < maximumIterations {
            var flag = decision.rawValue
            try a.apply(p, into: image, flag: &flag)
            let agreed = Decision(rawValue: flag) ?? .notFinite
            if agreed == .notPositiveDefinite || agreed == .notFinite { return agreed }
            iterations += 1
            if agreed == .converged { return .converged }
            let curvature = try p.dot(image)
            var advanced = false
            if decision == .proceed || decision == .converged {
                if !curvature.isFinite {
                    decision = .notFinite
                } else if curvature <= 0 {
                    // An exactly vanishing residual gives p = 0: that is convergence, not indefiniteness.
                    decision = squared == 0 ? .converged : .notPositiveDefinite
                } else {
                    let step = squared / curvature
                    x.add(step, times: p)
                    r.add(-step, times: image)
                    advanced = true
                }
            }
            // A product is made by all ranks or by none: only what all of them know decides on it.
            if iterations % residualInterval == 0 {
                try a.trueResidual(b, x, into: r)
            }
            if advanced {
                let next = try r.dot(r)
                p.scale(by: next / squared, adding: r)
                squared = next
                decision = Self.judge(squared, normB, tolerance)
            }
        }
        return decision
    }

    private static func judge(_ squared: Double, _ normB: Double, _ tolerance: Double) -> Decision {
        if !squared.isFinite { return .notFinite }
        return squared.squareRoot() <= tolerance * normB ? .converged : .proceed
    }
}
