import Communication
import LinearAlgebra

/// The map from one parameter vector to its copies on all ranks: the identity on each rank. Its
/// transpose is the sum over ranks, one allreduce of k·P numbers. Replication is what makes a product of
/// local Jacobians the Jacobian of all samples.
public final class Replication: LinearMap {
    public let communicator: Communicator
    public let layout: ParameterLayout
    private let vectors: Int
    /// Rank 0's value rides in the next transposed product's message and then stands here on every rank.
    package var stopFlag = 0.0
    private lazy var message = RealBuffer(count: layout.count * vectors + 1)

    public init(_ layout: ParameterLayout, communicator: Communicator, vectors: Int = 1) {
        self.layout = layout
        self.communicator = communicator
        self.vectors = vectors
    }

    public func makeDomainVector() -> ParameterVector { ParameterVector(layout, vectors: vectors) }
    public func makeCodomainVector() -> ParameterVector { ParameterVector(layout, vectors: vectors) }

    public func apply(_ x: ParameterVector, into y: ParameterVector) { y.assign(from: x) }

    public func applyTransposed(_ y: ParameterVector, into x: ParameterVector) throws {
        message.pointer.update(from: y.pointer, count: y.count)
        message.pointer[y.count] = communicator.rank == 0 ? stopFlag : 0
        try communicator.allReduce(message.buffer)
        x.pointer.update(from: message.pointer, count: y.count)
        stopFlag = message.pointer[y.count]
    }

    /// x ← Jᵀ y over all ranks' samples: what this map's transpose makes of the transposed `linearisation`, with the
    /// sums of blocks of samples added in an order that does not depend on the ranks.
    func applyTransposed(after linearisation: Linearisation, _ y: SampleVector, into x: ParameterVector) throws {
        let (count, first) = (x.count, communicator.rank == 0)
        let sum = VectorSum(over: linearisation.space, count: count, scalars: 1, in: x.memory)
        let rest = try sum.sum(into: CollectionOfOne(x)) { block, samples, sum in
            linearisation.applyTransposed(y, samples: samples, into: sum)
            sum[count] = first && block == 0 ? stopFlag : 0
        }
        stopFlag = rest[0]
        sum.take(x)
    }
}
