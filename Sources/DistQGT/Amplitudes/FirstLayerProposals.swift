import LinearAlgebra

/// Proposals of a network that sees the spins through dense layers: their values are updated by the flipped
/// rows of the kernels, and the rest of the network is evaluated for all chains together.
///
/// Chain k sits at position k mod `blockRows` of its block whichever rank it lives on, and blocks are always
/// full, so its log ψ has the same bits on any number of ranks (a row of a matrix product can change its last
/// bits with the number of rows).
final class FirstLayerProposals<R: TapeScalar>: ProposalEvaluator {
    let siteCount: Int
    private let blockRows: Int
    private let walkers: FirstLayerWalkers<R>
    private let spins = Region<Int8>(capacity: 0)
    /// log ψ of the current configurations and, by row of the blocks, of the proposed ones.
    private let logPsi = Region<Double>(capacity: 0)
    private let proposed = Region<Double>(capacity: 0)
    private let flipsSinceRefresh = Region<Int>(capacity: 0)
    private let noSites = Region<Int32>(capacity: 1)
    private var chainCount = 0
    /// Rows before the first chain's.
    private var paddingRows = 0

    init(_ walkers: FirstLayerWalkers<R>, blockRows: Int) {
        self.walkers = walkers
        self.blockRows = blockRows
        siteCount = walkers.siteCount
    }

    private var rowCount: Int { (paddingRows + chainCount + blockRows - 1) / blockRows * blockRows }

    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        paddingRows = chains.lowerBound % blockRows
        walkers.reserve(chainCount)
        self.spins.reserve(chainCount * siteCount)
        self.spins.pointer.update(from: spins, count: chainCount * siteCount)
        logPsi.reserve(2 * chainCount)
        proposed.reserve(2 * rowCount)
        flipsSinceRefresh.reserve(chainCount)
        flipsSinceRefresh.pointer.initialize(repeating: 0, count: chainCount)
        guard chainCount > 0 else { return }
        walkers.load(spins, first: 0, count: chainCount)
        evaluateRows(nil)
        logPsi.pointer.update(from: proposed.pointer + 2 * paddingRows, count: 2 * chainCount)
    }

    func evaluate(_ batch: ProposalBatch) {
        guard chainCount > 0 else { return }
        evaluateRows(batch)
        for chain in 0..<chainCount {
            batch.logModulusRatios[chain] = BatchedProposals.logModulusRatio(
                from: logPsi.pointer[2 * chain], to: proposed.pointer[2 * (paddingRows + chain)])
        }
    }

    /// log ψ of all rows after the flips of `batch`; without it, of the configurations themselves. Rows that no
    /// chain has repeat the nearest chain.
    private func evaluateRows(_ batch: ProposalBatch?) {
        let (walkers, chainCount, paddingRows) = (self.walkers, self.chainCount, self.paddingRows)
        let (spins, siteCount, noSites) = (self.spins.pointer, self.siteCount, self.noSites.pointer)
        for first in stride(from: 0, to: rowCount, by: blockRows) {
            walkers.machine.evaluate(
                count: blockRows,
                firstLayer: { layer, target in
                    let columns = walkers.columns(layer: layer)
                    for row in 0..<blockRows {
                        let own = first + row - paddingRows
                        let chain = min(max(0, own), chainCount - 1)
                        let flips = own == chain ? batch.map { Int($0.siteCounts[chain]) } ?? 0 : 0
                        let sites = batch.map { $0.sites + chain * $0.maximumSites } ?? noSites
                        walkers.write(
                            chain, layer: layer, spins: spins + chain * siteCount, sites: sites, flips: flips,
                            into: target + row * columns)
                    }
                }, into: proposed.pointer + 2 * first)
        }
    }

    func update(_ batch: ProposalBatch) {
        let limit = ProductProposals.flipsBetweenRefreshes(siteCount: siteCount)
        for chain in 0..<chainCount where batch.accepted[chain] {
            let own = spins.pointer + chain * siteCount
            let flips = Int(batch.siteCounts[chain])
            walkers.flip(chain, spins: own, sites: batch.sites + chain * batch.maximumSites, flips: flips)
            batch.apply(chain: chain, to: own)
            logPsi.pointer[2 * chain] = proposed.pointer[2 * (paddingRows + chain)]
            logPsi.pointer[2 * chain + 1] = proposed.pointer[2 * (paddingRows + chain) + 1]
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
