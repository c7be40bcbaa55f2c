internal import CMPI
import Foundation

/// Memory that the ranks of a node share: a window of MPI. Sums and concatenations go through it without a message inside
/// the node. Between nodes their ranks divide a long sum among themselves: each sends its part to the ranks of the same
/// number on the other nodes.
///
/// Collective over the ranks of the communicator that it was made for, but for what is said to be of a node.
package final class NodeMemory {
    /// The ranks of this rank's node, in the order of their numbers.
    package let ranks: Communicator
    /// Whether these are all ranks of the communicator.
    package let isWhole: Bool
    /// Ranks of a node that speak with other nodes, at most: as many as the smallest node has.
    let laneCount: Int
    /// The ranks of this rank's number on every node; nil where there is one node, or where a node has no such rank.
    private let lane: Communicator?
    /// Arrays that the ranks of a node have in common, where these are wanted.
    package private(set) var arrays: NodeArrays?
    private var node: cmpi_node
    private var kept: SharedMemory?
    /// Doubles that each rank can put into the window at a time.
    private static let capacity = 1 << 15
    /// Doubles of a message between nodes from which on two ranks of each node send half of it rather than one the whole.
    private static let numbersPerLane = 1024

    /// Whether windows are used at all: DIST_VMC_NODE_MEMORY=off in the environment of every rank leaves all to MPI.
    private static let isWanted = ProcessInfo.processInfo.environment["DIST_VMC_NODE_MEMORY"] != "off"

    /// Nil where no node has a second rank or where a window cannot be had, on every rank alike. Collective.
    static func make(for communicator: Communicator) throws(MPIError) -> NodeMemory? {
        guard communicator.size > 1 else { return nil }
        let ranks = try communicator.splitByNode()
        let largest = try reduce(ranks.size, .maximum, over: communicator)
        guard largest > 1, try reduce(isWanted ? 1 : 0, .minimum, over: communicator) == 1 else {
            try ranks.free()
            return nil
        }
        var node = cmpi_node()
        let isOpen = try open(&node, ranks, capacity: capacity, extraBytes: 0)
        guard try reduce(isOpen ? 1 : 0, .minimum, over: communicator) == 1 else {
            if isOpen { try MPIError.check(cmpi_node_close(&node), "MPI_Win_free") }
            try ranks.free()
            return nil
        }
        let isWhole = try reduce(ranks.size == communicator.size ? 1 : 0, .minimum, over: communicator) == 1
        let laneCount = try reduce(ranks.size, .minimum, over: communicator)
        var lane: Communicator?
        if !isWhole {
            let group = try communicator.split(colour: min(ranks.rank, laneCount), key: communicator.rank)
            if ranks.rank < laneCount { lane = group } else { try group.free() }
        }
        return NodeMemory(ranks, isWhole: isWhole, laneCount: laneCount, lane: lane, node)
    }

    private init(_ ranks: Communicator, isWhole: Bool, laneCount: Int, lane: Communicator?, _ node: cmpi_node) {
        self.ranks = ranks
        self.isWhole = isWhole
        self.laneCount = laneCount
        self.lane = lane
        self.node = node
    }

    /// Makes arrays possible that the ranks of a node have in common; whether it could, on every rank alike. Collective.
    ///
    /// - Parameter byteCount: what they are expected to take on a node of so many ranks.
    func makeArrays(_ byteCount: (Int) -> Int, over communicator: Communicator) throws(MPIError) -> Bool {
        guard arrays == nil else { return true }
        let fits = ranks.rank > 0 || SharedMemory.freeBytes > byteCount(ranks.size)
        guard try Self.reduce(fits ? 1 : 0, .minimum, over: communicator) == 1 else { return false }
        arrays = NodeArrays(self)
        return true
    }

    /// By a message of its own, which nobody counts.
    private static func reduce(
        _ value: Int, _ operation: ReductionOperation, over communicator: Communicator
    ) throws(MPIError) -> Int {
        guard let handle = try communicator.handle(for: "MPI_Allreduce") else { return value }
        var result = value
        try MPIError.check(
            cmpi_allreduce_in_place(&result, 1, Int.mpiDatatype.code, operation.code, handle), "MPI_Allreduce")
        return result
    }

    /// Whether a window could be had; the same on every rank of the node.
    ///
    /// - Parameter capacity: doubles that each rank can exchange at a time.
    static func open(
        _ node: inout cmpi_node, _ ranks: Communicator, capacity: Int, extraBytes: Int
    ) throws(MPIError) -> Bool {
        guard let handle = try ranks.handle(for: "MPI_Win_allocate_shared") else { return false }
        // Memory that is not there would be missed only when it is written to.
        let bytes = cmpi_node_bytes(Int32(ranks.size), Int64(capacity), Int64(extraBytes))
        let fits = ranks.rank > 0 || Int64(SharedMemory.freeBytes) > bytes
        guard try reduce(fits ? 1 : 0, .minimum, over: ranks) == 1 else { return false }
        let code = cmpi_node_open(handle, Int64(capacity), Int64(extraBytes), &node)
        return try reduce(code == 0 ? 1 : 0, .minimum, over: ranks) == 1
    }

    /// Replaces each number by its sum over the ranks of the communicator. Collective.
    ///
    /// Within a node the ranks' numbers are added in the order of the ranks, and every rank gets the same bits.
    ///
    /// - Returns: the messages of this rank.
    func sum(_ buffer: UnsafeMutableBufferPointer<Double>) throws(MPIError) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var messages = 0
        for start in stride(from: 0, to: buffer.count, by: Self.capacity) {
            let count = min(Self.capacity, buffer.count - start)
            cmpi_node_put(&node, base + start, Int64(count))
            // Whole cache lines for each rank.
            let part = part(of: count, inUnitsOf: 8)
            cmpi_node_add_up(&node, Int64(part.lowerBound), Int64(part.upperBound))
            guard let result = cmpi_node_result(&node) else { preconditionFailure("a window without memory") }
            messages += try sumOverNodes(result + part.lowerBound, count: part.count)
            cmpi_node_end_sum(&node)
            (base + start).update(from: result, count: count)
        }
        return messages
    }

    /// The numbers of a sum that this rank adds up, and sends to other nodes where there are any: nobody's part is much
    /// larger than that of others, unless the sum is too short to be divided further.
    func part(of count: Int, inUnitsOf unit: Int) -> Range<Int> {
        let workers = isWhole ? ranks.size : max(1, min(laneCount, count / Self.numbersPerLane))
        guard ranks.rank < workers else { return count..<count }
        let units = Shard.block(of: (count + unit - 1) / unit, rank: ranks.rank, size: workers).range
        return min(count, units.lowerBound * unit)..<min(count, units.upperBound * unit)
    }

    /// The sum over nodes of this rank's part of what its node has added up; the messages that it took.
    func sumOverNodes(_ numbers: UnsafeMutablePointer<Double>, count: Int) throws(MPIError) -> Int {
        guard count > 0, let lane, let handle = try lane.handle(for: "MPI_Allreduce") else { return 0 }
        var messages = 0
        try lane.inPieces(numbers, count: count, stride: MemoryLayout<Double>.stride, call: "MPI_Allreduce") {
            messages += 1
            return cmpi_allreduce_in_place($0, $1, Double.mpiDatatype.code, ReductionOperation.sum.code, handle)
        }
        return messages
    }

    /// Rank 0's numbers in memory that the ranks of each node have in common. Collective.
    ///
    /// - Returns: the messages of this rank.
    func broadcast(_ shared: UnsafeMutablePointer<Double>, count: Int) throws(MPIError) -> Int {
        barrier()
        var messages = 0
        if ranks.rank == 0, let lane, let handle = try lane.handle(for: "MPI_Bcast") {
            try lane.inPieces(shared, count: count, stride: MemoryLayout<Double>.stride, call: "MPI_Bcast") {
                messages += 1
                return cmpi_broadcast($0, $1, Double.mpiDatatype.code, 0, handle)
            }
        }
        barrier()
        return messages
    }

    /// Returns when all ranks of the node have come here.
    func barrier() { cmpi_node_barrier(&node) }

    /// The first rank's number, on every rank of the node.
    func valueOfFirstRank(_ value: Int) -> Int {
        var number = Double(value)
        cmpi_node_put(&node, &number, 1)
        if ranks.rank == 0 { cmpi_node_result(&node)?.pointee = number }
        cmpi_node_end_sum(&node)
        return cmpi_node_result(&node).map { Int($0.pointee) } ?? value
    }

    /// Whether arrays of these lengths, by rank, can be concatenated here.
    func canConcatenate(_ lengths: [Int]) -> Bool { isWhole && lengths.allSatisfy { $0 <= Self.capacity } }

    /// The numbers of all ranks, one after the other.
    ///
    /// - Precondition: `canConcatenate(lengths)`.
    func concatenate(_ local: UnsafePointer<Double>?, lengths: [Int], into all: UnsafeMutablePointer<Double>) {
        let counts = lengths.map(Int64.init)
        // A rank without numbers has no address.
        cmpi_node_concatenate(&node, local ?? UnsafePointer(all), counts, all)
    }

    /// Memory of the node for `count` doubles, kept until more is wanted; nil where it cannot be had, on every rank of the
    /// node alike. Whoever had it before has it no longer. Collective over the ranks of the node.
    package func workspace(count: Int) throws(MPIError) -> SharedMemory? {
        if let kept, kept.count >= count { return kept }
        try kept?.free()
        kept = nil
        kept = try SharedMemory(self, count: count)
        return kept
    }

    func free() throws(MPIError) {
        try kept?.free()
        kept = nil
        try arrays?.free()
        arrays = nil
        try MPIError.check(cmpi_node_close(&node), "MPI_Win_free")
        try lane?.free()
        try ranks.free()
    }
}
