import LinearAlgebra

/// A variational wave function, or a factor of one: it declares its parameters and writes log ψ once, in operations of
/// the tape. Plain evaluation, the Jacobian, its transpose, rows and everything built on them follow.
public protocol Ansatz: Sendable {
    /// N, the number of spins, or of numbers that stand for other local states (`Encoder.featureCount`).
    var siteCount: Int { get }
    /// Precision of the tape: single where `isSingle`. Leaves may mix real and complex.
    var dataType: DataType { get }
    /// The parameters, in the order in which the tree is flattened.
    var leaves: [LeafDeclaration] { get }
    /// Records log ψ of one sample and returns its node (one number per sample).
    func logPsi(_ tape: Recorder) -> Node
    /// The ways to amplitude ratios that the ansatz has, and to conditional probabilities. By default what its tape
    /// shows.
    ///
    /// - Parameter factor: the ansatz as its tape evaluates it. Its parameters change from step to step: whoever keeps
    ///   what it derives from them derives it anew in `ProposalEvaluator.load` and `AmplitudeRatios.evaluate`.
    func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods
    /// Whether these include conditional probabilities: whether |ψ|² can be drawn from directly. By default false.
    var hasConditionals: Bool { get }
    /// The symmetry sector that it lies in by its construction. By default nil.
    var sector: SymmetrySector? { get }
    /// The wave functions that it is made of: the factors of a product, what a sum over a group runs over. By default none.
    var constituents: [any Ansatz] { get }
    /// The same sum over a group with the moduli of its weights, or of its terms, so that none cancel, and with the same
    /// parameters. By default nil: it is no such sum.
    var withPositiveWeights: (any Ansatz)? { get }
}

extension Ansatz {
    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods { AmplitudeMethods(shownBy: factor) }
    public var hasConditionals: Bool { false }
    public var sector: SymmetrySector? { nil }
    public var constituents: [any Ansatz] { [] }
    public var withPositiveWeights: (any Ansatz)? { nil }

    /// Whether log ψ has phases or signs: whether its imaginary part can be non-zero.
    public var hasPhases: Bool {
        let recorder = Recorder(layout: ParameterLayout(leaves: leaves.map(\.leaf)), siteCount: siteCount)
        return logPsi(recorder).isComplex
    }
}

extension Tape {
    /// - Parameter readsSpins: whether what it reads is spins ±1.
    package init(_ ansatz: some Ansatz, readsSpins: Bool = true) {
        let layout = ParameterLayout(leaves: ansatz.leaves.map(\.leaf))
        let recorder = Recorder(layout: layout, siteCount: ansatz.siteCount, readsSpins: readsSpins)
        let output = ansatz.logPsi(recorder)
        self.init(layout: layout, recorder: recorder, output: output)
    }
}

/// A leaf of the parameter tree with the distribution it starts from.
public struct LeafDeclaration: Sendable {
    /// Where a kernel's shape has the outputs: [..., in, out], or [out, in, ...].
    public enum OutputAxis: Sendable { case first, last }

    public let leaf: Leaf
    public let initialiser: Initialiser
    public let outputAxis: OutputAxis
    /// Numbers that are known to be a good start; nil where all is drawn.
    public let start: Start?

    /// First values that are computed, to which a random part is added.
    public struct Start: Sendable {
        /// The random part's standard deviation over the root mean square of the values.
        public let noise: Double
        /// `leaf.realCount` numbers; nil where there are none after all.
        public let values: @Sendable () -> [Double]?

        public init(noise: Double, values: @escaping @Sendable () -> [Double]?) {
            self.noise = noise
            self.values = values
        }
    }

    public init(
        _ name: String, _ shape: [Int], isComplex: Bool, _ initialiser: Initialiser, outputAxis: OutputAxis = .last,
        start: Start? = nil, isTrained: Bool = true
    ) {
        self.start = start
        leaf = Leaf(name: name, shape: shape, isComplex: isComplex, isTrained: isTrained)
        self.initialiser = initialiser
        self.outputAxis = outputAxis
    }

    /// The same leaf on a branch of a larger tree.
    func onBranch(_ name: String) -> LeafDeclaration {
        if name.isEmpty { return self }
        return LeafDeclaration(
            "\(name)/\(leaf.name)", leaf.shape, isComplex: leaf.isComplex, initialiser, outputAxis: outputAxis,
            start: start, isTrained: leaf.isTrained)
    }

    /// The same leaf, which an optimisation leaves as it is.
    func frozen() -> LeafDeclaration {
        LeafDeclaration(
            leaf.name, leaf.shape, isComplex: leaf.isComplex, initialiser, outputAxis: outputAxis, start: start,
            isTrained: false)
    }
}
