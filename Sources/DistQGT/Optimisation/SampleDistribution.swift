/// How the samples of a step lie on the ranks.
public struct SampleDistribution: Sendable, Equatable {
    /// Samples of this rank.
    public let local: Int
    /// Samples of all ranks.
    public let total: Int
    public let ranks: Int
    /// Kept samples of a chain; nil for a full summation, whose samples are the whole basis.
    public let chainLength: Int?
    /// Whether samples are drawn directly, without proposals.
    public let isDirect: Bool

    public init(local: Int, total: Int, ranks: Int, chainLength: Int?, isDirect: Bool = false) {
        self.local = local
        self.total = total
        self.ranks = ranks
        self.chainLength = chainLength
        self.isDirect = isDirect
    }

    /// Markov chains of this rank; nil for a full summation and for direct sampling.
    public var markovChains: Int? { isDirect ? nil : chainLength.map { local / $0 } }
    public var isFullSummation: Bool { chainLength == nil }
}
