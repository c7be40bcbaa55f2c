/// Ratios from log ψ_f of whole configurations, in batches: the way of every factor, at any parameters.
package final class WholeEvaluations: RatioMethod {
    private let factor: RecordedFactor

    package init(_ factor: RecordedFactor) { self.factor = factor }

    package var evaluatesTape: Bool { true }

    package func makeProposalEvaluator(blockRows: Int) -> any ProposalEvaluator {
        BatchedProposals(TapeAmplitudes(factor, blockRows: blockRows))
    }
    package func makeAmplitudeRatios(blockRows: Int) -> any AmplitudeRatios {
        BatchedRatios(TapeAmplitudes(factor, blockRows: blockRows))
    }

    package func makeTransitionRatios(blockRows: Int) -> (any TransitionRatios)? {
        BatchedTransitions(TapeAmplitudes(factor, blockRows: blockRows))
    }

    package func memory(_ work: RatioWork) -> RatioMemory {
        guard work.samples > 0 else { return RatioMemory(evaluatedRows: 0, bytes: 0) }
        return RatioMemory(
            evaluatedRows: max(work.samplingRows, work.energyRows),
            bytes: BatchedRatios.defaultCapacity * (factor.siteCount + 2 * MemoryLayout<Double>.stride))
    }
}
