import LinearAlgebra

internal import CMPI

/// Sums over ranks whose terms lie where all ranks of a node can read them: each rank adds up its part of every rank's
/// numbers, sends it to other nodes where there are any, and delivers it. Nothing is copied into messages inside a node, and
/// no rank holds the whole sum.
package final class NodeSum {
    /// Numbers of the sum.
    private let count: Int
    private let communicator: Communicator
    private let memory: NodeMemory
    /// Of all ranks of the node, one after the other.
    private let allTerms: RealBuffer
    private let stride: Int
    private let sums: Region<Double>

    /// Nil where ranks of a node have nothing in common, on every rank alike. Collective.
    package init?(_ communicator: Communicator, count: Int) {
        guard let arrays = communicator.nodeArrays else { return nil }
        self.count = count
        self.communicator = communicator
        memory = arrays.memory
        // Whole cache lines.
        stride = (count + 7) / 8 * 8
        allTerms = arrays.makeUninitialisedBuffer(count: stride * memory.ranks.size)
        sums = Region(capacity: memory.part(of: count, inUnitsOf: Self.unit).count)
    }

    /// Parts are those of vectors, but for the last numbers of a sum.
    private static let unit = 512

    /// Where this rank writes its numbers before each sum.
    package var terms: UnsafeMutablePointer<Double> { allTerms.pointer + memory.ranks.rank * stride }

    /// Collective: one allreduce.
    ///
    /// - Parameter deliver: gets this rank's part of the sum. What all ranks of a node write with it can be read by
    ///   them afterwards.
    package func sum(_ deliver: (Range<Int>, UnsafePointer<Double>) -> Void) throws(MPIError) {
        communicator.counters.count(.allReduce, elements: count, bytes: count * MemoryLayout<Double>.stride)
        memory.barrier()
        let part = memory.part(of: count, inUnitsOf: Self.unit)
        cmpi_add_terms(
            allTerms.pointer, Int64(stride), Int32(memory.ranks.size), Int64(part.lowerBound), Int64(part.upperBound),
            sums.pointer)
        communicator.counters.countMessages(try memory.sumOverNodes(sums.pointer, count: part.count))
        if !part.isEmpty { deliver(part, UnsafePointer(sums.pointer)) }
        memory.barrier()
    }
}
