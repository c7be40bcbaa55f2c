/// An energy estimate with everything known about its quality.
public struct EnergyEstimate: Sendable {
    /// The formulas of the reference implementation.
    public let statistics: EnergyStatistics
    /// The error that also holds for few and short chains; nil for a full summation.
    public let honest: InitialSequenceEstimate?
    public let vScore: Double
    /// Samples over all ranks.
    public let sampleCount: Int

    /// The honest standard error; 0 for a full summation.
    public var error: Double { honest?.error ?? 0 }

    /// False as soon as one local energy is not finite.
    var isFinite: Bool { statistics.mean.isFinite && statistics.variance.isFinite }
}
