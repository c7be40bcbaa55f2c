/// Proposals of a factor by the first of its ways that is usable; those that take evaluations are screened in single
/// precision where that was asked for. Chosen at every `load`.
final class FactorProposals: ProposalEvaluator {
    private let factor: WaveFunctionFactor
    private let blockRows: Int
    private let isScreened: Bool
    private var way: UsableWay<any ProposalEvaluator>
    private lazy var screened: (any ProposalEvaluator)? =
        isScreened ? ScreenedProposals(NetworkAmplitudes(factor, blockRows: blockRows)) : nil
    private var current: (any ProposalEvaluator)?

    /// - Parameter isIncluded: which ways are taken; the last one of a factor, whole evaluations, among them.
    init(
        _ factor: WaveFunctionFactor, blockRows: Int, isScreened: Bool = false,
        where isIncluded: (any RatioMethod) -> Bool = { _ in true }
    ) {
        self.factor = factor
        self.blockRows = blockRows
        self.isScreened = isScreened
        way = UsableWay(factor.ratioMethods.filter(isIncluded)) { $0.makeProposalEvaluator(blockRows: blockRows) }
    }

    var siteCount: Int { factor.recorded.siteCount }
    var chainsInStep: Int { current?.chainsInStep ?? .max }

    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        factor.recorded.bringUpToDate()
        let isScreening = isScreened && factor.recorded.parameters.isFinite && way.method.evaluatesTape
        let evaluator = (isScreening ? screened : nil) ?? way.current()
        evaluator.load(spins, chains: chains)
        current = evaluator
    }

    var acting: any ProposalEvaluator { current?.acting ?? self }

    func evaluate(_ batch: ProposalBatch) { current?.evaluate(batch) }
    func update(_ batch: ProposalBatch) { current?.update(batch) }
    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool {
        current?.currentLogPsi(into: logPsi) ?? false
    }
}
