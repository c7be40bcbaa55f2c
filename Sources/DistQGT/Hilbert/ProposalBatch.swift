import LinearAlgebra

/// One proposal for each of a rank's chains, a transition to other codes on some sites, and the decision on it. Owns its memory, allocated once.
public final class ProposalBatch {
    /// Number of chains.
    public let count: Int
    /// The chains, counted from the rank's first, that the proposals at hand are for.
    public internal(set) var chains: Range<Int> {
        get { Range(uncheckedBounds: bounds.pointee) }
        set { bounds.pointee = (newValue.lowerBound, newValue.upperBound) }
    }
    /// Behind an address: it is read so often that checks of exclusive access would be felt.
    private let bounds: UnsafeMutablePointer<(lower: Int, upper: Int)>
    /// Room for sites per proposal.
    public let maximumSites: Int
    /// Sites to change: those of chain c start at `c × maximumSites`.
    public let sites: UnsafeMutablePointer<Int32>
    /// The new code of each of `sites`: of a spin 1/2 the negative of the one it has.
    public let codes: UnsafeMutablePointer<Int8>
    /// The code that each of `sites` has.
    public let formerCodes: UnsafeMutablePointer<Int8>
    /// Number of sites to change for each chain; 0 is a null proposal.
    public let siteCounts: UnsafeMutablePointer<Int32>
    /// What each proposal is (`MoveKind`), null ones too, where there are several kinds.
    public let kinds: UnsafeMutablePointer<UInt8>
    /// log |ψ(σ′)/ψ(σ)| for each chain.
    public let logModulusRatios: UnsafeMutablePointer<Double>
    /// ln u of the uniform number that each chain's decision is made with: accepted if ln u < 2 log |ψ(σ′)/ψ(σ)|.
    public let logThresholds: UnsafeMutablePointer<Double>
    /// Decisions, one for each chain; false for null proposals.
    public let accepted: UnsafeMutablePointer<Bool>
    private let memory = BufferSet()

    public init(count: Int, maximumSites: Int) {
        self.count = count
        bounds = memory.filled(with: (0, count), count: 1)
        self.maximumSites = maximumSites
        sites = memory.filled(with: 0, count: count * maximumSites)
        codes = memory.filled(with: 0, count: count * maximumSites)
        formerCodes = memory.filled(with: 0, count: count * maximumSites)
        siteCounts = memory.filled(with: 0, count: count)
        kinds = memory.filled(with: 0, count: count)
        logModulusRatios = memory.filled(with: 0, count: count)
        logThresholds = memory.filled(with: 0, count: count)
        accepted = memory.filled(with: false, count: count)
    }

    /// Where one chain's transition is written.
    package struct Place {
        let sites: UnsafeMutablePointer<Int32>
        let codes: UnsafeMutablePointer<Int8>
        let formerCodes: UnsafeMutablePointer<Int8>
        let kind: UnsafeMutablePointer<UInt8>

        /// Change number `index` of the transition.
        @inline(__always)
        func change(_ index: Int, site: Int32, from former: Int8, to code: Int8) {
            sites[index] = site
            formerCodes[index] = former
            codes[index] = code
        }
    }

    @inline(__always)
    package func place(of chain: Int) -> Place {
        let first = chain * maximumSites
        return Place(
            sites: sites + first, codes: codes + first, formerCodes: formerCodes + first, kind: kinds + chain)
    }

    /// Makes chain `chain`'s transition in `configuration`, its current one.
    @inline(__always)
    public func apply(chain: Int, to configuration: UnsafeMutablePointer<Int8>) {
        let first = chain * maximumSites
        for place in first..<first + Int(siteCounts[chain]) { configuration[Int(sites[place])] = codes[place] }
    }

    /// Takes chain `chain`'s transition back.
    @inline(__always)
    public func revert(chain: Int, in configuration: UnsafeMutablePointer<Int8>) {
        let first = chain * maximumSites
        for place in first..<first + Int(siteCounts[chain]) { configuration[Int(sites[place])] = formerCodes[place] }
    }
}
