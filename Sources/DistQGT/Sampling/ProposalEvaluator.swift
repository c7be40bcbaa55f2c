/// Evaluates Metropolis proposals of a rank's chains, some or all of them in step.
///
/// The sampler knows a wave function only through this protocol. `BatchedProposals` serves any
/// `LogAmplitudes`; an ansatz with a cheaper way to an amplitude ratio brings its own evaluator.
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
}

/// One proposal for each of a rank's chains, and the decision on it. Owns its memory, allocated once.
public final class ProposalBatch {
    /// Number of chains.
    public let count: Int
    /// The chains, counted from the rank's first, that the proposals at hand are for.
    public internal(set) var chains: Range<Int> {
        get { range.pointee }
        set { range.pointee = newValue }
    }
    /// Behind an address: it is read so often that checks of exclusive access would be felt.
    private let range: UnsafeMutablePointer<Range<Int>>
    /// Room for sites per proposal.
    public let maximumFlips: Int
    /// Sites to flip: those of chain c start at `c × maximumFlips`.
    public let flips: UnsafeMutablePointer<Int32>
    /// Number of sites to flip for each chain; 0 is a null proposal.
    public let flipCounts: UnsafeMutablePointer<Int32>
    /// log |ψ(σ′)/ψ(σ)| for each chain.
    public let logModulusRatios: UnsafeMutablePointer<Double>
    /// ln u of the uniform number that each chain's decision is made with: accepted if ln u < 2 log |ψ(σ′)/ψ(σ)|.
    public let logThresholds: UnsafeMutablePointer<Double>
    /// Decisions, one for each chain; false for null proposals.
    public let accepted: UnsafeMutablePointer<Bool>

    public init(count: Int, maximumFlips: Int) {
        self.count = count
        range = .allocate(capacity: 1)
        range.initialize(to: 0..<count)
        self.maximumFlips = maximumFlips
        flips = .allocate(capacity: count * maximumFlips)
        flips.initialize(repeating: 0, count: count * maximumFlips)
        flipCounts = .allocate(capacity: count)
        flipCounts.initialize(repeating: 0, count: count)
        logModulusRatios = .allocate(capacity: count)
        logModulusRatios.initialize(repeating: 0, count: count)
        logThresholds = .allocate(capacity: count)
        logThresholds.initialize(repeating: 0, count: count)
        accepted = .allocate(capacity: count)
        accepted.initialize(repeating: false, count: count)
    }

    deinit {
        range.deallocate()
        flips.deallocate()
        flipCounts.deallocate()
        logModulusRatios.deallocate()
        logThresholds.deallocate()
        accepted.deallocate()
    }

    /// Flips the sites of chain `chain`'s proposal in `spins`, its configuration. Its own inverse.
    @inline(__always)
    public func flip(chain: Int, in spins: UnsafeMutablePointer<Int8>) {
        let sites = flips + chain * maximumFlips
        for index in 0..<Int(flipCounts[chain]) {
            let site = Int(sites[index])
            spins[site] = -spins[site]
        }
    }
}
