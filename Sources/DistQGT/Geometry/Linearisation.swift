/// The Jacobian J = ∂ log ψ / ∂θ of this rank's samples: parameter tangents to log-amplitude tangents,
/// real-linear; its transpose reads the same tape backwards. No communication.
///
/// Valid until its state is linearised again.
public final class Linearisation: LinearMap {
    public let space: SampleSpace
    public let layout: ParameterLayout
    /// log ψ of the local samples, (re, im) in turn.
    public let logPsi: [Double]
    private let machine: any TapeExecution
    private let isCurrent: () -> Bool
    private let scratch = Region<Double>(capacity: 0)

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
        precondition(isCurrent(), "a Linearisation was used after its state had been linearised again")
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

    /// The local rows of J: `localCount × P` reals ∂ Re log ψ(σ)/∂θ, and as many for Im log ψ where it is
    /// complex (else empty). From one backward pass per part with a seed for every sample. Local.
    public func rows() -> (real: [Double], imaginary: [Double]) {
        requireCurrent()
        let count = layout.count
        func rows(seed: (Double, Double)) -> [Double] {
            [Double](unsafeUninitializedCapacity: space.localCount * count) { buffer, initialised in
                scratch.reserve(machine.chunkRows * space.components)
                for sample in 0..<machine.chunkRows {
                    scratch.pointer[sample * space.components] = seed.0
                    if space.isComplex { scratch.pointer[sample * 2 + 1] = seed.1 }
                }
                if let base = buffer.baseAddress {
                    for chunk in 0..<machine.chunkCount {
                        machine.rows(
                            chunk: chunk, seeds: scratch.pointer,
                            into: base + machine.chunkRange(chunk).lowerBound * count, stride: count)
                    }
                }
                initialised = space.localCount * count
            }
        }
        return (rows(seed: (1, 0)), space.isComplex ? rows(seed: (0, 1)) : [])
    }
}
