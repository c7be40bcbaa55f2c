import Numerics

/// One configuration with what a factor keeps of it, so that the ratios to changed configurations are cheap.
///
/// Local: no communication. What is kept depends on the configuration, on what was accepted since it was loaded, and on
/// the parameters: bits depend on nothing else.
package protocol FactorWalker: AnyObject {
    /// Whether ψ_f vanishes, or is not a number, at the configuration.
    var isNode: Bool { get }
    /// Takes a configuration over, at the factor's present parameters.
    func load(_ codes: UnsafePointer<Int8>)
    /// ψ_f(σ′)/ψ_f(σ), where σ is no node.
    ///
    /// - Parameters:
    ///   - sites: distinct sites that change.
    ///   - codes: their new codes.
    func ratio(_ sites: UnsafePointer<Int32>, _ codes: UnsafePointer<Int8>, count: Int) -> Complex<Double>
    /// log |ψ_f(σ′)/ψ_f(σ)|, where σ is no node: −∞ where σ′ is one, NaN where the ratio is not a finite number.
    func logModulusRatio(_ sites: UnsafePointer<Int32>, _ codes: UnsafePointer<Int8>, count: Int) -> Double
    /// Goes on to σ′. Where the change cannot be followed, what is kept is made afresh.
    func accept(_ sites: UnsafePointer<Int32>, _ codes: UnsafePointer<Int8>, count: Int)
}

extension FactorWalker {
    package func logModulusRatio(_ sites: UnsafePointer<Int32>, _ codes: UnsafePointer<Int8>, count: Int) -> Double {
        let ratio = ratio(sites, codes, count: count)
        let (x, y) = ratio.rawStorage
        let square = x * x + y * y
        // Squares overflow and underflow before their roots do.
        if square > 1e-280, square < 1e280 { return 0.5 * .log(square) }
        guard x.isFinite, y.isFinite else { return .nan }
        return .log(ratio.length)
    }
}

/// Ratios of a factor by walkers: one for each chain, and one for all samples in turn.
package final class WalkerRatios: RatioMethod {
    private let factor: RecordedFactor
    package let makeWalker: () -> any FactorWalker
    private let bytesPerWalker: Int
    package let floor: RatioFloor?

    /// - Parameters:
    ///   - bytesPerWalker: what one keeps.
    ///   - floor: what one cannot do without.
    ///   - makeWalker: reads the parameters of `factor` when it is loaded.
    package init(
        _ factor: RecordedFactor, bytesPerWalker: Int, floor: RatioFloor, makeWalker: @escaping () -> any FactorWalker
    ) {
        self.factor = factor
        self.bytesPerWalker = bytesPerWalker
        self.floor = floor
        self.makeWalker = makeWalker
    }

    package var isUsable: Bool { factor.parameters.isFinite }

    package func makeProposalEvaluator(blockRows: Int) -> any ProposalEvaluator {
        WalkerProposals(siteCount: factor.siteCount, makeWalker)
    }
    package func makeAmplitudeRatios(blockRows: Int) -> any AmplitudeRatios {
        WalkerConnections(siteCount: factor.siteCount, makeWalker())
    }
    package func makeTransitionRatios(blockRows: Int) -> (any TransitionRatios)? {
        WalkerTransitions(siteCount: factor.siteCount, makeWalker())
    }

    package func memory(_ work: RatioWork) -> RatioMemory {
        RatioMemory(
            evaluatedRows: work.summationRows, bytes: bytesPerWalker * (work.chains + (work.samples > 0 ? 1 : 0)))
    }
}
