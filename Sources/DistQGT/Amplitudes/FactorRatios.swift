/// Connected ratios of a factor by the first of its ways that is usable.
final class FactorRatios: AmplitudeRatios {
    private let factor: WaveFunctionFactor
    private var way: UsableWay<any AmplitudeRatios>

    init(_ factor: WaveFunctionFactor, blockRows: Int) {
        self.factor = factor
        way = UsableWay(factor.ratioMethods) { $0.makeAmplitudeRatios(blockRows: blockRows) }
    }

    var siteCount: Int { factor.recorded.siteCount }
    var readsLogPsi: Bool { usable().readsLogPsi }

    func evaluate(_ batch: ConnectedBatch) { usable().evaluate(batch) }

    private func usable() -> any AmplitudeRatios {
        factor.recorded.bringUpToDate()
        return way.current()
    }
}
