import Communication

/// The samples one rank's chains gave in one step, and what the sampling cost.
public struct Samples: Sendable {
    /// `chains.count × length` configurations, chain-major: local row (k − chains.lowerBound)·length + t
    /// is sample t of chain k.
    public let configurations: Configurations
    /// log ψ of each, real and imaginary part in turn, if the evaluator had them at hand.
    public let logPsi: [Double]?
    /// Global numbers of this rank's chains.
    public let chains: Range<Int>
    /// L, kept samples per chain.
    public let length: Int
    /// This rank's proposals, discarded sweeps included; those of replicas at β < 1 are not counted.
    public let counts: ProposalCounts

    /// Global number b = k·L + t of the first local sample.
    public var offset: Int { chains.lowerBound * length }
}

/// What became of a number of proposals.
public struct ProposalCounts: Sendable, Equatable {
    /// All proposals, null ones included.
    public var proposed = 0
    /// Proposals that changed a configuration.
    public var accepted = 0
    /// Proposals that change nothing (exchange of equal spins, a flip that would leave the sector): they
    /// count as proposed and not as accepted.
    public var null = 0
    /// Proposals rejected because log ψ was not a number or +∞.
    public var invalid = 0
    /// All proposals and those that were accepted, by the raw value of `MoveKind`; 0 where all are of one kind.
    public var proposedByKind = SIMD4<Int>()
    public var acceptedByKind = SIMD4<Int>()

    /// Exchanges proposed of each pair of neighbouring replicas.
    public var swaps = 0
    /// Those that were accepted, pair by pair from β = 1 on; empty without replicas.
    public var acceptedSwaps: [Int] = []

    public init() {}

    /// - Parameter replicas: of each chain.
    init(replicas: Int) { acceptedSwaps = [Int](repeating: 0, count: replicas - 1) }

    /// Of all kinds together.
    ///
    /// - Parameter numbers: proposed, accepted, null and invalid ones.
    init(_ numbers: [Int]) {
        (proposed, accepted, null, invalid) = (numbers[0], numbers[1], numbers[2], numbers[3])
    }

    /// Proposed, accepted, null and invalid proposals over all ranks. Collective: one allreduce.
    func summed(over communicator: Communicator) throws -> [Int] {
        var numbers = [proposed, accepted, null, invalid]
        try communicator.allReduce(&numbers)
        return numbers
    }

    /// Accepted over proposed; NaN without proposals.
    public var acceptance: Double { Double(accepted) / Double(proposed) }

    /// The same of each kind of move, where there are several; empty otherwise.
    public var acceptanceByKind: [(kind: MoveKind, acceptance: Double)] {
        let found = MoveKind.allCases.filter { proposedByKind[Int($0.rawValue)] > 0 }
        guard found.count > 1 else { return [] }
        return found.map {
            ($0, Double(acceptedByKind[Int($0.rawValue)]) / Double(proposedByKind[Int($0.rawValue)]))
        }
    }

    /// Accepted exchanges of each pair of neighbouring replicas over those proposed, from β = 1 on; empty without replicas.
    public var swapAcceptance: [Double] { acceptedSwaps.map { Double($0) / Double(swaps) } }

    mutating func add(_ other: ProposalCounts) {
        proposed += other.proposed
        accepted += other.accepted
        null += other.null
        invalid += other.invalid
        proposedByKind &+= other.proposedByKind
        acceptedByKind &+= other.acceptedByKind
        swaps += other.swaps
        if acceptedSwaps.isEmpty {
            acceptedSwaps = other.acceptedSwaps
        } else {
            for (pair, count) in other.acceptedSwaps.enumerated() { acceptedSwaps[pair] += count }
        }
    }

    /// What `reduced` sends.
    ///
    /// - Parameter replicas: of each chain.
    package static func messages(replicas: Int) -> [CollectiveRecord] {
        [.reals(4 + 2 * MoveKind.allCases.count + (replicas > 1 ? replicas : 0))]
    }

    /// Sums over all ranks, which count exchanges of equally many replicas. Collective: one allreduce of ten integers, and of one
    /// for each replica where there are several.
    ///
    /// - Throws: `SamplerError.everyAmplitudeInvalid`, on every rank, if every proposal that changes
    ///   something was invalid; `MPIError` from the reduction.
    public func reduced(over communicator: Communicator) throws -> ProposalCounts {
        let kinds = MoveKind.allCases.map { Int($0.rawValue) }
        var values =
            [proposed, accepted, null, invalid] + kinds.map { proposedByKind[$0] } + kinds.map { acceptedByKind[$0] }
        if !acceptedSwaps.isEmpty { values += [swaps] + acceptedSwaps }
        try communicator.allReduce(&values)
        var total = ProposalCounts(values)
        for (index, kind) in kinds.enumerated() {
            total.proposedByKind[kind] = values[4 + index]
            total.acceptedByKind[kind] = values[4 + kinds.count + index]
        }
        let rest = values[(4 + 2 * kinds.count)...]
        total.swaps = rest.first ?? 0
        total.acceptedSwaps = Array(rest.dropFirst())
        guard total.invalid == 0 || total.invalid < total.proposed - total.null else {
            throw SamplerError.everyAmplitudeInvalid
        }
        return total
    }
}
