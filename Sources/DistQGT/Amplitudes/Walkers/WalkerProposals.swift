import Numerics

/// Proposals with a walker for each chain.
final class WalkerProposals: ProposalEvaluator {
    let siteCount: Int
    private let makeWalker: () -> any FactorWalker
    private var walkers: [any FactorWalker] = []

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
            let ratio = walker.ratio(batch.sites + first, batch.codes + first, count: Int(batch.siteCounts[chain]))
            batch.logModulusRatios[chain] = Self.logModulus(ratio)
        }
    }

    /// −∞ of 0, NaN of what is not finite.
    @inline(__always)
    static func logModulus(_ ratio: Complex<Double>) -> Double {
        let (x, y) = ratio.rawStorage
        let square = x * x + y * y
        // Squares overflow and underflow before their roots do.
        if square > 1e-280, square < 1e280 { return 0.5 * .log(square) }
        guard x.isFinite, y.isFinite else { return .nan }
        return .log(ratio.length)
    }

    func update(_ batch: ProposalBatch) {
        for chain in batch.chains where batch.accepted[chain] {
            let first = chain * batch.maximumSites
            walkers[chain].accept(batch.sites + first, batch.codes + first, count: Int(batch.siteCounts[chain]))
        }
    }

    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool { false }
}
