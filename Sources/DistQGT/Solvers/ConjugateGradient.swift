import LinearAlgebra

/// Conjugate gradients (Hestenes and Stiefel 1952) for a symmetric positive definite map, in the real pairing.
///
/// The recursive residual is replaced by the true one every `residualInterval` iterations and at the end. In exact
/// arithmetic each iteration lowers φ(x) = ½⟨x, Ax⟩ − ⟨b, x⟩, that is, the error in the energy norm. Where a
/// replacement finds that φ has not fallen since the last one, what the products' rounding allows is reached: the
/// iteration starts again from the true residual, or ends. Going on, directions that rounding has spoilt would
/// lead x away again.
///
/// Decisions are rank 0's: its stop flag rides in the message of the next product, so that every rank
/// stops at the same iteration and no iteration needs a message of its own. That product counts as an
/// iteration and changes nothing: the residual need not fall from step to step, and one step more could bring
/// it back over the tolerance. One product per iteration, one more for each true residual, and one scalar
/// broadcast per solve (or per restart). Where inner products are collective, two messages of one number per
/// iteration (the second of one more with a preconditioner, and where the residual is replaced).
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
        /// `finished`: the recursive residual has met the tolerance, or rounding allows no smaller error.
        case proceed = 0
        case finished = 1
        case notPositiveDefinite = 2
        case notFinite = 3
    }

    /// Solves A x = b. Collective where A is.
    ///
    /// - Parameters:
    ///   - x: the initial guess, overwritten with the solution.
    ///   - preconditioner: M⁻¹ ≈ A⁻¹; the tolerance stays one of the residual b − A x.
    public func solve<A: SymmetricMap>(
        _ a: A, _ b: A.Domain, into x: A.Domain, preconditioner: (any Preconditioner<A.Domain>)? = nil
    ) throws -> SolverReport {
        let work = Workspace(like: b, isPreconditioned: preconditioner != nil)
        return try a.solve(b, into: x, tolerance: tolerance, maximumIterations: maximumIterations) {
            r, normB, iterations in
            try iterate(a, b, x, r, work, preconditioner, normB: normB, &iterations)
        }
    }

    /// The vectors of an iteration beside its solution and its residual.
    struct Workspace<Vector: InnerProductVector> {
        let p: Vector
        let image: Vector
        /// M⁻¹ r; nil where that is r itself.
        let z: Vector?

        init(like b: Vector, isPreconditioned: Bool) {
            p = b.makeZero()
            image = b.makeZero()
            z = isPreconditioned ? b.makeZero() : nil
        }
    }

    /// Iterates from x with residual r until rank 0 has said stop, or the iterations are used up. Returns what
    /// failed, or nil.
    ///
    /// - Parameter b: only read where the residual is replaced.
    func iterate<A: SymmetricMap>(
        _ a: A, _ b: A.Domain, _ x: A.Domain, _ r: A.Domain, _ work: Workspace<A.Domain>,
        _ preconditioner: (any Preconditioner<A.Domain>)?, normB: Double, _ iterations: inout Int
    ) throws -> SolverOutcome? {
        let (p, image, z) = (work.p, work.image, work.z)
        /// ‖r‖² and ⟨r, M⁻¹r⟩ with M⁻¹r in z, and another inner product in the same message.
        func products(
            and other: (A.Domain, A.Domain)? = nil
        ) throws -> (squared: Double, overlap: Double, other: Double?) {
            if let z, let preconditioner { preconditioner.apply(r, into: z) }
            let products = try A.Domain.dots([(r, r)] + [z.map { (r, $0) }, other].compactMap { $0 })
            return (products[0], products[z == nil ? 0 : 1], other == nil ? nil : products.last)
        }
        preconditioner?.begins(scale: normB)
        var (squared, overlap, _) = try products()
        p.assign(from: z ?? r)
        var decision = Self.judge(squared, overlap, normB, tolerance)
        /// x and r where the residual was replaced last.
        var replaced: (x: A.Domain, r: A.Domain)?
        while iterations < maximumIterations {
            var stopFlag = decision.rawValue
            try a.apply(p, into: image, stopFlag: &stopFlag)
            switch Decision(rawValue: stopFlag) ?? .notFinite {
            case .notPositiveDefinite: return .notPositiveDefinite
            case .notFinite: return .notFinite
            case .finished:
                iterations += 1
                return nil
            case .proceed: iterations += 1
            }
            // Products and inner products are made by all ranks or by none: what one rank alone has come to
            // changes its numbers, not its messages.
            let curvature = try p.dot(image)
            var advances = false
            if decision == .proceed || decision == .finished {
                if !curvature.isFinite {
                    decision = .notFinite
                } else if curvature <= 0 {
                    // An exactly vanishing residual gives p = 0: that is convergence, not indefiniteness.
                    decision = squared == 0 ? .finished : .notPositiveDefinite
                } else {
                    let step = overlap / curvature
                    x.add(step, times: p)
                    r.add(-step, times: image)
                    advances = true
                }
            }
            let isReplaced = iterations % residualInterval == 0
            if isReplaced {
                try a.trueResidual(b, x, into: r)
                // φ falls by ½⟨x − x′, r + r′⟩ on the way from x′ to x.
                replaced?.x.scale(by: -1, adding: x)
                replaced?.r.add(1, times: r)
            }
            let next = try products(and: isReplaced ? replaced : nil)
            if advances {
                p.scale(by: next.overlap / overlap, adding: z ?? r)
                preconditioner?.advanced(step: overlap / curvature, ratio: next.overlap / overlap)
                (squared, overlap) = (next.squared, next.overlap)
                decision = Self.judge(squared, overlap, normB, tolerance)
                if decision == .proceed, let descent = next.other, descent <= 0 { decision = .finished }
            }
            if isReplaced {
                let point = replaced ?? (b.makeZero(), b.makeZero())
                point.x.assign(from: x)
                point.r.assign(from: r)
                replaced = point
            }
        }
        return switch decision {
        case .notPositiveDefinite: .notPositiveDefinite
        case .notFinite: .notFinite
        case .proceed, .finished: nil
        }
    }

    private static func judge(
        _ squared: Double, _ overlap: Double, _ normB: Double, _ tolerance: Double
    ) -> Decision {
        if !squared.isFinite || !overlap.isFinite { return .notFinite }
        if squared.squareRoot() <= tolerance * normB { return .finished }
        return overlap > 0 ? .proceed : .notPositiveDefinite
    }
}
