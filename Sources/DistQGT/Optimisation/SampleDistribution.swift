/// How the samples of a step lie on the ranks.
public struct SampleDistribution: Sendable, Equatable {
    /// Samples of this rank.
    public let local: Int
    /// Samples of all ranks.
    public let total: Int
    public let ranks: Int
    /// Kept samples of a chain; nil for a full summation, whose samples are the whole basis.
    public let chainLength: Int?

    public init(local: Int, total: Int, ranks: Int, chainLength: Int?) {
        self.local = local
        self.total = total
        self.ranks = ranks
        self.chainLength = chainLength
    }

    /// Chains of this rank; nil for a full summation.
    public var chains: Int? { chainLength.map { local / $0 } }
    public var isFullSummation: Bool { chainLength == nil }
}
