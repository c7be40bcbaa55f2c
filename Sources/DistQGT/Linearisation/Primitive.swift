import LinearAlgebra

/// One operation on the tape, seen twice: as a function of its inputs' values (`evaluate`), and as the
/// linear map from its inputs' tangents to its output's tangent (`apply`) with its adjoint
/// (`transpose`). A nonlinear function is recorded as the linear map "scale by the slope".
///
/// Each method is called once per chunk of samples; loops over elements are array kernels. Outputs
/// of `evaluate` and `apply` are overwritten; `transpose` adds to an input's cotangent where
/// `context.accumulates(position)` says so and overwrites it otherwise.
package protocol Primitive: Sendable {
    var inputs: [Node] { get }
    var output: Node { get }
    /// Positions in `inputs` whose values the linear map reads, so that the tape keeps them.
    var keptInputs: [Int] { get }
    /// Reals per sample of the array that `evaluate` saves for the linear map (the slope), 0 if none.
    var slopeReals: Int { get }
    /// Reals of working memory, however many samples there are.
    var scratchReals: Int { get }
    /// Whether the output may lie in the memory of input 0, in every direction.
    var worksInPlace: Bool { get }
    /// Which arrays `evaluate` takes with samples side by side.
    var interleaving: Interleaving { get }
    /// Real multiplications of `evaluate` for each sample (in the parameter part: in all), for estimates of time.
    var multiplications: Int { get }
    /// Real multiplications of `apply` for each sample and vector, and of `transpose` as many.
    var tangentMultiplications: Int { get }
    /// Reals that each pass with tangents looks up or adds to by index, for each sample and vector: what estimates of time
    /// count beside multiplications.
    var indexedReals: Int { get }
    /// What is done at every image of a sample (`Recorder.images`); itself where there is one image.
    var atEachCopy: any Primitive { get }

    func evaluate<R: TapeScalar>(_ context: TapeContext<R>)
    func apply<R: TapeScalar>(_ context: TapeContext<R>)
    func transpose<R: TapeScalar>(_ context: TapeContext<R>)
}

/// Which of a primitive's arrays may lie element by element, with as many samples side by side as a vector register holds:
/// where samples go through the lanes of vectors anyway, nothing then is transposed between one operation and the next.
package enum Interleaving: Sendable {
    case none
    /// All or none: elements are worked on alike, wherever they lie.
    case alike
    /// Any of them.
    case any
}

extension Primitive {
    package var keptInputs: [Int] { [] }
    package var slopeReals: Int { 0 }
    package var scratchReals: Int { 0 }
    package var worksInPlace: Bool { false }
    package var interleaving: Interleaving { .none }
    package var multiplications: Int { output.reals }
    package var tangentMultiplications: Int { output.hasTangent ? multiplications : 0 }
    package var indexedReals: Int { 0 }
    package var atEachCopy: any Primitive { self }
}

/// A primitive that brings parameters into the sample part: it also has the transpose without the
/// sum over samples.
package protocol ParameterPrimitive: Primitive {
    /// The parameter nodes that `transposeRows` writes rows of: its parameter inputs, or what those are made from.
    var rowNodes: [Node] { get }
    /// As `transpose` for sample inputs; for `rowNodes`, adds each sample's cotangent to that
    /// sample's row (`context.row`). One vector per block.
    func transposeRows<R: TapeScalar>(_ context: TapeContext<R>)
    /// What the primitive's part of a row is made of, where each sample has one row; nil where there is no such rule.
    var separable: SeparableRow? { get }
}

extension ParameterPrimitive {
    package var rowNodes: [Node] { inputs.filter { $0.part == .parameter } }
}

/// Where the arrays of one operation lie while a chunk is worked on.
package struct TapeContext<R: TapeScalar> {
    /// Samples in this chunk, or their images.
    package private(set) var samples: Int
    /// k, vectors per block of tangents; 1 while evaluating.
    package let vectors: Int
    /// The array saved by this operation's `evaluate`; nil when the chunk is evaluated without a tape.
    package let slope: UnsafeMutablePointer<R>?
    /// Working memory of `scratchReals`; nothing in it lasts.
    package let scratch: UnsafeMutablePointer<R>
    fileprivate let values: UnsafePointer<UnsafeMutablePointer<R>?>
    fileprivate let tangents: UnsafePointer<UnsafeMutablePointer<R>?>
    /// Bit p: the cotangent of input p already holds a contribution.
    fileprivate let accumulated: UInt64
    fileprivate let rows: RowDestination<R>?
    /// By node; nil where none is.
    fileprivate let interleaved: UnsafePointer<Bool>?
    /// Whether the bits of a sample's result must depend on that sample alone, not on how many there are: so it is
    /// where samples are evaluated without a tape.
    package let separatesSamples: Bool
    /// Of `samples`, those that are images of one sample.
    private var images = 1

    package init(
        samples: Int, vectors: Int, slope: UnsafeMutablePointer<R>?, scratch: UnsafeMutablePointer<R>,
        values: UnsafePointer<UnsafeMutablePointer<R>?>, tangents: UnsafePointer<UnsafeMutablePointer<R>?>,
        accumulated: UInt64, rows: RowDestination<R>? = nil, interleaved: UnsafePointer<Bool>? = nil,
        separatesSamples: Bool = false
    ) {
        self.interleaved = interleaved
        self.separatesSamples = separatesSamples
        self.samples = samples
        self.vectors = vectors
        self.slope = slope
        self.scratch = scratch
        self.values = values
        self.tangents = tangents
        self.accumulated = accumulated
        self.rows = rows
    }

    /// `slope` in the passes of the linear map, for which it is saved.
    package var savedSlope: UnsafeMutablePointer<R> {
        guard let slope else { preconditionFailure("no slope: the chunk was not linearised") }
        return slope
    }

    /// Rows of a node's matrix: samples × rows, or rows in the parameter part. Blocks of interleaved samples are full.
    package func rows(_ node: Node) -> Int {
        guard node.part == .sample else { return node.rows }
        return (isInterleaved(node) ? R.wholeBlocks(samples) : samples) * node.rows
    }

    /// Whether values lie element by element with `R.interleavedSamples(of: samples)` samples side by side.
    package func isInterleaved(_ node: Node) -> Bool { interleaved?[node.index] ?? false }

    /// Samples, or 1 in the parameter part.
    package func groups(_ node: Node) -> Int { node.part == .sample ? samples : 1 }

    /// A node's values. The tape's plan guarantees them wherever a primitive asks for them.
    package func value(_ node: Node) -> UnsafeMutablePointer<R> {
        guard let pointer = values[node.index] else { preconditionFailure("node \(node.index) has no values here") }
        return pointer
    }
    /// A node's tangents (or cotangents, in a transposed pass); nil for a node that depends on no parameter.
    package func tangent(_ node: Node) -> UnsafeMutablePointer<R>? { tangents[node.index] }
    package func accumulates(_ position: Int) -> Bool { accumulated & (1 << UInt64(position)) != 0 }

    /// The part of sample `sample`'s row that belongs to a parameter node.
    package func row(_ node: Node, sample: Int) -> UnsafeMutablePointer<R> {
        guard let rows, rows.offsets[node.index] >= 0 else { preconditionFailure("no rows asked for") }
        return rows.base + sample / images * rows.stride + rows.offsets[node.index]
    }

    /// The same with every sample's images as samples; their rows add up in the sample's.
    func imaged(_ count: Int) -> TapeContext {
        var context = self
        context.samples *= count
        context.images *= count
        return context
    }
}

/// Where the rows of parameter nodes go: sample-major, node n's part at `offsets[n]`.
package struct RowDestination<R: TapeScalar> {
    package let base: UnsafeMutablePointer<R>
    package let stride: Int
    package let offsets: [Int]
}

/// A primitive whose row is separable mode by mode.
package protocol ModewiseSeparable: ParameterPrimitive {
    /// As `transposeRows`, but what `separable` calls the kernel's part stays in two factors, sample after sample: the
    /// modes of x and those of ȳ.
    ///
    /// - Parameter input: nil where only those of ȳ are wanted.
    func transposeFactors<R: TapeScalar>(
        _ context: TapeContext<R>, input: UnsafeMutablePointer<R>?, cotangent: UnsafeMutablePointer<R>)
}

/// The two factors of a separable primitive's row.
package struct SeparableRow: Sendable {
    package enum Form: Sendable {
        /// The kernel's part is x† ⊗ ȳ (a real or complex outer product by the kernel's field, real parts taken where x is
        /// real), the bias's part is ȳ.
        case product(bias: Node?)
        /// The kernel's part is Aᵀ D⁻¹ (A x)† ⊗ A ȳ with the modes A x and A ȳ of periodic arrays, so that the inner product
        /// of two rows is Σ_m Re[⟨x_m, x′_m⟩ ⟨ȳ′_m, ȳ_m⟩]/D_m.
        case modes(LatticeWaves, channels: (in: Int, out: Int))
    }

    package let form: Form
    package let input: Node
    package let output: Node
    /// The parameter node that the primitive reads.
    package let weights: Node
    /// The parameter node whose numbers the rule is about; `weights` is made from it.
    package let kernel: Node

    package var bias: Node? {
        guard case .product(let bias) = form else { return nil }
        return bias
    }
}
