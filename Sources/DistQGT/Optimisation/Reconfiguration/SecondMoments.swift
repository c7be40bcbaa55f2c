import RealModule

/// How the diagonal shift is spread over the parameters by the moments of earlier solutions: MARCH.
///
/// With D = √v̂ + ε, v̂ = v √P/‖v‖, the equation in sample space is (A D⁻¹ Aᵀ + λ) a = e − μ A φ with the solution δ = D⁻¹ Aᵀ a
/// and φ ← δ + μ φ, v ← β₂ v + δ²: that of stochastic reconfiguration with the diagonal λ D in place of λ, in either
/// space. A parameter that has moved much is held back, one that has moved little is let go. Gu et al., "Solving the Hubbard
/// model with neural quantum states" (2025), in the first of its public forms: no bias correction, and v takes up δ², not
/// (φ_new − φ_old)².
public struct MomentScaling: Sendable, Hashable {
    /// β₂.
    public var decay: Double
    /// ε.
    public var epsilon: Double

    public init(decay: Double = 0.995, epsilon: Double = 1e-3) {
        self.decay = decay
        self.epsilon = epsilon
    }
}

/// v, the decayed sum of the squares of solutions, and the diagonal that is made from it.
public final class SecondMoments {
    public let scaling: MomentScaling
    /// Nil before the first solution.
    public private(set) var moments: ParameterVector?
    private var restored: [Double]?

    public init(_ scaling: MomentScaling) { self.scaling = scaling }

    /// v, as a checkpoint stores it; nil before the first solution. Local.
    public var values: [Double]? { moments?.values ?? restored }

    /// Takes back what a checkpoint stored; nil for nothing.
    public func restore(_ values: [Double]?) { (moments, restored) = (nil, values) }

    /// D = √v̂ + ε, 1 + ε before the first solution. Collective over the ranks of the vector's memory.
    ///
    /// - Parameter vector: one that lies where D is to lie.
    package func diagonal(like vector: ParameterVector) -> ParameterVector {
        let diagonal = vector.makeZero()
        let moments = present(like: vector)
        let norm = moments.norm()
        let factor = norm > 0 ? Double(moments.count).squareRoot() / norm : 0
        diagonal.setEach { (norm > 0 ? (factor * moments[$0]).squareRoot() : 1) + scaling.epsilon }
        diagonal.publish()
        return diagonal
    }

    /// Takes up the solution of a step. Collective over the ranks of its memory.
    ///
    /// - Parameters:
    ///   - direction: φ of this step, the same on every rank.
    ///   - previous: φ of the one before; nil for zero.
    ///   - momentum: μ, the share of it that this one has.
    package func add(_ direction: ParameterVector, previous: ParameterVector?, momentum: Double) {
        let moments = present(like: direction)
        moments.setEach { index in
            let solution = direction[index] - (previous.map { momentum * $0[index] } ?? 0)
            return scaling.decay * moments[index] + solution * solution
        }
        moments.publish()
    }

    private func present(like vector: ParameterVector) -> ParameterVector {
        if let moments, moments.memory === vector.memory { return moments }
        let moments = vector.makeZero()
        if let values = self.moments?.values ?? restored { moments.setEach { values[$0] } }
        moments.publish()
        (self.moments, restored) = (moments, nil)
        return moments
    }
}
