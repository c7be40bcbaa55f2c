/// What one rank asks the amplitude ratios of a wave function for.
public struct RatioWork: Sendable {
    /// Markov chains of this rank; 0 for a full summation and for direct sampling.
    public var chains: Int
    /// Samples of this rank.
    public var samples: Int
    /// Samples whose local energies are computed together.
    public var sampleBatch: Int
    /// Rows of an evaluation for the sampler.
    public var samplingRows: Int
    /// Rows of an evaluation for local energies, at most.
    public var energyRows: Int
    /// Whether proposals are screened in single precision.
    public var isScreened = false
    /// Whether samples are drawn from conditional probabilities.
    public var isDirect = false

    public init(chains: Int, samples: Int, sampleBatch: Int, samplingRows: Int, energyRows: Int) {
        self.chains = chains
        self.samples = samples
        self.sampleBatch = sampleBatch
        self.samplingRows = samplingRows
        self.energyRows = energyRows
    }

    /// Rows that a full summation evaluates together; 0 with chains.
    public var summationRows: Int { samples > 0 && chains == 0 ? samplingRows : 0 }
}

/// The memory that amplitude ratios of one rank need, for chains and for local energies. Known before
/// anything is allocated.
public struct RatioMemory: Sendable {
    /// The most configurations that are evaluated together without a tape.
    public var evaluatedRows: Int
    /// Bytes of tables, of what is kept for each chain and sample, and of connected configurations.
    public var bytes: Int

    public init(evaluatedRows: Int, bytes: Int) {
        self.evaluatedRows = evaluatedRows
        self.bytes = bytes
    }
}
