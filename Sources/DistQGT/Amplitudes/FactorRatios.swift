/// Connected ratios of a factor by the first of its ways that is usable, chosen as `FactorProposals` does.
final class FactorRatios: AmplitudeRatios {
    private let factor: WaveFunctionFactor
    private let blockRows: Int
    /// By method.
    private var evaluators: [(any AmplitudeRatios)?]

    init(_ factor: WaveFunctionFactor, blockRows: Int) {
        self.factor = factor
        self.blockRows = blockRows
        evaluators = factor.ratioMethods.map { _ in nil }
    }

    var siteCount: Int { factor.recorded.siteCount }
    var readsLogPsi: Bool { usableRatios().readsLogPsi }

    func evaluate(_ batch: ConnectedBatch) { usableRatios().evaluate(batch) }

    private func usableRatios() -> any AmplitudeRatios {
        factor.recorded.bringUpToDate()
        let methods = factor.ratioMethods
        let place = methods.firstIndex(where: \.isUsable) ?? methods.count - 1
        if let made = evaluators[place] { return made }
        let made = methods[place].makeAmplitudeRatios(blockRows: blockRows)
        evaluators[place] = made
        return made
    }
}
