/// Ratios by changes of the first layer, where dense layers are all that reads the spins: flips change their values by
/// a few rows of the kernels, and the rest of the tape is evaluated from there for many configurations together.
package final class FirstLayerChanges: RatioMethod {
    private let factor: RecordedFactor
    private let firstLayer: FirstLayer

    /// Nil where anything but dense layers reads the spins.
    package init?(_ factor: RecordedFactor) {
        guard let firstLayer = factor.machine.tape.firstLayer else { return nil }
        self.factor = factor
        self.firstLayer = firstLayer
    }

    /// Numbers that are not finite would stay in what is kept.
    package var isUsable: Bool { factor.parameters.isFinite }
    package var evaluatesTape: Bool { true }

    package func makeProposalEvaluator(blockRows: Int) -> any ProposalEvaluator {
        func make(_ machine: some TapeExecution) -> any ProposalEvaluator {
            FirstLayerProposals(FirstLayerWalkers(machine.typed, firstLayer), blockRows: blockRows)
        }
        return make(factor.machine)
    }

    package func makeAmplitudeRatios(blockRows: Int) -> any AmplitudeRatios {
        func make(_ machine: some TapeExecution) -> any AmplitudeRatios {
            FirstLayerRatios(FirstLayerWalkers(machine.typed, firstLayer), blockRows: blockRows)
        }
        return make(factor.machine)
    }

    package func memory(_ work: RatioWork) -> RatioMemory {
        let rows = FirstLayerRatios<Double>.rows(factor.machine.tape, atMost: work.energyRows)
        return RatioMemory(
            evaluatedRows: work.samples > 0 ? max(work.samplingRows, rows) : 0,
            bytes: FirstLayerWalkers<Double>.byteCount(
                firstLayer, rows: work.chains + (work.samples > 0 ? work.sampleBatch : 0)))
    }
}
