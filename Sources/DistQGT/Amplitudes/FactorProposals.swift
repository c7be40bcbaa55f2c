/// Proposals of a factor by the first of its ways that is usable; those that take evaluations are screened in single
/// precision where that was asked for.
///
/// The choice may differ from one `load` to the next. It depends on the parameters alone, so that all ranks make the
/// same.
final class FactorProposals: ProposalEvaluator {
    private let factor: WaveFunctionFactor
    private let methods: [any RatioMethod]
    private let blockRows: Int
    private let isScreened: Bool
    /// By method.
    private var evaluators: [(any ProposalEvaluator)?]
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
        methods = factor.ratioMethods.filter(isIncluded)
        evaluators = methods.map { _ in nil }
    }

    var siteCount: Int { factor.recorded.siteCount }
    var chainsInStep: Int { current?.chainsInStep ?? .max }

    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        factor.recorded.bringUpToDate()
        let evaluator = usableEvaluator()
        evaluator.load(spins, chains: chains)
        current = evaluator
    }

    private func usableEvaluator() -> any ProposalEvaluator {
        let place = methods.firstIndex(where: \.isUsable) ?? methods.count - 1
        if isScreened, methods[place].evaluatesTape, factor.recorded.parameters.isFinite, let screened {
            return screened
        }
        if let made = evaluators[place] { return made }
        let made = methods[place].makeProposalEvaluator(blockRows: blockRows)
        evaluators[place] = made
        return made
    }

    func evaluate(_ batch: ProposalBatch) { current?.evaluate(batch) }
    func update(_ batch: ProposalBatch) { current?.update(batch) }
    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool {
        current?.currentLogPsi(into: logPsi) ?? false
    }
}
