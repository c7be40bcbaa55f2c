import RealModule

/// The rule that turns an update direction δ (the SR solution, or the forces) into a change of the
/// parameters.
public enum OptimiserRule: Sendable, Hashable {
    /// θ ← θ − η δ.
    case gradientDescent
    /// v ← β v + δ, θ ← θ − η v (Polyak 1964).
    case momentum(beta: Double)
    /// Kingma and Ba, ICLR 2015, on the real components of δ.
    case adam(beta1: Double, beta2: Double, epsilon: Double)

    /// Parameter vectors that its memory holds.
    package var rememberedVectors: Int {
        switch self {
        case .gradientDescent: 0
        case .momentum: 1
        case .adam: 2
        }
    }
}

/// An optimiser with its memory, the same on every rank.
public final class Optimiser {
    public let rule: OptimiserRule
    /// Named vectors, which lie where directions do.
    private var vectors: [String: ParameterVector] = [:]
    /// What a checkpoint stored of those that have not been used since.
    private var restored: [String: [Double]] = [:]
    /// Updates made so far.
    public private(set) var updateCount = 0

    public init(_ rule: OptimiserRule) { self.rule = rule }

    /// Takes back what a checkpoint stored.
    public func restore(state: [String: [Double]], updateCount: Int) {
        restored = state
        vectors = [:]
        self.updateCount = updateCount
    }

    /// Named vectors, as a checkpoint stores them. Local.
    public var state: [String: [Double]] { restored.merging(vectors.mapValues(\.values)) { $1 } }

    /// Overwrites `direction` (δ) with the change of the parameters. Collective over the ranks of the direction's memory.
    public func makeUpdate(_ direction: ParameterVector, learningRate: Double) {
        updateCount += 1
        switch rule {
        case .gradientDescent:
            direction.scale(by: -learningRate)
        case .momentum(let beta):
            let velocity = remembered("velocity", direction)
            velocity.scale(by: beta, adding: direction)
            velocity.publish()
            direction.assign(from: velocity)
            direction.scale(by: -learningRate)
        case .adam(let beta1, let beta2, let epsilon):
            let mean = remembered("first_moment", direction)
            let square = remembered("second_moment", direction)
            let correction1 = 1 - Double.pow(beta1, updateCount)
            let correction2 = 1 - Double.pow(beta2, updateCount)
            mean.setEach { beta1 * mean[$0] + (1 - beta1) * direction[$0] }
            square.setEach { beta2 * square[$0] + (1 - beta2) * direction[$0] * direction[$0] }
            direction.setEach {
                -learningRate * (mean[$0] / correction1) / ((square[$0] / correction2).squareRoot() + epsilon)
            }
            mean.publish()
            square.publish()
        }
    }

    private func remembered(_ name: String, _ like: ParameterVector) -> ParameterVector {
        if let vector = vectors[name] { return vector }
        let vector = like.makeZero()
        if let values = restored.removeValue(forKey: name) { vector.setEach { values[$0] } }
        vectors[name] = vector
        return vector
    }
}
