/// A list cut into blocks of consecutive items, of which every rank holds some whole: the blocks are the same on
/// any number of ranks.
public struct BlockPartition: Sendable, Equatable {
    /// Items over all ranks.
    public let total: Int
    /// Items of a block; the last one may have fewer.
    public let length: Int
    /// Number of blocks over all ranks.
    public var count: Int { (total + length - 1) / length }

    /// Samples of a block, at least: products with fewer rows are slow, and a block costs one more vector of
    /// parameters to be added up.
    public static let sampleCount = 128

    /// - Precondition: `total ≥ 0`, `length ≥ 1`.
    public init(total: Int, length: Int) {
        precondition(total >= 0 && length >= 1)
        self.total = total
        self.length = length
    }

    /// Of chains, as many in a block as make `sampleCount` samples.
    public static func ofChains(_ chains: Int, samplesPerChain length: Int) -> BlockPartition {
        BlockPartition(total: chains, length: (sampleCount + length - 1) / max(1, length))
    }

    /// Of the states of a basis.
    public static func ofStates(_ dimension: Int) -> BlockPartition {
        BlockPartition(total: dimension, length: sampleCount)
    }

    /// The blocks of a rank.
    private func blocks(rank: Int, size: Int) -> Shard { .block(of: count, rank: rank, size: size) }

    /// The items of a rank.
    public func shard(rank: Int, size: Int) -> Shard {
        let blocks = blocks(rank: rank, size: size)
        let first = min(total, blocks.offset * length)
        return Shard(offset: first, count: min(total, (blocks.offset + blocks.count) * length) - first)
    }

    /// Sums over lists of which each item of this one has `multiplicity` items, on the ranks of a communicator.
    public func sum(over communicator: Communicator, multiplicity: Int = 1) -> ShardedSum {
        let own = shard(rank: communicator.rank, size: communicator.size)
        let ranges = stride(from: 0, to: own.count, by: length).map {
            $0 * multiplicity..<min(own.count, $0 + length) * multiplicity
        }
        return sum(over: communicator, blocks: ranges)
    }

    /// - Parameter ranges: of the items that a sum has in each of this rank's blocks; they may be empty.
    package func sum(over communicator: Communicator, blocks ranges: [Range<Int>]) -> ShardedSum {
        let shards = (0..<communicator.size).map { blocks(rank: $0, size: communicator.size) }
        return ShardedSum(communicator, blocks: ranges, tree: BlockTree(shards: shards))
    }
}
