import LinearAlgebra

/// Proposals of a product: sums of the logarithms of its factors' ratios.
///
/// Chains are in step for all factors.
package final class FactorwiseProposals: ProposalEvaluator {
    private let factors: [any ProposalEvaluator]
    /// What acts for each of them. Read at each proposal, changed by `load` alone: not checked at each access.
    @exclusivity(unchecked) private var actingFactors: [any ProposalEvaluator] = []
    /// Sums over factors, by chain; log ψ of a factor.
    private let sums = Region<Double>(capacity: 0)
    private let logPsi = Region<Double>(capacity: 0)
    private var chainCount = 0

    /// - Parameter factors: at least one, all of the same number of sites.
    init(_ factors: [any ProposalEvaluator]) { self.factors = factors }

    package var siteCount: Int { factors[0].siteCount }

    /// As many as the factor wants that asks for most, unless another one would lose what it keeps of each chain in the
    /// cache: then as few as lose next to nothing of the speed of evaluations.
    package var chainsInStep: Int {
        let wanted = factors.map(\.chainsInStep)
        guard let most = wanted.max(), let least = wanted.min() else { return 1 }
        return least == .max ? most : min(most, max(least, Self.evaluatedInStep))
    }
    private static let evaluatedInStep = 16

    package func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        sums.reserve(chainCount)
        logPsi.reserve(2 * chainCount)
        for factor in factors { factor.load(spins, chains: chains) }
        actingFactors = factors.map(\.acting)
    }

    package func evaluate(_ batch: ProposalBatch) {
        let (sums, ratios) = (self.sums.pointer, batch.logModulusRatios)
        let factors = actingFactors
        factors[0].evaluate(batch)
        for place in 1..<factors.count {
            let factor = factors[place]
            for chain in batch.chains { sums[chain] = ratios[chain] }
            factor.evaluate(batch)
            for chain in batch.chains { ratios[chain] = Self.product(sums[chain], ratios[chain]) }
        }
    }

    /// The sum, with the rules of `ProposalEvaluator.evaluate`: what is not a number stays so, and a chain at a node
    /// of one factor leaves it whatever the others are.
    @inline(__always)
    package static func product(_ a: Double, _ b: Double) -> Double {
        // A sum of opposite infinities is not a number, although both are.
        if a == .infinity { return b.isNaN ? b : a }
        if b == .infinity { return a.isNaN ? a : b }
        return a + b
    }

    package func update(_ batch: ProposalBatch) {
        for factor in actingFactors { factor.update(batch) }
    }

    package func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool {
        guard factors[0].currentLogPsi(into: logPsi) else { return false }
        let own = self.logPsi.pointer
        for factor in factors.dropFirst() {
            guard factor.currentLogPsi(into: own) else { return false }
            for index in 0..<2 * chainCount { logPsi[index] += own[index] }
        }
        return true
    }
}
