/// Connected ratios of a network by the cheapest way its tape shows, chosen as `NetworkProposals` does.
final class NetworkRatios: AmplitudeRatios {
    private let amplitudes: NetworkAmplitudes
    private lazy var products = amplitudes.state.productTables.map { ProductRatios($0) }
    private lazy var others = amplitudes.firstLayerRatios() ?? whole
    private lazy var whole: any AmplitudeRatios = BatchedRatios(amplitudes)

    init(_ amplitudes: NetworkAmplitudes) {
        self.amplitudes = amplitudes
    }

    var siteCount: Int { amplitudes.siteCount }

    func evaluate(_ batch: ConnectedBatch) {
        if amplitudes.state.productsAreUsable, let products {
            products.evaluate(batch)
        } else if amplitudes.state.parameters.isFinite {
            others.evaluate(batch)
        } else {
            whole.evaluate(batch)
        }
    }
}
