import CKernels
import LinearAlgebra

/// A vector (or a block of k vectors, one after the other) in parameter space: P reals each,
/// laid out by a `ParameterLayout`, always double precision, equal on every rank.
///
/// Either this rank's own, or one for all ranks of its node (`ReplicatedMemory`), each of which then works on its share:
/// such a vector is made, changed and multiplied by all of them together, without a message, and what they have
/// changed can be read as a whole once it is published. Inner products are sums of those of tiles, in one order: they
/// have the same bits wherever the vector lies. A block counts as one long vector in `dot`.
public final class ParameterVector: ElementwiseVector {
    public let layout: ParameterLayout
    /// k, the number of vectors in the block.
    public let vectors: Int
    package let storage: RealBuffer
    /// Whose it is together with this rank; nil where it is its own.
    package let memory: (any ReplicatedMemory)?
    /// The numbers that this rank works on.
    package let share: Range<Int>
    /// Whether the shares of other ranks may be read.
    package private(set) var isPublished = true

    public convenience init(_ layout: ParameterLayout, vectors: Int = 1) {
        self.init(layout, vectors: vectors, in: nil)
    }

    /// Zero. Collective over the ranks of a memory.
    package init(_ layout: ParameterLayout, vectors: Int = 1, in memory: (any ReplicatedMemory)?) {
        self.layout = layout
        self.vectors = vectors
        self.memory = memory
        let count = layout.count * vectors
        storage = memory?.makeBuffer(count: count) ?? RealBuffer(count: count)
        let tiles = memory?.share(of: Self.tileCount(count)) ?? 0..<Self.tileCount(count)
        share = min(count, tiles.lowerBound * Self.tile)..<min(count, tiles.upperBound * Self.tile)
    }

    /// - Precondition: `values.count` is a multiple of P.
    public convenience init(_ layout: ParameterLayout, values: [Double]) {
        precondition(layout.count > 0 && values.count % layout.count == 0)
        self.init(layout, vectors: values.count / layout.count)
        _ = storage.buffer.update(fromContentsOf: values)
    }

    /// Number of reals, k·P.
    public var count: Int { storage.count }
    public var values: [Double] { Array(whole) }
    /// What one rank sets of a vector that several have in common it sets for all.
    public subscript(index: Int) -> Double {
        get { storage.buffer[index] }
        set { storage.buffer[index] = newValue }
    }

    /// The whole vector, to be read; to be written only where it is this rank's own.
    ///
    /// - Precondition: it is published.
    package var pointer: UnsafeMutablePointer<Double> {
        precondition(isPublished, "a vector is read before the other ranks' shares of it are known to be written")
        return storage.pointer
    }
    /// The first real of vector `index` of the block.
    package func pointer(vector index: Int) -> UnsafeMutablePointer<Double> {
        precondition(index < vectors)
        return pointer + index * layout.count
    }
    private var whole: UnsafeMutableBufferPointer<Double> { .init(start: pointer, count: count) }
    /// The numbers that this rank works on.
    private var own: UnsafeMutableBufferPointer<Double> {
        .init(start: storage.pointer + share.lowerBound, count: share.count)
    }
    /// The same numbers of another vector.
    private func part(of other: ParameterVector) -> UnsafePointer<Double> {
        precondition(other.count == count)
        return UnsafePointer((other.memory === memory ? other.storage.pointer : other.pointer) + share.lowerBound)
    }
    /// Notes that this rank's numbers have changed, and those of the others by them.
    package func noteChange() { isPublished = memory == nil }

    /// Makes what all ranks have changed readable. Collective over the ranks of its memory, but no message.
    package func publish() {
        guard !isPublished else { return }
        memory?.barrier()
        isPublished = true
    }

    /// Zero, where this one lies. Collective over the ranks of its memory.
    public func makeZero() -> ParameterVector { ParameterVector(layout, vectors: vectors, in: memory) }

    public func assign(from other: ParameterVector) { change { $0.assign(from: part(of: other)) } }
    public func setToZero() { change { $0.setToZero() } }
    public func add(_ factor: Double, times other: ParameterVector) {
        change { $0.add(factor, times: part(of: other)) }
    }
    public func scale(by factor: Double) { change { $0.scale(by: factor) } }
    public func scale(by factor: Double, adding other: ParameterVector) {
        change { $0.scale(by: factor, adding: part(of: other)) }
    }
    public func assign(product a: ParameterVector, _ b: ParameterVector) {
        change { $0.assign(product: part(of: a), part(of: b)) }
    }
    public func invert(atLeast bound: Double) { change { $0.invert(atLeast: bound) } }

    private func change(_ body: (UnsafeMutableBufferPointer<Double>) -> Void) {
        body(own)
        noteChange()
    }

    /// Sets every number by `body`, which is given its index. Collective over the ranks of its memory.
    package func setEach(_ body: (Int) -> Double) {
        for index in share { storage.pointer[index] = body(index) }
        noteChange()
    }

    /// Gives the tiles of this rank's share, for a body that changes them: several operations then read them from memory
    /// once.
    package func changeTiles(_ body: (_ length: Int, _ first: Int) -> Void) {
        own.forEachTile { length, first in body(length, share.lowerBound + first) }
        noteChange()
    }

    /// Gives the tiles of this rank's share, for a body that reads them.
    package func forEachOwnTile(_ body: (_ length: Int, _ first: Int) -> Void) {
        for first in stride(from: share.lowerBound, to: share.upperBound, by: Self.tile) {
            body(min(Self.tile, share.upperBound - first), first)
        }
    }

    /// Numbers whose products are added up by themselves.
    package static let tile = 512
    package static func tileCount(_ count: Int) -> Int { (count + tile - 1) / tile }

    public func dot(_ other: ParameterVector) -> Double {
        var product = 0.0
        Self.dots(count: 1, into: &product) { _ in (self, other) }
        return product
    }

    public static func dots(_ pairs: [(ParameterVector, ParameterVector)]) -> [Double] {
        [Double](unsafeUninitializedCapacity: pairs.count) { products, initialised in
            if let base = products.baseAddress { dots(count: pairs.count, into: base) { pairs[$0] } }
            initialised = pairs.count
        }
    }

    /// ⟨x, y⟩ of some pairs of vectors of one length. Collective over the ranks of their memory; they are published
    /// afterwards.
    package static func dots(
        count: Int, into products: UnsafeMutablePointer<Double>, _ pair: (Int) -> (ParameterVector, ParameterVector)
    ) {
        guard count > 0 else { return }
        let first = pair(0)
        let shared = first.0.memory == nil ? first.1 : first.0
        let tiles = tileCount(shared.count)
        guard let memory = shared.memory else {
            for index in 0..<count {
                let (x, y) = pair(index)
                products[index] = 0
                x.forEachTile(times: y) { _, product in products[index] += product }
            }
            return
        }
        let sums = memory.exchange(count: count * tiles)
        for index in 0..<count {
            let (x, y) = pair(index)
            (x.memory == nil ? y : x).forEachTile(times: x.memory == nil ? x : y) { tile, product in
                sums[index * tiles + tile] = product
            }
        }
        memory.barrier()
        for index in 0..<count {
            let (x, y) = pair(index)
            (x.isPublished, y.isPublished) = (true, true)
            products[index] = 0
            for tile in 0..<tiles { products[index] += sums[index * tiles + tile] }
        }
    }

    /// Gives the inner products of this rank's tiles.
    @inline(__always)
    private func forEachTile(times other: ParameterVector, _ body: (_ tile: Int, _ product: Double) -> Void) {
        let (x, y) = (storage.pointer + share.lowerBound, part(of: other))
        for first in stride(from: 0, to: share.count, by: Self.tile) {
            let product = ck_dot_d(x + first, y + first, min(Self.tile, share.count - first))
            body((share.lowerBound + first) / Self.tile, product)
        }
    }

    /// Collective over the ranks of its memory.
    public func largestMagnitude() -> Double {
        guard let memory else { return own.largestMagnitude }
        let tiles = Self.tileCount(count)
        let largest = memory.exchange(count: tiles)
        for first in stride(from: share.lowerBound, to: share.upperBound, by: Self.tile) {
            largest[first / Self.tile] =
                UnsafeMutableBufferPointer(
                    start: storage.pointer + first, count: min(Self.tile, share.upperBound - first)
                ).largestMagnitude
        }
        memory.barrier()
        isPublished = true
        return UnsafeMutableBufferPointer(start: largest, count: tiles).largestMagnitude
    }

    public func norm() -> Double { dot(self).squareRoot() }

    /// - Precondition: it is this rank's own.
    public func fillWithNormalDeviates(using generator: inout some RandomNumberGenerator) {
        precondition(memory == nil)
        storage.buffer.fillWithNormalDeviates(using: &generator)
    }

    /// Multiplies every complex element by i. Meaningful only where all leaves are complex.
    ///
    /// - Precondition: it is this rank's own.
    public func multiplyByI() {
        precondition(layout.allComplex && memory == nil)
        for index in stride(from: 0, to: count, by: 2) {
            (pointer[index], pointer[index + 1]) = (-pointer[index + 1], pointer[index])
        }
    }

    public var isFinite: Bool { whole.isFinite }
}
