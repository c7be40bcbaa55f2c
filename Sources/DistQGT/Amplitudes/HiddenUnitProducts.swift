/// Ratios as products over hidden units, where log ψ_f is a sum of ln cosh of dense layers on the spins, of linear and
/// of quadratic terms (`ProductForm`). Parameters so large that exponentials would overflow, or that are not finite,
/// have none.
package final class HiddenUnitProducts: RatioMethod {
    private let factor: RecordedFactor
    private let form: ProductForm

    /// Nil where log ψ_f is anything else.
    package init?(_ factor: RecordedFactor) {
        guard let form = ProductForm(factor.machine.tape) else { return nil }
        self.factor = factor
        self.form = form
    }

    package var isUsable: Bool { factor.productsAreUsable }

    private var tables: ProductTables {
        guard let tables = factor.productTables else { preconditionFailure("the form of a tape does not change") }
        return tables
    }

    package func makeProposalEvaluator(blockRows: Int) -> any ProposalEvaluator { ProductProposals(tables) }
    package func makeAmplitudeRatios(blockRows: Int) -> any AmplitudeRatios { ProductRatios(tables) }

    package func memory(_ work: RatioWork) -> RatioMemory {
        RatioMemory(
            evaluatedRows: work.summationRows,
            bytes: ProductTables.byteCount(form, isSingle: factor.machine.isSingle)
                + ProductWalkers.byteCount(form, rows: work.chains, copies: 2)
                + ProductWalkers.byteCount(form, rows: work.samples > 0 ? work.sampleBatch : 0))
    }
}
