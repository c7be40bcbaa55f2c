/// Evaluates Metropolis proposals of a rank's chains, some or all of them in step.
///
/// The sampler knows a wave function only through this protocol. `BatchedProposals` serves any
/// `LogAmplitudes`; a factor with a cheaper way to an amplitude ratio brings its own evaluator.
/// Local: no communication.
///
/// A chain's ratios may depend, bit for bit, on its global number and its own history only, never on
/// which other chains live on the same rank.
public protocol ProposalEvaluator: AnyObject {
    /// N, the number of sites.
    var siteCount: Int { get }
    /// How many chains are best advanced in step, from one kept sample to the next, before others are: all of
    /// them (the default) where they are evaluated together, few where each keeps much in the cache.
    var chainsInStep: Int { get }
    /// Takes the chains' configurations over, at the wave function's current parameters.
    ///
    /// - Parameters:
    ///   - spins: `chains.count × siteCount` values ±1, row-major.
    ///   - chains: global numbers of the chains.
    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>)
    /// What does the work from this `load` to the next: itself, or what it would only pass calls on to.
    var acting: any ProposalEvaluator { get }
    /// Writes log |ψ(σ′)| − log |ψ(σ)| of the proposals for `batch.chains` into `batch.logModulusRatios`:
    /// NaN where log ψ(σ′) is not a number or +∞; otherwise +∞ where ψ(σ) is a node or is itself
    /// invalid (anything is better than where the chain is); −∞ where only ψ(σ′) is a node. Entries of
    /// null proposals are not read.
    func evaluate(_ batch: ProposalBatch)
    /// Applies the proposals for `batch.chains` that `batch.accepted` marks.
    func update(_ batch: ProposalBatch)
    /// Writes log ψ of the chains' current configurations, real and imaginary part in turn, if the
    /// evaluator has them at hand; returns whether it has.
    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool
}

extension ProposalEvaluator {
    public var chainsInStep: Int { .max }
    public var acting: any ProposalEvaluator { self }
}
