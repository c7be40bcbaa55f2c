/// How much is sampled, and from where the chains start. Counts are totals over all ranks.
public struct SamplerParameters: Sendable, Equatable {
    /// C, the number of chains.
    public var chains: Int
    /// Kept samples per call of `sample()`, as asked for; rounded up to a multiple of `chains`.
    public var samples: Int
    /// Proposals between two kept samples of a Markov chain.
    public var sweep: Int
    /// Sweeps thrown away per Markov chain before the first kept one, at each call of `sample()`.
    public var discard: Int
    public var seed: UInt64
    /// What every configuration is in; nil for all configurations of spins 1/2 on the wave function's sites.
    public var space: HilbertSpace?
    /// The replicas of each Markov chain at higher temperatures.
    public var ladder: ReplicaLadder

    public init(
        chains: Int, samples: Int, sweep: Int = 1, discard: Int = 0, seed: UInt64, space: HilbertSpace? = nil,
        ladder: ReplicaLadder = .single
    ) {
        self.chains = chains
        self.samples = samples
        self.sweep = sweep
        self.discard = discard
        self.seed = seed
        self.space = space
        self.ladder = ladder
    }

    /// L, kept samples per chain. Meaningful for valid parameters.
    public var samplesPerChain: Int { (samples - 1) / chains + 1 }
    /// Sweeps thrown away at a call for shorter chains: in proportion, but one at least where there are any.
    ///
    /// - Parameter length: samples of each chain.
    func discard(length: Int) -> Int {
        guard length < samplesPerChain else { return discard }
        return (discard * length + samplesPerChain - 1) / samplesPerChain
    }
    /// n = C·L ≥ `samples`.
    public var roundedSamples: Int { samplesPerChain * chains }

    /// - Throws: `SamplerError` naming the first quantity that cannot be.
    public func validate(siteCount: Int) throws(SamplerError) {
        for (name, value, minimum) in [
            ("sites", siteCount, 1), ("chains", chains, 1), ("samples", samples, 1), ("sweep", sweep, 1),
            ("discard", discard, 0),
        ] where value < minimum {
            throw .countTooSmall(name: name, value: value, minimum: minimum)
        }
        guard UInt64(chains) <= 1 << 32 else { throw .tooManyChains(chains) }
        try ladder.validate()
        let (all, overflows) = chains.multipliedReportingOverflow(by: ladder.replicas)
        guard !overflows, UInt64(all) <= 1 << 32 else {
            throw .tooManyReplicas(chains: chains, replicas: ladder.replicas)
        }
        guard !samplesPerChain.multipliedReportingOverflow(by: chains).overflow else {
            throw .tooManySamples(samples)
        }
        if let space, space.siteCount != siteCount {
            throw .otherSiteCount(space: space.siteCount, waveFunction: siteCount)
        }
    }

    /// The space of valid parameters.
    func space(siteCount: Int) throws(SamplerError) -> HilbertSpace {
        if let space { return space }
        do { return try HilbertSpace(siteCount: siteCount) } catch { throw .noConfigurations(error) }
    }
}
