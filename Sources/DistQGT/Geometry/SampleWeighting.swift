import LinearAlgebra

/// Scales sample s by √w_s (1/√N for plain sampling). Symmetric, local.
public struct SampleWeighting: LinearMap {
    public let space: SampleSpace
    private let vectors: Int

    public init(_ space: SampleSpace, vectors: Int = 1) {
        self.space = space
        self.vectors = vectors
    }

    public func makeDomainVector() -> SampleVector { SampleVector(space, vectors: vectors) }
    public func makeCodomainVector() -> SampleVector { SampleVector(space, vectors: vectors) }

    public func apply(_ x: SampleVector, into y: SampleVector) {
        let stride = x.stride
        for sample in 0..<space.localCount {
            let root = space.weight(sample).squareRoot()
            for column in sample * stride..<(sample + 1) * stride { y.pointer[column] = root * x.pointer[column] }
        }
    }

    public func applyTransposed(_ y: SampleVector, into x: SampleVector) { apply(y, into: x) }
}
