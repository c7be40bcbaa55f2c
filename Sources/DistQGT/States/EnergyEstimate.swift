/// An energy estimate with everything known about its quality.
public struct EnergyEstimate: Sendable {
    /// The formulas of the reference implementation.
    public let statistics: EnergyStatistics
    /// The error that also holds for few and short chains; nil for a full summation.
    public let withAutocorrelation: InitialSequenceEstimate?
    public let vScore: Double
    /// Samples over all ranks.
    public let sampleCount: Int
    /// Of an ensemble the energies of its states, whose sum the energy is; nil for any other wave function.
    public internal(set) var ensemble: EnsembleEnergies?
    /// What makes it say nothing, or not what it seems to say; found for measurements, not in each step.
    public internal(set) var faults: [EstimateFault] = []

    /// The honest standard error; 0 for a full summation.
    public var error: Double { withAutocorrelation?.error ?? 0 }

    /// Population variance of the local energies; NaN for a single sample, which has none.
    public var variance: Double { withAutocorrelation != nil && sampleCount == 1 ? .nan : statistics.variance }
    /// NaN where the variance means nothing, and of an ensemble: what the score is good for is known of ground states.
    public var trustedVScore: Double { faults.isEmpty && !variance.isNaN && ensemble == nil ? vScore : .nan }

    /// False as soon as one local energy is not finite.
    var isFinite: Bool { statistics.mean.isFinite && statistics.variance.isFinite }
}
