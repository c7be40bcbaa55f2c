import CKernels

/// Proposals of a network of product form: a ratio is a product over hidden units without a transcendental
/// function, and an acceptance one multiplication for each of them.
///
/// Of complex layers only |1 + P|² is multiplied; layers that give a phase alone are left out. A chain's
/// numbers come from its own spins and history only, whatever chains share its rank. Each flip changes P by
/// one rounding: they are computed afresh after `flipsBetweenRefreshes` accepted flips.
final class ProductProposals: ProposalEvaluator {
    let siteCount: Int
    private let walkers: ProductWalkers
    /// The powers that the layers' products enter |ψ| with.
    private let powers: [Double]
    private var layers: [ProductLayer] = []
    private var linearTerms: LinearTerms?
    /// Π (1 + P), or its squared modulus, of the current and of the proposed configurations: (layer, chain).
    private let current = ScaledProducts()
    private let proposed = ScaledProducts()
    private let spins = Region<Int8>(capacity: 0)
    private let flipsSinceRefresh = Region<Int>(capacity: 0)
    private let quotients = Region<Double>(capacity: 0)
    private let room = Region<Double>(capacity: 0)
    private var chainCount = 0

    init(_ tables: ProductTables) {
        siteCount = tables.siteCount
        walkers = ProductWalkers(tables) { $0.kernel.isComplex || $0.coefficient.rawStorage.x != 0 }
        powers = walkers.kept.map { $0.isComplex ? 0.5 : $0.form.coefficient.rawStorage.x }
    }

    /// Accepted flips of a chain after which its numbers are computed afresh.
    static func flipsBetweenRefreshes(siteCount: Int) -> Int { max(512, 4 * siteCount) }

    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        walkers.reserve(chainCount)
        layers = walkers.layers
        linearTerms = walkers.linearTerms
        room.reserve(layers.map(\.stride).max() ?? 0)
        quotients.reserve(chainCount)
        current.reserve(chainCount * layers.count)
        proposed.reserve(chainCount * layers.count)
        self.spins.reserve(chainCount * siteCount)
        self.spins.pointer.update(from: spins, count: chainCount * siteCount)
        flipsSinceRefresh.reserve(chainCount)
        flipsSinceRefresh.pointer.initialize(repeating: 0, count: chainCount)
        refresh(first: 0, count: chainCount)
    }

    private func refresh(first: Int, count: Int) {
        walkers.load(spins.pointer + first * siteCount, first: first, count: count)
        let (mantissas, exponents) = (current.mantissas.pointer, current.exponents.pointer)
        for (place, layer) in layers.enumerated() {
            for chain in first ..< first + count {
                let position = place * chainCount + chain
                layer.modulusProduct(row: chain, layer.ones, nil, mantissas + position, exponents + position)
            }
        }
    }

    func evaluate(_ batch: ProposalBatch) {
        guard let linearTerms else { return }
        let maximumFlips = batch.maximumFlips
        for chain in 0 ..< chainCount where batch.flipCounts[chain] > 0 {
            batch.logModulusRatios[chain] =
                linearTerms.change(
                    row: chain, spins: spins.pointer + chain * siteCount, sites: batch.flips + chain * maximumFlips,
                    flips: Int(batch.flipCounts[chain])
                ).real
        }
        for place in layers.indices { multiply(place, batch) }
    }

    /// The proposed products of one layer, and their part of the ratios.
    private func multiply(_ place: Int, _ batch: ProposalBatch) {
        let layer = layers[place]
        let power = powers[place]
        let first = place * chainCount
        let (old, new) = (current.addresses(from: first), proposed.addresses(from: first))
        let (spins, quotients, room) = (self.spins.pointer, self.quotients.pointer, self.room.pointer)
        for chain in 0 ..< chainCount {
            let flips = Int(batch.flipCounts[chain])
            if flips == 0 {
                quotients[chain] = 1
                continue
            }
            let sites = UnsafePointer(batch.flips + chain * batch.maximumFlips)
            let own = UnsafePointer(spins + chain * siteCount)
            // The last factor of several is multiplied on the way.
            let t = layer.factor(sites, count: flips > 1 ? flips - 1 : 1, own, room: room)
            let u = flips > 1 ? layer.factor(sites[flips - 1], own[Int(sites[flips - 1])]) : nil
            layer.modulusProduct(row: chain, t, u, new.mantissas + chain, new.exponents + chain)
            quotients[chain] = new.mantissas[chain] / old.mantissas[chain]
        }
        ck_log_d(quotients, quotients, chainCount)
        for chain in 0 ..< chainCount where batch.flipCounts[chain] > 0 {
            let exponent = new.exponents[chain] - old.exponents[chain]
            batch.logModulusRatios[chain] += power * (quotients[chain] + exponent * 0.6931471805599453)
        }
    }

    func update(_ batch: ProposalBatch) {
        guard let linearTerms else { return }
        let limit = Self.flipsBetweenRefreshes(siteCount: siteCount)
        let (spins, siteCount, chainCount) = (self.spins.pointer, self.siteCount, self.chainCount)
        let (sites, maximumFlips) = (batch.flips, batch.maximumFlips)
        let (accepted, flipCounts) = (batch.accepted, batch.flipCounts)
        for place in layers.indices {
            let layer = layers[place]
            let first = place * chainCount
            let (old, new) = (current.addresses(from: first), proposed.addresses(from: first))
            for chain in 0 ..< chainCount where accepted[chain] {
                let p = layer.rows + chain * layer.stride
                let own = spins + chain * siteCount
                for flip in chain * maximumFlips ..< chain * maximumFlips + Int(flipCounts[chain]) {
                    layer.multiply(p, layer.factor(sites[flip], own[Int(sites[flip])]), into: p)
                }
                old.mantissas[chain] = new.mantissas[chain]
                old.exponents[chain] = new.exponents[chain]
            }
        }
        let flipsSinceRefresh = self.flipsSinceRefresh.pointer
        for chain in 0 ..< chainCount where accepted[chain] {
            let own = spins + chain * siteCount
            let flips = Int(flipCounts[chain])
            linearTerms.flip(row: chain, spins: own, sites: sites + chain * maximumFlips, flips: flips)
            batch.flip(chain: chain, in: own)
            flipsSinceRefresh[chain] += flips
            if flipsSinceRefresh[chain] >= limit {
                flipsSinceRefresh[chain] = 0
                refresh(first: chain, count: 1)
            }
        }
    }

    /// Only ratios are at hand.
    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool { false }
}

/// Products as mantissas and exponents.
private struct ScaledProducts {
    let mantissas = Region<Double>(capacity: 0)
    let exponents = Region<Double>(capacity: 0)

    func reserve(_ count: Int) {
        mantissas.reserve(count)
        exponents.reserve(count)
    }

    func addresses(
        from first: Int
    ) -> (mantissas: UnsafeMutablePointer<Double>, exponents: UnsafeMutablePointer<Double>) {
        (mantissas.pointer + first, exponents.pointer + first)
    }
}
