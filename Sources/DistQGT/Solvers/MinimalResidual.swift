import LinearAlgebra

/// MINRES (Paige and Saunders, SIAM J. Numer. Anal. 12, 617, 1975): the smallest residual in the Krylov space
/// of a symmetric map that may be indefinite or singular, in the real pairing.
///
/// Decisions are rank 0's and ride in the next product's message, as in `ConjugateGradient`.
public struct MinimalResidual: Sendable {
    /// Bound on ‖b − Ax‖/‖b‖.
    public var tolerance: Double
    public var maximumIterations: Int

    public init(tolerance: Double, maximumIterations: Int) {
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
    }

    /// Solves A x = b, or minimises ‖b − Ax‖ over the Krylov space where A is singular. Collective where A is.
    ///
    /// - Parameter x: the initial guess, overwritten with the solution.
    public func solve<A: SymmetricMap>(_ a: A, _ b: A.Domain, into x: A.Domain) throws -> SolverReport {
        // The largest element of the Lanczos matrices so far: what breakdowns are measured against, after a
        // restart too.
        var scale = 0.0
        return try a.solve(b, into: x, tolerance: tolerance, maximumIterations: maximumIterations) {
            r, normB, iterations in
            try iterate(a, x, r, normB: normB, &iterations, &scale) ? nil : .notFinite
        }
    }

    /// One Lanczos run from the residual r; adds the correction to x. Returns whether all numbers stayed finite.
    private func iterate<A: SymmetricMap>(
        _ a: A, _ x: A.Domain, _ r: A.Domain, normB: Double, _ iterations: inout Int, _ scale: inout Double
    ) throws -> Bool {
        let start = try r.norm()
        // Lanczos vectors and search directions, the present ones and the ones before.
        var (v, vOld) = (r.makeZero(), r.makeZero())
        v.assign(from: r)
        // A residual that vanishes is a decision too: it rides in the first product.
        if start > 0 { v.scale(by: 1 / start) }
        var (d, dOld) = (r.makeZero(), r.makeZero())
        let image = r.makeZero()
        // The last two Givens rotations, the off-diagonal element and the residual they leave.
        var (cosine, sine, cosineOld, sineOld) = (1.0, 0.0, 1.0, 0.0)
        var beta = 0.0
        var eta = start
        var stop = start > 0 ? 0 : Self.finished
        while iterations < maximumIterations {
            var stopFlag = stop
            try a.apply(v, into: image, stopFlag: &stopFlag)
            if stopFlag != 0 { return stopFlag != Self.notFinite }
            iterations += 1
            // Inner products are made by all ranks or by none: what one rank alone has come to changes its
            // numbers, not its messages.
            let alpha = try v.dot(image)
            image.add(-alpha, times: v)
            image.add(-beta, times: vOld)
            let next = try image.norm()
            guard stop == 0 else { continue }
            guard alpha.isFinite, next.isFinite else {
                stop = Self.notFinite
                continue
            }
            scale = max(scale, abs(alpha), next)
            let delta = cosine * alpha - cosineOld * sine * beta
            let rho1 = (delta * delta + next * next).squareRoot()
            let rho2 = sine * alpha + cosineOld * cosine * beta
            let rho3 = sineOld * beta
            // ‖A r‖/‖r‖ of the residual at hand (Choi, Paige and Saunders, SIAM J. Sci. Comput. 33, 1810, 2011). Where
            // it vanishes against ‖A‖, the residual is that of a least-squares solution, and one more step would
            // divide by rounding.
            let slope = (delta * delta + cosine * cosine * next * next).squareRoot() / scale
            let gain = delta * delta / (rho1 * rho1)
            guard slope > Self.leastSquares, slope > Self.nearLeastSquares || gain > Self.noGain else {
                stop = Self.finished
                continue
            }
            (cosineOld, sineOld) = (cosine, sine)
            (cosine, sine) = (delta / rho1, next / rho1)
            dOld.scale(by: -rho3 / rho1)
            dOld.add(1 / rho1, times: v)
            dOld.add(-rho2 / rho1, times: d)
            (d, dOld) = (dOld, d)
            x.add(cosine * eta, times: d)
            eta = -sine * eta
            (vOld, v) = (v, vOld)
            if next > Self.breakdown * scale {
                v.assign(from: image)
                v.scale(by: 1 / next)
            } else {
                stop = Self.finished
            }
            beta = next
            if abs(eta) <= tolerance * normB { stop = Self.finished }
        }
        return stop != Self.notFinite
    }

    /// What counts as zero against the largest element of the Lanczos matrix, which loses its orthogonality
    /// long before the last bit.
    private static let breakdown = 1e-11
    /// ‖A r‖ against ‖A‖‖r‖ below which r counts as lying outside the range of A: smaller eigenvalues are not
    /// told from zero. Past that point the recursion brings back directions it had already solved, and x grows
    /// without bound.
    private static let leastSquares = 1e-9
    /// A residual this near to that state, whose square the next step would lower by less than `noGain` of itself,
    /// is taken to be there.
    private static let nearLeastSquares = 1e-6
    private static let noGain = 1e-10
    private static let finished = 1.0
    private static let notFinite = 2.0
}
