import Foundation

/// How the size of a step is chosen from the estimate of its error: a step that is worse than the tolerance is made again,
/// shorter; the next one is as long as the estimate allows.
public struct StepSizeControl: Sendable, Equatable {
    /// How far the two results of a step, whose parameters differ by δ, are apart.
    public enum Norm: String, Sendable, CaseIterable {
        /// The angle between the states, √(δᵀSδ) where they are close.
        case metric = "s"
        /// √(δᵀδ).
        case plain
    }

    /// The largest error of a step.
    public let tolerance: Double
    public let norm: Norm

    private static let safety = 0.9
    private static let limits = 0.2...2.0

    public init(tolerance: Double, norm: Norm = .metric) {
        precondition(tolerance > 0)
        self.tolerance = tolerance
        self.norm = norm
    }

    /// The size of the next step over that of one with this error, clip(0.9 (tolerance/error)^(1/(q+1)), 0.2, 2).
    ///
    /// - Parameter order: q of the estimate.
    public func factor(error: Double, order: Int) -> Double {
        guard error != 0 else { return Self.limits.upperBound }
        let factor = Self.safety * pow(tolerance / error, 1 / Double(order + 1))
        // NaN is an error that is not finite.
        guard factor >= Self.limits.lowerBound else { return Self.limits.lowerBound }
        return min(factor, Self.limits.upperBound)
    }

    /// Of a step after which the size cannot grow: it was longer than what is left of an interval.
    public static var largestFactor: Double { limits.upperBound }
}
