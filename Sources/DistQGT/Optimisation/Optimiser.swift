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

/// An optimiser with its memory, replicated on every rank. Local.
public final class Optimiser {
    public let rule: OptimiserRule
    /// Named vectors, as a checkpoint stores them.
    public private(set) var state: [String: [Double]] = [:]
    /// Updates made so far.
    public private(set) var updateCount = 0

    public init(_ rule: OptimiserRule) { self.rule = rule }

    /// Takes back what a checkpoint stored.
    public func restore(state: [String: [Double]], updateCount: Int) {
        self.state = state
        self.updateCount = updateCount
    }

    /// Overwrites `direction` (δ) with the change of the parameters.
    public func makeUpdate(_ direction: ParameterVector, learningRate: Double) {
        updateCount += 1
        switch rule {
        case .gradientDescent:
            direction.scale(by: -learningRate)
        case .momentum(let beta):
            let velocity = remembered("velocity", direction)
            velocity.scale(by: beta, adding: direction)
            state["velocity"] = velocity.values
            direction.assign(from: velocity)
            direction.scale(by: -learningRate)
        case .adam(let beta1, let beta2, let epsilon):
            let mean = remembered("first_moment", direction)
            let square = remembered("second_moment", direction)
            let correction1 = 1 - Double.pow(beta1, updateCount)
            let correction2 = 1 - Double.pow(beta2, updateCount)
            for index in 0..<direction.count {
                let delta = direction[index]
                mean[index] = beta1 * mean[index] + (1 - beta1) * delta
                square[index] = beta2 * square[index] + (1 - beta2) * delta * delta
                direction[index] =
                    -learningRate * (mean[index] / correction1) / ((square[index] / correction2).squareRoot() + epsilon)
            }
            state["first_moment"] = mean.values
            state["second_moment"] = square.values
        }
    }

    private func remembered(_ name: String, _ like: ParameterVector) -> ParameterVector {
        state[name].map { ParameterVector(like.layout, values: $0) } ?? like.makeZero()
    }
}
