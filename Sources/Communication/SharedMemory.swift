internal import CMPI
import Foundation

/// Memory for all ranks of a node to work on together, for as long as it takes. Collective over these ranks.
package final class SharedMemory {
    package let count: Int
    private var node: cmpi_node

    /// Room for `count` doubles; nil where it cannot be had, on every rank alike.
    package init?(_ memory: NodeMemory, count: Int) throws(MPIError) {
        var node = cmpi_node()
        let bytes = count.multipliedReportingOverflow(by: MemoryLayout<Double>.stride)
        guard !bytes.overflow, try NodeMemory.open(&node, memory.ranks, capacity: 0, extraBytes: bytes.partialValue)
        else {
            return nil
        }
        self.count = count
        self.node = node
    }

    /// Whether the memory is there no longer.
    private(set) var isFreed = false

    package var rank: Int { Int(node.rank) }
    package var rankCount: Int { Int(node.size) }
    package var pointer: UnsafeMutablePointer<Double> {
        guard let extra = cmpi_node_extra(&node) else { preconditionFailure("a window without memory") }
        return extra.assumingMemoryBound(to: Double.self)
    }

    /// Returns when all ranks have come here.
    package func barrier() { cmpi_node_barrier(&node) }

    /// Does tasks 0 ..< count, each on the rank that is free first. What they write is seen by all ranks afterwards.
    package func share(_ count: Int, _ task: (Int) throws -> Void) rethrows {
        while true {
            let next = Int(cmpi_node_add_to_counter(&node, 1))
            guard next < count else { break }
            try task(next)
        }
        barrier()
        // Nobody takes a task before the next barrier.
        if rank == 0 { cmpi_node_set_counter(&node, 0) }
        barrier()
    }

    /// Ranks that still need what lies here. Local.
    var holders: Int {
        get { Int(cmpi_node_add_to_counter(&node, 0)) }
        set { cmpi_node_set_counter(&node, Int64(newValue)) }
    }
    /// This rank needs it no longer. Local.
    func release() {
        if !isFreed { _ = cmpi_node_add_to_counter(&node, -1) }
    }

    package func free() throws(MPIError) {
        isFreed = true
        try MPIError.check(cmpi_node_close(&node), "MPI_Win_free")
    }

    /// What the file system has room for that windows lie in; unlimited where it is not known.
    static var freeBytes: Int {
        var status = statvfs()
        guard statvfs("/dev/shm", &status) == 0 else { return .max }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}
