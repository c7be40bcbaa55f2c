import LinearAlgebra

/// The Jacobian J = ∂ log ψ / ∂θ of this rank's samples: parameter tangents to log-amplitude tangents,
/// real-linear; its transpose reads the same tape backwards. No communication.
///
/// Valid until its state is linearised again or its parameters change. The same map may be held as rows in memory
/// (`StoredJacobian`), valid until that memory is filled again, and either in single precision
/// (`inSinglePrecision`).
public final class Linearisation: LinearMap {
    public let space: SampleSpace
    /// Of the parameters that log ψ is differentiated by: those that are trained.
    public let layout: ParameterLayout
    /// log ψ of the local samples, (re, im) in turn.
    public let logPsi: [Double]
    private let jacobian: any ChunkedJacobian
    private let isCurrent: () -> Bool
    private let scratch = Region<Double>(capacity: 0)
    private let rowScratch = Region<Double>(capacity: 0)

    package init(
        jacobian: any ChunkedJacobian, space: SampleSpace, logPsi: [Double], isCurrent: @escaping () -> Bool
    ) {
        self.jacobian = jacobian
        self.space = space
        self.logPsi = logPsi
        self.isCurrent = isCurrent
        layout = jacobian.layout
    }

    private func requireCurrent() {
        precondition(isCurrent(), "a Linearisation was used after what it was made from had changed")
    }

    /// The same linearisation with its saved arrays (or rows) converted to single precision: J and Jᵀ to about
    /// 1e-6, at half the memory traffic. The network is not evaluated again; vectors and sums over samples stay
    /// double. The original stays valid, and this one as long as it. Itself where it is single already. Local.
    public func inSinglePrecision() -> Linearisation {
        requireCurrent()
        return Linearisation(
            jacobian: jacobian.inSinglePrecision(), space: space, logPsi: logPsi, isCurrent: isCurrent)
    }

    public func makeDomainVector() -> ParameterVector { ParameterVector(layout) }
    public func makeCodomainVector() -> SampleVector { SampleVector(space) }
    /// Zero, in memory that the ranks of a node have in common where there is such. Collective over these ranks.
    package func makeReplicatedVector() -> ParameterVector {
        ParameterVector(layout, in: space.communicator.replicatedMemory)
    }

    /// y ← J x for a block of k parameter vectors. Local.
    public func apply(_ x: ParameterVector, into y: SampleVector) {
        precondition(x.vectors == y.vectors)
        requireCurrent()
        jacobian.loadTangents(x.pointer, stride: layout.count, count: x.vectors)
        for chunk in 0..<jacobian.chunkCount {
            jacobian.forward(chunk: chunk, into: y.pointer + jacobian.chunkRange(chunk).lowerBound * y.stride)
        }
    }

    /// x ← Jᵀ y, summed over the local samples, for a block of k sample vectors. Local.
    public func applyTransposed(_ y: SampleVector, into x: ParameterVector) {
        precondition(x.vectors == y.vectors)
        applyTransposed(y, samples: 0..<space.localCount, into: x.pointer)
    }

    /// Jᵀ y summed over some of the local samples: a block of `space.sums`, or all of them. Local.
    ///
    /// - Parameter result: k·P reals, overwritten.
    package func applyTransposed(_ y: SampleVector, samples: Range<Int>, into result: UnsafeMutablePointer<Double>) {
        requireCurrent()
        jacobian.beginTransposed(vectors: y.vectors, into: result, stride: layout.count)
        for chunk in jacobian.chunks(of: samples) {
            jacobian.backward(chunk: chunk, from: y.pointer + jacobian.chunkRange(chunk).lowerBound * y.stride)
        }
        jacobian.endTransposed()
    }

    /// Takes the vectors of the fused passes to come, which stay where they are until the last of them. Local.
    package func load(_ x: ParameterVector) {
        requireCurrent()
        scratch.reserve(jacobian.chunkRows * x.vectors * space.components)
        jacobian.loadTangents(x.pointer, stride: layout.count, count: x.vectors)
    }

    /// The fused pass over some of the local samples, a block of `space.sums` or all of them: each chunk goes forward,
    /// is given to `middle`, and goes straight back while it is in cache. `middle` gets the chunk's samples and their
    /// tangents (sample, vector, component), and overwrites them with the seeds of the transposed pass. Local.
    ///
    /// - Parameters:
    ///   - vectors: of the block that was loaded.
    ///   - result: k·P reals, overwritten with Jᵀ(seeds) summed over the samples.
    package func forwardAndBack(
        _ samples: Range<Int>, vectors: Int, into result: UnsafeMutablePointer<Double>,
        _ middle: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
    ) {
        requireCurrent()
        jacobian.beginTransposed(vectors: vectors, into: result, stride: layout.count)
        for chunk in jacobian.chunks(of: samples) {
            jacobian.forward(chunk: chunk, into: scratch.pointer)
            middle(jacobian.chunkRange(chunk), scratch.pointer)
            jacobian.backward(chunk: chunk, from: scratch.pointer)
        }
        jacobian.endTransposed()
    }

    /// The local rows of J: `localCount × components × P` reals, ∂ Re log ψ(σ)/∂θ and, where log ψ is complex,
    /// ∂ Im log ψ(σ)/∂θ in turn. From one backward pass per component with a seed for every sample. Local.
    public func rows() -> [Double] {
        let width = space.components * layout.count
        return [Double](unsafeUninitializedCapacity: space.localCount * width) { buffer, initialised in
            if let base = buffer.baseAddress {
                forEachRowBlock { samples, rows in
                    (base + samples.lowerBound * width).update(from: rows, count: samples.count * width)
                }
            }
            initialised = space.localCount * width
        }
    }

    /// Gives the rows block by block, as `rows()` lays them out, in blocks that fit a cache-sized scratch. Local.
    ///
    /// - Parameter samples: a block of `space.sums`; nil for all.
    package func forEachRowBlock(
        of samples: Range<Int>? = nil, _ body: (Range<Int>, UnsafePointer<Double>) throws -> Void
    ) rethrows {
        let width = space.components * layout.count
        // 8 MB of rows at a time, at least one sample.
        try forEachBlock(
            of: samples ?? 0..<space.localCount, ofAtMost: max(1, (1 << 20) / max(1, width))
        ) { chunk, samples in
            rowScratch.reserve(samples.count * width)
            for component in 0..<space.components {
                jacobian.rows(
                    chunk: chunk, samples: samples, component: component,
                    into: rowScratch.pointer + component * layout.count, stride: width)
            }
            let first = jacobian.chunkRange(chunk).lowerBound
            try body(first + samples.lowerBound..<first + samples.upperBound, rowScratch.pointer)
        }
    }

    /// The local rows with the separable primitives' parts left as factors; nil where only rows are known. Local.
    ///
    /// - Parameter modewise: whether convolutions are among them.
    package func factors(modewise: Bool) -> RowFactors? {
        requireCurrent()
        return jacobian.factors(modewise: modewise)
    }

    /// Gives all local rows, as `rows()` lays them out, without a copy where they lie in memory. Local.
    package func withRows<Result>(_ body: (UnsafeBufferPointer<Double>) throws -> Result) rethrows -> Result {
        requireCurrent()
        if let rows = jacobian.rowsInMemory { return try body(rows) }
        return try rows().withUnsafeBufferPointer(body)
    }

    private func forEachBlock(
        of samples: Range<Int>, ofAtMost limit: Int, _ body: (Int, Range<Int>) throws -> Void
    ) rethrows {
        requireCurrent()
        for chunk in jacobian.chunks(of: samples) {
            let count = jacobian.chunkRange(chunk).count
            for first in stride(from: 0, to: count, by: limit) {
                try body(chunk, first..<min(count, first + limit))
            }
        }
    }
}
