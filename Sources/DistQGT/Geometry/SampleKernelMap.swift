import LinearAlgebra

/// x ↦ (T + shift) x on sample space, from the stored rows of T. Collective: one allgather of N·components + 1
/// numbers per product.
public final class SampleKernelMap: SymmetricMap {
    public let kernel: SampleKernel
    public let shift: Double
    /// Numbers that each rank sends: rank 0's flag and every rank's part of x.
    private let lengths: [Int]
    private let message: RealBuffer
    private let all: RealBuffer

    public init(_ kernel: SampleKernel, shift: Double) {
        self.kernel = kernel
        self.shift = shift
        lengths = kernel.sampleRanges.enumerated().map { rank, samples in
            samples.count * kernel.space.components + (rank == 0 ? 1 : 0)
        }
        message = RealBuffer(count: max(1, lengths[kernel.space.communicator.rank]))
        all = RealBuffer(count: lengths.reduce(0, +))
    }

    public func makeDomainVector() -> SampleVector { SampleVector(kernel.space) }
    public func makeCodomainVector() -> SampleVector { SampleVector(kernel.space) }

    public func apply(_ x: SampleVector, into y: SampleVector, stopFlag: inout Double) throws {
        let communicator = kernel.space.communicator
        let first = communicator.rank == 0 ? 1 : 0
        if first == 1 { message.pointer[0] = stopFlag }
        (message.pointer + first).update(from: x.pointer, count: kernel.rowCount)
        try communicator.allGather(
            UnsafeBufferPointer(start: message.pointer, count: lengths[communicator.rank]), lengths: lengths,
            into: all.pointer)
        stopFlag = all.pointer[0]
        kernel.multiply(all.pointer + 1, into: y.pointer)
        y.add(shift, times: x)
    }

    public func valueOfFirstRank(_ value: Double) throws -> Double { try kernel.space.communicator.broadcast(value) }

    /// The inverse of diag(T) + shift. Collective: one scalar-sized allreduce.
    public func jacobiPreconditioner() throws -> JacobiPreconditioner<SampleVector> {
        let diagonal = makeDomainVector()
        for row in 0..<kernel.rowCount {
            diagonal[row] = kernel.entries.pointer[row * kernel.size + kernel.firstRow + row] + shift
        }
        return try JacobiPreconditioner(diagonal: diagonal)
    }
}
