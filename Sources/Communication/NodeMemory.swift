internal import CMPI
import Foundation

/// Memory that the ranks of a node share: a window of MPI. Sums and concatenations go through it without a message inside
/// the node; between nodes one rank of each speaks for all.
///
/// Collective over the ranks of the communicator that it was made for, but for what is said to be of a node.
package final class NodeMemory {
    /// The ranks of this rank's node, in the order of their numbers.
    package let ranks: Communicator
    /// Whether these are all ranks of the communicator.
    package let isWhole: Bool
    /// The first rank of each node; nil where there is one node, and on other ranks.
    private let leaders: Communicator?
    private var node: cmpi_node
    private var kept: SharedMemory?
    /// Doubles that each rank can put into the window at a time.
    private static let capacity = 1 << 15

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
        let leaders = isWhole ? nil : try communicator.split(colour: ranks.rank == 0 ? 0 : 1, key: communicator.rank)
        if ranks.rank > 0 { try leaders?.free() }
        return NodeMemory(ranks, isWhole: isWhole, leaders: ranks.rank == 0 ? leaders : nil, node)
    }

    private init(_ ranks: Communicator, isWhole: Bool, leaders: Communicator?, _ node: cmpi_node) {
        self.ranks = ranks
        self.isWhole = isWhole
        self.leaders = leaders
        self.node = node
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
    func sum(_ buffer: UnsafeMutableBufferPointer<Double>) throws(MPIError) {
        guard let base = buffer.baseAddress else { return }
        for start in stride(from: 0, to: buffer.count, by: Self.capacity) {
            let count = min(Self.capacity, buffer.count - start)
            cmpi_node_sum(&node, base + start, Int64(count))
            let result = cmpi_node_result(&node)
            if !isWhole {
                if let handle = try leaders?.handle(for: "MPI_Allreduce") {
                    try MPIError.check(
                        cmpi_allreduce_in_place(
                            result, Int32(count), Double.mpiDatatype.code, ReductionOperation.sum.code, handle),
                        "MPI_Allreduce")
                }
                cmpi_node_barrier(&node)
            }
            if let result { (base + start).update(from: result, count: count) }
        }
    }

    /// Messages between nodes of a sum of so many numbers, as the first rank of a node sends them.
    func messages(ofSum count: Int) -> Int { isWhole ? 0 : (count + Self.capacity - 1) / Self.capacity }

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
        try MPIError.check(cmpi_node_close(&node), "MPI_Win_free")
        try leaders?.free()
        try ranks.free()
    }
}
