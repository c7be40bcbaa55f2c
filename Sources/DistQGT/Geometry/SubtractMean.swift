import LinearAlgebra

/// M = 1 − √w√wᵀ on sample space (1 − 11ᵀ/N for plain sampling), a symmetric projector: its own
/// transpose. Collective: one scalar-sized allreduce.
public struct SubtractMean: LinearMap {
    public let space: SampleSpace
    private let vectors: Int

    /// - Parameter vectors: k, the block size of the vectors that `makeCodomainVector` makes.
    public init(_ space: SampleSpace, vectors: Int = 1) {
        self.space = space
        self.vectors = vectors
    }

    public func makeDomainVector() -> SampleVector { SampleVector(space, vectors: vectors) }
    public func makeCodomainVector() -> SampleVector { SampleVector(space, vectors: vectors) }

    public func apply(_ x: SampleVector, into y: SampleVector) throws {
        precondition(x.stride == y.stride)
        let stride = x.stride
        let means = try space.sums.sum(count: stride) { _, samples, sums in
            sums.update(repeating: 0, count: stride)
            for sample in samples {
                let root = space.weight(sample).squareRoot()
                for column in 0..<stride { sums[column] += root * x.pointer[sample * stride + column] }
            }
        }
        for sample in 0..<space.localCount {
            let root = space.weight(sample).squareRoot()
            for column in 0..<stride {
                y.pointer[sample * stride + column] = x.pointer[sample * stride + column] - root * means[column]
            }
        }
    }

    public func applyTransposed(_ y: SampleVector, into x: SampleVector) throws { try apply(y, into: x) }
}
