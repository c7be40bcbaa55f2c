import CKernels
import LinearAlgebra

/// A vector (or a block of k vectors) of values on the samples, sharded over ranks.
///
/// Storage: sample, vector, component (re, im where the space is complex). Inner products are
/// collective: one scalar-sized allreduce. A block counts as one long vector in `dot`.
public final class SampleVector: ElementwiseVector {
    public let space: SampleSpace
    /// k, the number of vectors in the block.
    public let vectors: Int
    package let storage: RealBuffer

    public init(_ space: SampleSpace, vectors: Int = 1) {
        self.space = space
        self.vectors = vectors
        storage = RealBuffer(count: space.localCount * vectors * space.components)
    }

    package var pointer: UnsafeMutablePointer<Double> { storage.pointer }
    /// Reals per sample: k · components.
    package var stride: Int { vectors * space.components }
    /// Local values.
    public var values: [Double] { Array(storage.buffer) }
    public subscript(index: Int) -> Double {
        get { storage.buffer[index] }
        set { storage.buffer[index] = newValue }
    }

    public func makeZero() -> SampleVector { SampleVector(space, vectors: vectors) }
    public func assign(from other: SampleVector) { storage.buffer.assign(from: other.pointer) }
    public func setToZero() { storage.buffer.setToZero() }
    public func add(_ factor: Double, times other: SampleVector) { storage.buffer.add(factor, times: other.pointer) }
    public func scale(by factor: Double) { storage.buffer.scale(by: factor) }
    public func scale(by factor: Double, adding other: SampleVector) {
        storage.buffer.scale(by: factor, adding: other.pointer)
    }
    /// Collective: one allreduce of one number.
    public func dot(_ other: SampleVector) throws -> Double {
        try Self.dots([(self, other)])[0]
    }
    /// Collective: one allreduce of as many numbers as there are pairs.
    public static func dots(_ pairs: [(SampleVector, SampleVector)]) throws -> [Double] {
        guard let first = pairs.first?.0 else { return [] }
        return try first.space.sums.sum(count: pairs.count) { _, samples, sums in
            for (index, pair) in pairs.enumerated() {
                let stride = pair.0.stride
                let start = samples.lowerBound * stride
                sums[index] = ck_dot_d(pair.0.pointer + start, pair.1.pointer + start, samples.count * stride)
            }
        }
    }
    public func assign(product a: SampleVector, _ b: SampleVector) {
        storage.buffer.assign(product: a.pointer, b.pointer)
    }
    /// Collective: one allreduce of one number.
    public func largestMagnitude() throws -> Double {
        try space.communicator.allReduce(storage.buffer.largestMagnitude, .maximum)
    }
    public func invert(atLeast bound: Double) { storage.buffer.invert(atLeast: bound) }
    public func fillWithNormalDeviates(using generator: inout some RandomNumberGenerator) {
        storage.buffer.fillWithNormalDeviates(using: &generator)
    }
}
