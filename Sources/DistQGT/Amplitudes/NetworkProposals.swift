/// Proposals of a network by the cheapest way its tape shows: products over hidden units, or the first layer's
/// changes and the rest of the network, or whole evaluations; the latter two screened in single precision where that
/// was asked for.
///
/// The choice may differ from one `load` to the next: parameters so large that exponentials would overflow have
/// no products, and those that are not finite are evaluated as they are. It depends on the parameters alone, so
/// that all ranks make the same.
final class NetworkProposals: ProposalEvaluator {
    private let amplitudes: NetworkAmplitudes
    private lazy var products = amplitudes.state.productTables.map { ProductProposals($0) }
    private lazy var others = screened ?? amplitudes.firstLayerProposals() ?? whole
    private lazy var screened: (any ProposalEvaluator)? =
        amplitudes.screensProposals ? ScreenedProposals(amplitudes) : nil
    private lazy var whole: any ProposalEvaluator = BatchedProposals(amplitudes)
    private var current: (any ProposalEvaluator)?

    init(_ amplitudes: NetworkAmplitudes) {
        self.amplitudes = amplitudes
    }

    var siteCount: Int { amplitudes.siteCount }
    var chainsInStep: Int { current?.chainsInStep ?? .max }

    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        let evaluator: any ProposalEvaluator
        if amplitudes.state.productsAreUsable, let products {
            evaluator = products
        } else {
            evaluator = amplitudes.state.parameters.isFinite ? others : whole
        }
        evaluator.load(spins, chains: chains)
        current = evaluator
    }

    func evaluate(_ batch: ProposalBatch) { current?.evaluate(batch) }
    func update(_ batch: ProposalBatch) { current?.update(batch) }
    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool {
        current?.currentLogPsi(into: logPsi) ?? false
    }
}
