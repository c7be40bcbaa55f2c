import LinearAlgebra

/// Proposals of a network that sees the spins through dense layers: their values are updated by the flipped rows of the
/// kernels, and the rest of the network is evaluated together for all proposals that change something.
final class FirstLayerProposals<R: TapeScalar>: ProposalEvaluator {
    let siteCount: Int
    private let blockRows: Int
    private let walkers: FirstLayerWalkers<R>
    private var rows = ProposalRows()
    private let spins = Region<Int8>(capacity: 0)
    /// log ψ of the current configurations, and, by chain, of the proposed ones.
    private let logPsi = Region<Double>(capacity: 0)
    private let proposed = Region<Double>(capacity: 0)
    /// Of a block of rows.
    private let results: Region<Double>
    private let flipsSinceRefresh = Region<Int>(capacity: 0)
    private let noSites = Region<Int32>(capacity: 1)
    private var chainCount = 0

    init(_ walkers: FirstLayerWalkers<R>, blockRows: Int) {
        self.walkers = walkers
        self.blockRows = blockRows
        siteCount = walkers.siteCount
        results = Region(capacity: 2 * blockRows)
    }

    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        walkers.reserve(chainCount)
        walkers.machine.reserve(rows: blockRows)
        rows.reserve(chainCount)
        self.spins.reserve(chainCount * siteCount)
        self.spins.pointer.update(from: spins, count: chainCount * siteCount)
        logPsi.reserve(2 * chainCount)
        proposed.reserve(2 * chainCount)
        flipsSinceRefresh.reserve(chainCount)
        flipsSinceRefresh.pointer.initialize(repeating: 0, count: chainCount)
        guard chainCount > 0 else { return }
        walkers.load(spins, first: 0, count: chainCount)
        evaluate(chainCount, chain: { $0 }, nil, into: logPsi.pointer)
    }

    func evaluate(_ batch: ProposalBatch) {
        rows.take(batch)
        evaluate(rows.count, chain: { rows[$0] }, batch, into: proposed.pointer)
        for row in 0..<rows.count {
            let chain = rows[row]
            batch.logModulusRatios[chain] = BatchedProposals.logModulusRatio(
                from: logPsi.pointer[2 * chain], to: proposed.pointer[2 * chain])
        }
    }

    /// log ψ of some chains after the flips of `batch`; without it, of their configurations themselves.
    ///
    /// - Parameters:
    ///   - chain: of a row.
    ///   - logPsi: by chain.
    @inline(__always)
    private func evaluate(
        _ count: Int, chain: (Int) -> Int, _ batch: ProposalBatch?, into logPsi: UnsafeMutablePointer<Double>
    ) {
        let (walkers, spins, siteCount, noSites) = (self.walkers, self.spins.pointer, self.siteCount, noSites.pointer)
        for first in stride(from: 0, to: count, by: blockRows) {
            let block = min(blockRows, count - first)
            walkers.machine.evaluate(
                count: block,
                firstLayer: { layer, target in
                    let columns = walkers.columns(layer: layer)
                    for row in 0..<block {
                        let own = chain(first + row)
                        walkers.write(
                            own, layer: layer, spins: spins + own * siteCount,
                            sites: batch.map { $0.sites + own * $0.maximumSites } ?? noSites,
                            flips: batch.map { Int($0.siteCounts[own]) } ?? 0, into: target + row * columns)
                    }
                }, into: results.pointer)
            for row in 0..<block { (logPsi + 2 * chain(first + row)).update(from: results.pointer + 2 * row, count: 2) }
        }
    }

    func update(_ batch: ProposalBatch) {
        let limit = ProductProposals.flipsBetweenRefreshes(siteCount: siteCount)
        for chain in batch.chains where batch.accepted[chain] {
            let own = spins.pointer + chain * siteCount
            let flips = Int(batch.siteCounts[chain])
            walkers.flip(chain, spins: own, sites: batch.sites + chain * batch.maximumSites, flips: flips)
            batch.apply(chain: chain, to: own)
            (logPsi.pointer + 2 * chain).update(from: proposed.pointer + 2 * chain, count: 2)
            flipsSinceRefresh.pointer[chain] += flips
            if flipsSinceRefresh.pointer[chain] >= limit {
                flipsSinceRefresh.pointer[chain] = 0
                walkers.load(own, first: chain, count: 1)
            }
        }
    }

    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool {
        logPsi.update(from: self.logPsi.pointer, count: 2 * chainCount)
        return true
    }
}
