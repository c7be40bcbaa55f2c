/// A source of samples in chains that are numbered over all ranks and go on from one call of `sample()` to the next.
/// Chain k's samples are a function of the seed, k and the wave functions so far, on any number of ranks.
/// Local: no communication.
public protocol ChainSampler: AnyObject {
    var siteCount: Int { get }
    var parameters: SamplerParameters { get }
    /// Global numbers of this rank's chains.
    var chains: Range<Int> { get }
    /// Begins a draw at the wave function's current parameters: what is kept of amplitudes is computed afresh, and the
    /// samples that are to be discarded are drawn.
    ///
    /// - Parameter discard: sweeps of them.
    func begin(discard: Int)
    /// The next samples of every local chain in the draw that was begun. One draw gives the same samples in one portion
    /// as in several; the counts of a portion include what was discarded before it.
    ///
    /// - Parameter length: samples of each chain.
    func draw(length: Int) -> Samples
    /// Where the local chains stand, for a checkpoint.
    func chainState() -> ChainState
    /// Continues from stored chains, which may have run on another number of ranks.
    ///
    /// - Parameter state: covers at least this rank's chains.
    /// - Throws: `ChainStateError`; the sampler is then unchanged.
    func restore(_ state: ChainState) throws(ChainStateError)
}

extension ChainSampler {
    /// The same with as many discarded as the parameters say.
    public func begin() { begin(discard: parameters.discard) }

    /// The next samples of every local chain, at the wave function's current parameters.
    ///
    /// - Parameter length: samples of each chain; nil for as many as the parameters say.
    public func sample(length: Int? = nil) -> Samples {
        let length = length ?? parameters.samplesPerChain
        begin(discard: parameters.discard(length: length))
        return draw(length: length)
    }
}
