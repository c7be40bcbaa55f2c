/// The Jacobian J = ∂ log ψ / ∂θ of this rank's samples: parameter tangents to log-amplitude tangents,
/// real-linear; its transpose reads the same tape backwards. No communication.
///
/// Valid until its state is linearised again or its parameters change.
public final class Linearisation: LinearMap {
    public let space: SampleSpace
    public let layout: ParameterLayout
    /// log ψ of the local samples, (re, im) in turn.
    public let logPsi: [Double]
    private let machine: any TapeExecution
    private let isCurrent: () -> Bool
    private let scratch = Region<Double>(capacity: 0)
    private let rowScratch = Region<Double>(capacity: 0)

    package init(
        machine: any TapeExecution, space: SampleSpace, logPsi: [Double], isCurrent: @escaping () -> Bool
    ) {
        self.machine = machine
        self.space = space
        self.logPsi = logPsi
        self.isCurrent = isCurrent
        layout = machine.tape.layout
    }

    private func requireCurrent() {
        precondition(isCurrent(), "a Linearisation was used after its state had been linearised again or changed")
    }

    public func makeDomainVector() -> ParameterVector { ParameterVector(layout) }
    public func makeCodomainVector() -> SampleVector { SampleVector(space) }

    /// y ← J x for a block of k parameter vectors. Local.
    public func apply(_ x: ParameterVector, into y: SampleVector) {
        precondition(x.vectors == y.vectors)
        requireCurrent()
        machine.loadTangents(x.pointer, stride: layout.count, count: x.vectors)
        for chunk in 0..<machine.chunkCount {
            machine.forward(chunk: chunk, into: y.pointer + machine.chunkRange(chunk).lowerBound * y.stride)
        }
    }

    /// x ← Jᵀ y, summed over the local samples, for a block of k sample vectors. Local.
    public func applyTransposed(_ y: SampleVector, into x: ParameterVector) {
        precondition(x.vectors == y.vectors)
        requireCurrent()
        machine.beginTransposed(vectors: y.vectors)
        for chunk in 0..<machine.chunkCount {
            machine.backward(chunk: chunk, from: y.pointer + machine.chunkRange(chunk).lowerBound * y.stride)
        }
        machine.endTransposed(into: x.pointer, stride: layout.count)
    }

    /// The fused pass: each chunk goes forward, is given to `middle`, and goes straight back while it is
    /// in cache. `middle` gets the chunk's samples and their tangents (sample, vector, component), and
    /// overwrites them with the seeds of the transposed pass. Local.
    ///
    /// - Parameter result: k·P reals, overwritten with Jᵀ(seeds) summed over the local samples.
    package func forwardAndBack(
        _ x: ParameterVector, into result: UnsafeMutablePointer<Double>,
        _ middle: (Range<Int>, UnsafeMutablePointer<Double>) -> Void
    ) {
        requireCurrent()
        let stride = x.vectors * space.components
        scratch.reserve(machine.chunkRows * stride)
        machine.loadTangents(x.pointer, stride: layout.count, count: x.vectors)
        machine.beginTransposed(vectors: x.vectors)
        for chunk in 0..<machine.chunkCount {
            machine.forward(chunk: chunk, into: scratch.pointer)
            middle(machine.chunkRange(chunk), scratch.pointer)
            machine.backward(chunk: chunk, from: scratch.pointer)
        }
        machine.endTransposed(into: result, stride: layout.count)
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
    package func forEachRowBlock(_ body: (Range<Int>, UnsafePointer<Double>) throws -> Void) rethrows {
        let width = space.components * layout.count
        // 8 MB of rows at a time, at least one sample.
        try forEachBlock(ofAtMost: max(1, (1 << 20) / max(1, width))) { chunk, samples in
            rowScratch.reserve(samples.count * width)
            for component in 0..<space.components {
                machine.rows(
                    chunk: chunk, samples: samples, seeds: seeds(component, count: samples.count),
                    into: rowScratch.pointer + component * layout.count, stride: width)
            }
            let first = machine.chunkRange(chunk).lowerBound
            try body(first + samples.lowerBound ..< first + samples.upperBound, rowScratch.pointer)
        }
    }

    /// The local rows with the separable primitives' parts left as factors. Local.
    package func factors() -> RowFactors {
        let factors = RowFactors(SeparationPlan(machine.tape), tape: machine.tape, samples: space.localCount)
        let width = max(1, factors.plan.restWidth)
        forEachBlock(ofAtMost: max(1, (1 << 20) / width)) { chunk, samples in
            for component in 0..<space.components {
                machine.factors(
                    chunk: chunk, samples: samples, seeds: seeds(component, count: samples.count),
                    component: component, into: factors)
            }
        }
        return factors
    }

    private func forEachBlock(ofAtMost limit: Int, _ body: (Int, Range<Int>) throws -> Void) rethrows {
        requireCurrent()
        for chunk in 0..<machine.chunkCount {
            let count = machine.chunkRange(chunk).count
            for first in stride(from: 0, to: count, by: limit) {
                try body(chunk, first ..< min(count, first + limit))
            }
        }
    }

    /// 1 (component 0) or i (component 1) for every sample.
    private func seeds(_ component: Int, count: Int) -> UnsafePointer<Double> {
        let reals = count * space.components
        scratch.reserve(reals)
        for index in 0..<reals { scratch.pointer[index] = index % space.components == component ? 1 : 0 }
        return UnsafePointer(scratch.pointer)
    }
}
