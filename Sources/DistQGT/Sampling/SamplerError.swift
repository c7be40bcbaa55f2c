import Communication

/// A sampler that cannot be set up, or cannot go on. It follows from what every rank knows, so every rank throws
/// it alike.
public enum SamplerError: CollectiveError, Equatable, CustomStringConvertible {
    /// A count that must be at least `minimum`.
    case countTooSmall(name: String, value: Int, minimum: Int)
    case tooManyChains(Int)
    /// Chains and replicas of each.
    case tooManyReplicas(chains: Int, replicas: Int)
    case invalidBeta(Double)
    case replicasWithoutAmplitudes
    case tooManySamples(Int)
    case flipsExceedSites(flips: Int, sites: Int)
    case noPairs
    case pairOutOfRange(first: Int, second: Int, sites: Int)
    case emptyMixture
    case invalidWeight(Double)
    case otherSiteCount(space: Int, waveFunction: Int)
    case noConfigurations(HilbertSpaceError)
    case exchangeOfDifferentSites(first: Int, second: Int)
    case leavesSector(flips: Int)
    case otherSector
    case notAutoregressive
    case everyAmplitudeInvalid
    case amplitudeInvalid
    case waveFunctionVanishes

    public var description: String {
        switch self {
        case .countTooSmall(let name, let value, let minimum):
            "\(name) is \(value); it must be at least \(minimum)"
        case .tooManyChains(let chains):
            "chains is \(chains); at most 2^32 chains have a random stream of their own"
        case .tooManyReplicas(let chains, let replicas):
            "\(replicas) replicas of \(chains) chains; at most 2^32 replicas have a random stream of their own"
        case .invalidBeta(let beta):
            "the least inverse temperature of several replicas is \(beta); it must lie between 0 and 1"
        case .replicasWithoutAmplitudes:
            "several replicas of a chain need the wave function's amplitudes"
        case .tooManySamples(let samples):
            "samples is \(samples): rounded up to a multiple of chains it is too large to be counted"
        case .flipsExceedSites(let flips, let sites):
            "flips is \(flips), but there are only \(sites) sites to flip"
        case .noPairs:
            "the exchange rule has no pairs of sites to exchange"
        case .pairOutOfRange(let first, let second, let sites):
            "exchange pair (\(first), \(second)) is not a pair of distinct sites out of \(sites)"
        case .emptyMixture:
            "the mixture of rules is empty"
        case .invalidWeight(let weight):
            "rule weight \(weight) is not a finite number ≥ 0, or all weights of the mixture are 0"
        case .otherSiteCount(let space, let waveFunction):
            "the samples are to have \(space) sites, the wave function has \(waveFunction)"
        case .noConfigurations(let error):
            "there is no configuration to begin with: \(error)"
        case .exchangeOfDifferentSites(let first, let second):
            "sites \(first) and \(second) of an exchange have different local states"
        case .leavesSector(let flips):
            "the local rule with flips = \(flips) leaves every sector of fixed total_sz: "
                + "use exchange or an even number of flips"
        case .otherSector:
            "the samples' total_sz is not the one that the wave function is normalised for"
        case .notAutoregressive:
            "samples are drawn directly only from an autoregressive network"
        case .everyAmplitudeInvalid:
            "log psi is not a number for every proposal of every chain"
        case .amplitudeInvalid:
            "log psi is not a number (or +infinity) for a state of the basis"
        case .waveFunctionVanishes:
            "psi is zero for every state of the basis"
        }
    }
}

/// Stored chains that a sampler cannot go on with. A rank that has other chains may have none to complain of.
public struct ChainStateError: Error, Equatable, CustomStringConvertible {
    public let reason: String

    public var description: String { "the stored chains do not fit this sampler: \(reason)" }
}
