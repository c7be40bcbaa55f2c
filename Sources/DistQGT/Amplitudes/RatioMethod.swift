/// A way to the amplitude ratios of a factor: to ask for the ratio of a proposal, to accept it, and to refresh what is
/// kept (`ProposalEvaluator`), and to the ratios of connected configurations (`AmplitudeRatios`).
///
/// An ansatz says which ways it has, the preferred one first (`Ansatz.amplitudeMethods`). What is usable may change
/// with the parameters; where no way is, the whole factor is evaluated. Local: no communication.
public protocol RatioMethod: AnyObject {
    /// Whether the way can be taken at the present parameters. Depends on these alone, so that all ranks choose alike.
    /// Asked once before each call of `ProposalEvaluator.load` and `AmplitudeRatios.evaluate`. By default true.
    var isUsable: Bool { get }
    /// Whether ratios take evaluations of the factor's tape, which are cheaper in single precision. By default false.
    var evaluatesTape: Bool { get }
    /// What gives the ratios of proposals.
    ///
    /// - Parameter blockRows: configurations that are evaluated together, where any are.
    func makeProposalEvaluator(blockRows: Int) -> any ProposalEvaluator
    /// What gives the ratios of connected configurations.
    ///
    /// - Parameter blockRows: configurations that are evaluated together, at most, where any are.
    func makeAmplitudeRatios(blockRows: Int) -> any AmplitudeRatios
    /// What gives the ratios of transitions of any kind. By default nil: the way knows flips of spins only.
    ///
    /// - Parameter blockRows: as above.
    func makeTransitionRatios(blockRows: Int) -> (any TransitionRatios)?
    /// The memory that they take. By default none to speak of.
    func memory(_ work: RatioWork) -> RatioMemory
    /// What they cannot do without; nil for whole evaluations of the tape. By default nil.
    var floor: RatioFloor? { get }
}

extension RatioMethod {
    public var isUsable: Bool { true }
    public var evaluatesTape: Bool { false }
    public var floor: RatioFloor? { nil }
    public func makeTransitionRatios(blockRows: Int) -> (any TransitionRatios)? { nil }
    public func memory(_ work: RatioWork) -> RatioMemory {
        RatioMemory(evaluatedRows: work.summationRows, bytes: 0)
    }
}

/// A way to draw from |ψ_f|² directly.
public struct ConditionalMethod {
    /// What gives the conditional probabilities.
    public let makeEvaluator: () -> any ConditionalEvaluator
    /// Bytes of an evaluator.
    public let byteCount: Int

    public init(byteCount: Int, makeEvaluator: @escaping () -> any ConditionalEvaluator) {
        self.byteCount = byteCount
        self.makeEvaluator = makeEvaluator
    }
}

/// What a factor knows about its amplitudes beside log ψ_f on the tape.
public struct AmplitudeMethods {
    /// Ways to amplitude ratios, the preferred one first; whole evaluations need not be named.
    public var ratios: [any RatioMethod]
    /// Nil where |ψ_f|² cannot be drawn from directly.
    public var conditionals: ConditionalMethod?

    public init(ratios: [any RatioMethod], conditionals: ConditionalMethod? = nil) {
        self.ratios = ratios
        self.conditionals = conditionals
    }

    /// What the tape shows: products over hidden units, then changes of the first layer. Both know flips of spins only.
    public init(shownBy factor: RecordedFactor) {
        guard factor.readsSpins else {
            self.init(ratios: [])
            return
        }
        let products: (any RatioMethod)? = HiddenUnitProducts(factor)
        let firstLayer: (any RatioMethod)? = FirstLayerChanges(factor)
        self.init(ratios: [products, firstLayer].compactMap { $0 })
    }
}
