import Communication

/// How the samples of a step lie on the ranks.
public struct SampleDistribution: Sendable, Equatable {
    /// Samples of this rank.
    public let local: Int
    /// Samples of all ranks.
    public let total: Int
    public let ranks: Int
    /// Whether all ranks are on one node and share memory.
    public let sharesMemory: Bool
    /// Ranks of a node that have parameter vectors in common; 1 where each has its own.
    public let ranksPerVector: Int
    /// Kept samples of a chain; nil for a full summation, whose samples are the whole basis.
    public let chainLength: Int?
    /// Whether samples are drawn directly, without proposals.
    public let isDirect: Bool
    /// Replicas of each Markov chain.
    public let replicas: Int
    /// The blocks in which sums over samples are formed; nil for plain sums.
    public let blocks: BlockPartition?

    public init(
        local: Int, total: Int, ranks: Int, chainLength: Int?, isDirect: Bool = false, replicas: Int = 1,
        blocks: BlockPartition? = nil,
        sharesMemory: Bool = false, ranksPerVector: Int = 1
    ) {
        self.local = local
        self.total = total
        self.ranks = ranks
        self.sharesMemory = sharesMemory
        self.ranksPerVector = ranksPerVector
        self.chainLength = chainLength
        self.isDirect = isDirect
        self.replicas = replicas
        self.blocks = blocks
    }

    /// Chunks of at most so many samples that this rank's samples are cut into.
    func chunkCount(rows: Int) -> Int {
        let length = blocks.map { $0.length * (chainLength ?? 1) } ?? max(1, local)
        let (whole, rest) = local.quotientAndRemainder(dividingBy: length)
        return whole * ((length + rows - 1) / rows) + (rest + rows - 1) / rows
    }

    /// Markov chains of this rank, each replica being one; nil for a full summation and for direct sampling.
    public var markovChains: Int? { isDirect ? nil : chainLength.map { local / $0 * replicas } }
    public var isFullSummation: Bool { chainLength == nil }
}
