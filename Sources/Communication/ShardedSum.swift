import LinearAlgebra

internal import CMPI

/// Sums over the items of a list that is spread over ranks, each of which holds consecutive items.
///
/// Either plain: every rank adds up its items and MPI adds up the ranks, so that the last bits depend on the number
/// of ranks. Or in blocks (`BlockPartition`), whose sums are added in one order, pairwise in a binary tree over
/// their numbers: the same bits on any number of ranks, as long as the sum of a block has the same bits wherever it
/// is computed. Then the ranks exchange the sums of the subtrees that they hold whole; every rank adds up a part of
/// the vector and they gather the parts.
///
/// Not thread-safe; its memory is reused from sum to sum.
public final class ShardedSum {
    public let communicator: Communicator
    /// This rank's items, by blocks; a plain sum has one block of all of them.
    public let blocks: [Range<Int>]
    private let tree: BlockTree?
    private let sums = Region<Double>(capacity: 1)
    private let sent = Region<Double>(capacity: 1)
    private let received = Region<Double>(capacity: 1)

    /// A plain sum.
    public init(_ communicator: Communicator, itemCount: Int) {
        self.communicator = communicator
        blocks = [0..<itemCount]
        tree = nil
    }

    init(_ communicator: Communicator, blocks: [Range<Int>], tree: BlockTree) {
        precondition(blocks.count == tree.shards[communicator.rank].count)
        self.communicator = communicator
        self.blocks = blocks
        self.tree = tree
    }

    /// Whether the sum has the same bits on any number of ranks.
    public var isInBlocks: Bool { tree != nil }
    /// Items of this rank.
    public var itemCount: Int { blocks.last?.upperBound ?? 0 }

    /// Numbers whose nodes are sent to every rank rather than divided among them: then messages are short anyway.
    private static let shortMessage = 4096

    /// Collective: one allreduce.
    ///
    /// - Parameters:
    ///   - result: overwritten; at least one number.
    ///   - body: writes the sum over the items of one of this rank's blocks, every number of it. Block 0 of rank 0
    ///     always exists where there are any.
    public func sum(
        into result: UnsafeMutableBufferPointer<Double>,
        _ body: (_ block: Int, _ items: Range<Int>, _ sum: UnsafeMutablePointer<Double>) throws -> Void
    ) throws {
        guard let base = result.baseAddress else { preconditionFailure("a sum of no numbers") }
        guard let tree else {
            try body(0, blocks[0], base)
            return try communicator.allReduce(result)
        }
        let count = result.count
        sums.reserve(tree.depth * count)
        let own = sums.pointer
        let first = tree.shards[communicator.rank].offset
        var stack: [BlockTree.Node] = []
        for (block, items) in blocks.enumerated() {
            try body(block, items, own + stack.count * count)
            BlockTree.push(.init(level: 0, index: first + block), on: &stack) { place in
                BlockTree.add(own + (place + 1) * count, to: own + place * count, count: count)
            }
        }
        try addUp(tree, own, count: count, into: base)
    }

    /// The sum of `count` numbers. Collective: one allreduce.
    public func sum(
        count: Int, _ body: (_ block: Int, _ items: Range<Int>, _ sum: UnsafeMutablePointer<Double>) throws -> Void
    ) throws -> [Double] {
        var result = [Double](repeating: 0, count: count)
        try result.withUnsafeMutableBufferPointer { try sum(into: $0, body) }
        return result
    }

    /// From the nodes of every rank to the whole sum on every rank.
    private func addUp(
        _ tree: BlockTree, _ own: UnsafeMutablePointer<Double>, count: Int, into result: UnsafeMutablePointer<Double>
    ) throws {
        let call: StaticString = "MPI_Alltoallv"
        communicator.counters.count(.allReduce, elements: count, bytes: count * MemoryLayout<Double>.stride)
        let nodeCounts = tree.nodes.map(\.count)
        let nodeCount = nodeCounts.reduce(0, +)
        guard nodeCount > 0 else { return result.update(repeating: 0, count: count) }
        guard communicator.size > 1, let handle = try communicator.handle(for: call) else {
            tree.fold(own, count: count)
            return result.update(from: own, count: count)
        }
        if nodeCount * count <= Self.shortMessage {
            received.reserve(nodeCount * count)
            try gather(own, nodeCounts.map { $0 * count }, into: received.pointer, handle)
            tree.fold(received.pointer, count: count)
            return result.update(from: received.pointer, count: count)
        }
        // So many columns at a time that what a rank sends or receives fits an MPI count.
        let limit = max(communicator.size, communicator.pieceLimit / nodeCount)
        for start in stride(from: 0, to: count, by: limit) {
            let columns = min(limit, count - start)
            try addUp(tree, own + start, stride: count, columns: columns, into: result + start, handle)
        }
    }

    /// The same for some columns of the vector: each rank adds up its share of them.
    private func addUp(
        _ tree: BlockTree, _ own: UnsafeMutablePointer<Double>, stride: Int, columns: Int,
        into result: UnsafeMutablePointer<Double>, _ handle: cmpi_communicator
    ) throws {
        let (rank, size) = (communicator.rank, communicator.size)
        let shares = (0..<size).map { Shard.block(of: columns, rank: $0, size: size) }
        let nodeCounts = tree.nodes.map(\.count)
        let sendCounts = shares.map { $0.count * nodeCounts[rank] }
        let receiveCounts = nodeCounts.map { $0 * shares[rank].count }
        sent.reserve(columns * nodeCounts[rank])
        received.reserve(receiveCounts.reduce(0, +))
        var next = sent.pointer
        for share in shares {
            for node in 0..<nodeCounts[rank] {
                next.update(from: own + node * stride + share.offset, count: share.count)
                next += share.count
            }
        }
        let (sendLayout, receiveLayout) = (Self.layout(sendCounts), Self.layout(receiveCounts))
        communicator.counters.countMessage()
        try MPIError.check(
            cmpi_alltoallv(
                sent.pointer, sendLayout.counts, sendLayout.displacements, received.pointer, receiveLayout.counts,
                receiveLayout.displacements, Double.mpiDatatype.code, handle), "MPI_Alltoallv")
        tree.fold(received.pointer, count: shares[rank].count)
        try gather(received.pointer, shares.map(\.count), into: result, handle)
    }

    private func gather(
        _ own: UnsafeMutablePointer<Double>, _ counts: [Int], into result: UnsafeMutablePointer<Double>,
        _ handle: cmpi_communicator
    ) throws {
        let layout = Self.layout(counts)
        communicator.counters.countMessage()
        try MPIError.check(
            cmpi_allgatherv(
                own, layout.counts[communicator.rank], result, layout.counts, layout.displacements,
                Double.mpiDatatype.code, handle), "MPI_Allgatherv")
    }

    private static func layout(_ counts: [Int]) -> (counts: [Int32], displacements: [Int32]) {
        var offset = 0
        var displacements: [Int32] = []
        for count in counts {
            displacements.append(Int32(offset))
            offset += count
        }
        return (counts.map { Int32($0) }, displacements)
    }

    /// Numbers of the sums that the ranks' subtrees take on this rank, at most, for a vector of `count`.
    package static func scratchCount(_ partition: BlockPartition, ranks: Int, count: Int) -> Int {
        let tree = BlockTree(shards: (0..<ranks).map { .block(of: partition.count, rank: $0, size: ranks) })
        guard ranks > 1 else { return tree.depth * count }
        let nodes = tree.nodes.reduce(0) { $0 + $1.count }
        return (tree.depth + (tree.nodes.map(\.count).max() ?? 0) + (nodes + ranks - 1) / ranks) * count
    }
}
