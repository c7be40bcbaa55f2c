/// The ratios of a product as products of its factors' ratios, each by the factor's own way.
package final class FactorwiseRatios: RatioMethod {
    private let whole: RecordedFactor
    private let makeFactors: () -> [WaveFunctionFactor]
    /// Shared by all that compute ratios. Made when they are first needed.
    private lazy var factors = makeFactors()

    /// - Parameters:
    ///   - whole: the product.
    ///   - factors: at least one.
    package init(_ whole: RecordedFactor, factors: @escaping () -> [WaveFunctionFactor]) {
        self.whole = whole
        makeFactors = factors
    }

    /// What is not finite is evaluated as it is.
    package var isUsable: Bool { whole.parameters.isFinite }
    package var evaluatesTape: Bool { factors.contains { $0.ratioMethods[0].evaluatesTape } }

    package func makeProposalEvaluator(blockRows: Int) -> any ProposalEvaluator {
        FactorwiseProposals(factors.map { FactorProposals($0, blockRows: blockRows) })
    }

    package func makeAmplitudeRatios(blockRows: Int) -> any AmplitudeRatios {
        FactorwiseConnections(
            factors.map { (FactorRatios($0, blockRows: blockRows), TapeAmplitudes($0.recorded, blockRows: blockRows)) },
            whole: TapeAmplitudes(whole, blockRows: blockRows))
    }

    package func makeTransitionRatios(blockRows: Int) -> (any TransitionRatios)? {
        FactorwiseTransitions(
            factors.map { FactorTransitions($0, blockRows: blockRows) },
            whole: TapeAmplitudes(whole, blockRows: blockRows))
    }

    package var floor: RatioFloor? {
        factors.dropFirst().reduce(factors[0].ratioFloor) { $0 + $1.ratioFloor }
    }

    package func memory(_ work: RatioWork) -> RatioMemory {
        var memory = RatioMemory(
            evaluatedRows: work.summationRows, bytes: 3 * work.chains * MemoryLayout<Double>.stride)
        for factor in factors {
            let own = factor.memory(work)
            memory.bytes += own.bytes + factor.recorded.byteCount(evaluatedRows: own.evaluatedRows)
        }
        return memory
    }
}
