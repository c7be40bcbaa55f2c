import Communication

/// What a generation of a projection did.
public struct GenerationReport: Sendable {
    /// Counted from 1; 0 for the walkers that it starts with.
    public let generation: Int
    /// Mean and variance of the local energies, by the weights of the walkers.
    public let energy: Double
    public let variance: Double
    /// ln of the mean weight; 0 at the start.
    public let logWeight: Double
    /// (Σ w)²/(M Σ w²)
    public let effectiveShare: Double
    /// Over all ranks.
    public let moves: Int
    public let wrongSigns: Int
    /// Walkers that this rank sent to others.
    public let sent: Int
    public let seconds: Double
    public let collectives: CollectiveCounts
}
