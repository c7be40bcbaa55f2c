import LinearAlgebra

/// A vector (or a block of k vectors, one after the other) in parameter space: P reals each,
/// laid out by a `ParameterLayout`, always double precision, equal on every rank.
///
/// Dot products are local. A block counts as one long vector in `dot`.
public final class ParameterVector: ElementwiseVector {
    public let layout: ParameterLayout
    /// k, the number of vectors in the block.
    public let vectors: Int
    package let storage: RealBuffer

    public init(_ layout: ParameterLayout, vectors: Int = 1) {
        self.layout = layout
        self.vectors = vectors
        storage = RealBuffer(count: layout.count * vectors)
    }

    /// - Precondition: `values.count` is a multiple of P.
    public convenience init(_ layout: ParameterLayout, values: [Double]) {
        precondition(layout.count > 0 && values.count % layout.count == 0)
        self.init(layout, vectors: values.count / layout.count)
        _ = storage.buffer.update(fromContentsOf: values)
    }

    /// Number of reals, k·P.
    public var count: Int { storage.count }
    public var values: [Double] { Array(storage.buffer) }
    public subscript(index: Int) -> Double {
        get { storage.buffer[index] }
        set { storage.buffer[index] = newValue }
    }

    package var pointer: UnsafeMutablePointer<Double> { storage.pointer }
    /// The first real of vector `index` of the block.
    package func pointer(vector index: Int) -> UnsafeMutablePointer<Double> {
        precondition(index < vectors)
        return storage.pointer + index * layout.count
    }

    public func makeZero() -> ParameterVector { ParameterVector(layout, vectors: vectors) }
    public func assign(from other: ParameterVector) { storage.assign(from: other.storage) }
    public func setToZero() { storage.setToZero() }
    public func add(_ factor: Double, times other: ParameterVector) { storage.add(factor, times: other.storage) }
    public func scale(by factor: Double) { storage.scale(by: factor) }
    public func scale(by factor: Double, adding other: ParameterVector) {
        storage.scale(by: factor, adding: other.storage)
    }
    public func dot(_ other: ParameterVector) -> Double { storage.dot(other.storage) }
    public func assign(product a: ParameterVector, _ b: ParameterVector) {
        storage.assign(product: a.storage, b.storage)
    }
    public func largestMagnitude() -> Double { storage.largestMagnitude }
    public func invert(atLeast bound: Double) { storage.invert(atLeast: bound) }
    public func norm() -> Double { dot(self).squareRoot() }
    public func fillWithNormalDeviates(using generator: inout some RandomNumberGenerator) {
        storage.fillWithNormalDeviates(using: &generator)
    }

    /// Multiplies every complex element by i. Meaningful only where all leaves are complex.
    public func multiplyByI() {
        precondition(layout.allComplex)
        for index in stride(from: 0, to: count, by: 2) {
            (pointer[index], pointer[index + 1]) = (-pointer[index + 1], pointer[index])
        }
    }

    public var isFinite: Bool { storage.buffer.allSatisfy(\.isFinite) }
}
