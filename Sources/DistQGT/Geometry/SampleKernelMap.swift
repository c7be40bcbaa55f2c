import LinearAlgebra

/// x ↦ (T + shift) x on sample space, from the stored rows of T. Collective: one allgather of N·components + 1
/// numbers per product.
public final class SampleKernelMap: SymmetricMap {
    public let kernel: SampleKernel
    public let shift: Double

    public init(_ kernel: SampleKernel, shift: Double) {
        self.kernel = kernel
        self.shift = shift
    }

    public func makeDomainVector() -> SampleVector { SampleVector(kernel.space) }
    public func makeCodomainVector() -> SampleVector { SampleVector(kernel.space) }

    public func apply(_ x: SampleVector, into y: SampleVector, stopFlag: inout Double) throws {
        let communicator = kernel.space.communicator
        // Rank 0's flag comes first.
        let message = (communicator.rank == 0 ? [stopFlag] : []) + x.values
        let all = try communicator.allGather(message)
        stopFlag = all[0]
        all.withUnsafeBufferPointer { all in
            if let base = all.baseAddress { kernel.multiply(base + 1, into: y.pointer) }
        }
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
