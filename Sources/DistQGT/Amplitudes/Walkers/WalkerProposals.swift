/// Proposals with a walker for each chain.
final class WalkerProposals: ProposalEvaluator {
    let siteCount: Int
    private let makeWalker: () -> any FactorWalker
    // Read at each proposal, changed by `load` alone: not checked at each access.
    @exclusivity(unchecked) private var walkers: [any FactorWalker] = []

    init(siteCount: Int, _ makeWalker: @escaping () -> any FactorWalker) {
        self.siteCount = siteCount
        self.makeWalker = makeWalker
    }

    /// Each keeps much in the cache.
    var chainsInStep: Int { 1 }

    func load(_ codes: UnsafePointer<Int8>, chains: Range<Int>) {
        while walkers.count < chains.count { walkers.append(makeWalker()) }
        for chain in 0..<chains.count { walkers[chain].load(codes + chain * siteCount) }
    }

    func evaluate(_ batch: ProposalBatch) {
        for chain in batch.chains where batch.siteCounts[chain] > 0 {
            let walker = walkers[chain]
            guard !walker.isNode else {
                batch.logModulusRatios[chain] = .infinity
                continue
            }
            let first = chain * batch.maximumSites
            batch.logModulusRatios[chain] = walker.logModulusRatio(
                batch.sites + first, batch.codes + first, count: Int(batch.siteCounts[chain]))
        }
    }

    func update(_ batch: ProposalBatch) {
        for chain in batch.chains where batch.accepted[chain] {
            let first = chain * batch.maximumSites
            walkers[chain].accept(batch.sites + first, batch.codes + first, count: Int(batch.siteCounts[chain]))
        }
    }

    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool { false }
}
