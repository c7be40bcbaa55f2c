/// log ψ of a wave function, with its ways to amplitude ratios.
public final class NetworkAmplitudes: LogAmplitudes {
    package let factor: WaveFunctionFactor
    /// Whether proposals are decided in single precision where that leaves no doubt: `ScreenedProposals`. Takes effect
    /// with the next evaluator that is made.
    public var screensProposals = false
    private let whole: TapeAmplitudes

    package init(_ factor: WaveFunctionFactor, blockRows: Int) {
        self.factor = factor
        whole = TapeAmplitudes(factor.recorded, blockRows: blockRows)
    }

    /// log ψ of the same wave function in single precision, by memory of its own; nil where it is in single precision
    /// itself.
    func inSinglePrecision() -> NetworkAmplitudes? {
        factor.inSinglePrecision().map { NetworkAmplitudes($0, blockRows: blockRows) }
    }

    /// Whether `screensProposals` changes anything: not for networks of single precision, nor for those whose ratios
    /// take no evaluation of the network.
    public var canScreenProposals: Bool { factor.canBeScreened }

    public var siteCount: Int { whole.siteCount }
    public var blockRows: Int { whole.blockRows }
    public var isComplex: Bool { whole.isComplex }

    public func makeProposalEvaluator() -> any ProposalEvaluator {
        FactorProposals(factor, blockRows: blockRows, isScreened: screensProposals)
    }
    public func makeAmplitudeRatios() -> any AmplitudeRatios { FactorRatios(factor, blockRows: blockRows) }

    public func makeTransitionRatios() -> any TransitionRatios { FactorTransitions(factor, blockRows: blockRows) }

    /// The conditional probabilities that a direct sampler draws from; nil for a wave function that has none.
    public func makeConditionalEvaluator() -> (any ConditionalEvaluator)? { factor.conditionals?.makeEvaluator() }

    public func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        whole.evaluate(spins, count: count, into: logPsi)
    }
}
