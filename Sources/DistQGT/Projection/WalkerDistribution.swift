import Communication

/// Which walkers each rank has, and in which blocks their weights are summed up.
package struct WalkerDistribution: Sendable, Equatable {
    /// M, over all ranks.
    package let walkers: Int
    /// This rank's walkers, by their global numbers.
    package let own: Range<Int>
    /// This rank's blocks, counted from its first walker.
    package let blocks: [Range<Int>]
    /// Blocks of each rank.
    package let blockCounts: [Int]
    /// The first walker of each rank, and M.
    package let starts: [Int]
    /// Nil where each rank has one block.
    private let partition: BlockPartition?

    /// Walkers of a block of a deterministic projection, at least, and the most blocks.
    private static let (blockLength, mostBlocks) = (32, 1024)

    /// - Parameter isDeterministic: whether blocks are the same on any number of ranks; otherwise each rank has one.
    package init(walkers: Int, rank: Int, size: Int, isDeterministic: Bool) {
        self.walkers = walkers
        guard isDeterministic else {
            let shards = (0..<size).map { Shard.block(of: walkers, rank: $0, size: size) }
            own = shards[rank].range
            blocks = [0..<own.count]
            blockCounts = [Int](repeating: 1, count: size)
            partition = nil
            starts = shards.map(\.offset) + [walkers]
            return
        }
        let length = max(Self.blockLength, (walkers + Self.mostBlocks - 1) / Self.mostBlocks)
        let partition = BlockPartition(total: walkers, length: length)
        let shards = (0..<size).map { partition.shard(rank: $0, size: size) }
        self.partition = partition
        let own = shards[rank].range
        self.own = own
        blocks = stride(from: 0, to: own.count, by: length).map { $0..<min(own.count, $0 + length) }
        blockCounts = shards.map { ($0.count + length - 1) / length }
        starts = shards.map(\.offset) + [walkers]
    }

    /// Sums over this rank's walkers, in its blocks where these are the same on any number of ranks.
    package func sum(over communicator: Communicator) -> ShardedSum {
        partition?.sum(over: communicator) ?? ShardedSum(communicator, itemCount: own.count)
    }

    /// The weights of the blocks of all ranks, in their order. Collective: one allgather.
    ///
    /// - Parameter own: of this rank's blocks.
    package func gathered(_ own: [BlockWeights], over communicator: Communicator) throws -> [BlockWeights] {
        BlockWeights.unpacked(
            try communicator.allGather(
                own.flatMap(\.packed), lengths: blockCounts.map { $0 * BlockWeights.count }))
    }
}
