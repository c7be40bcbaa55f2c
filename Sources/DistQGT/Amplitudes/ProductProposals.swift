import CKernels
import LinearAlgebra

/// Proposals of a network of product form: a ratio is a product over hidden units without a transcendental
/// function, and what an acceptance leaves is computed on the way: a chain has two rows of P, one current, one
/// proposed, and accepting swaps them.
///
/// Of complex layers only |1 + P|² is multiplied; layers that give a phase alone are left out. A chain's
/// numbers come from its own spins and history only, whatever chains share its rank. Each flip changes P by
/// one rounding: they are computed afresh after proposals that can have accepted `flipsBetweenRefreshes` flips, of
/// chains in step together.
final class ProductProposals: ProposalEvaluator {
    let siteCount: Int
    private let walkers: ProductWalkers
    private let flipsBetweenRefreshes: Int
    private var chainCount = 0
    private let products = Region<Double>(capacity: 0)
    private let spins = Region<Int8>(capacity: 0)
    /// By chain: the most flips that it can have accepted since it was computed afresh.
    private let possibleFlips = Region<Int>(capacity: 0)
    /// By chain: the current row of P is `chain`, or `chainCount + chain`.
    private let isSwapped = Region<Bool>(capacity: 0)
    private let quotients = Region<Double>(capacity: 0)
    private let room = Region<Double>(capacity: 0)
    private let layers: UnsafeMutableBufferPointer<Layer>
    private let layerMemory: Buffer<Layer>
    private var addresses: Addresses?

    /// A layer with the products of its factors, by chain.
    private struct Layer {
        let layer: ProductLayer
        /// The power that the product enters |ψ| with.
        let power: Double
        let current: ScaledProducts
        let proposed: ScaledProducts
    }

    /// Where everything lies, between one `load` and the next: plain addresses, so that inner loops count no
    /// references.
    private struct Addresses {
        let layers: UnsafeMutableBufferPointer<Layer>
        let linearTerms: LinearTerms
        let spins: UnsafeMutablePointer<Int8>
        let possibleFlips: UnsafeMutablePointer<Int>
        let isSwapped: UnsafeMutablePointer<Bool>
        let quotients: UnsafeMutablePointer<Double>
        let room: UnsafeMutablePointer<Double>
    }

    init(_ tables: ProductTables) {
        siteCount = tables.siteCount
        flipsBetweenRefreshes = Self.flipsBetweenRefreshes(siteCount: tables.siteCount)
        walkers = ProductWalkers(tables) { $0.kernel.isComplex || $0.coefficient.rawStorage.x != 0 }
        layerMemory = Buffer(uninitialisedCount: walkers.kept.count)
        layers = layerMemory.buffer
    }

    /// Accepted flips of a chain after which its numbers are computed afresh.
    static func flipsBetweenRefreshes(siteCount: Int) -> Int { max(512, 4 * siteCount) }

    /// Both rows of P of so many chains stay in a first-level cache beside the factors of their flips.
    var chainsInStep: Int {
        let bytes = walkers.kept.reduce(0) { $0 + $1.stride } * MemoryLayout<Double>.stride
        return min(16, max(1, 13_312 / max(1, bytes)))
    }

    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        walkers.reserve(chainCount, copies: 2)
        room.reserve(walkers.widestStride)
        quotients.reserve(chainCount)
        products.reserve(4 * chainCount * walkers.kept.count)
        self.spins.reserve(chainCount * siteCount)
        self.spins.pointer.update(from: spins, count: chainCount * siteCount)
        possibleFlips.reserve(chainCount)
        possibleFlips.pointer.initialize(repeating: 0, count: chainCount)
        isSwapped.reserve(chainCount)

        for place in layers.indices {
            let layer = walkers.layer(place)
            let first = products.pointer + 4 * chainCount * place
            let form = walkers.kept[place].form
            layers.initializeElement(
                at: place,
                to: Layer(
                    layer: layer, power: layer.isComplex ? 0.5 : form.coefficient.rawStorage.x,
                    current: ScaledProducts(first, count: chainCount),
                    proposed: ScaledProducts(first + 2 * chainCount, count: chainCount)))
        }
        addresses = Addresses(
            layers: layers, linearTerms: walkers.linearTerms, spins: self.spins.pointer,
            possibleFlips: possibleFlips.pointer, isSwapped: isSwapped.pointer, quotients: quotients.pointer,
            room: room.pointer)
        refresh(first: 0, count: chainCount)
    }

    private func refresh(first: Int, count: Int) {
        guard let addresses else { return }
        walkers.load(addresses.spins + first * siteCount, first: first, count: count)
        (addresses.isSwapped + first).update(repeating: false, count: count)
        for part in addresses.layers {
            for chain in first..<first + count {
                part.layer.modulusProduct(
                    row: chain, part.layer.ones, nil, into: chain, part.current.mantissas + chain,
                    part.current.exponents + chain)
            }
        }
    }

    func evaluate(_ batch: ProposalBatch) {
        guard let addresses else { return }
        for chain in batch.chains where batch.siteCounts[chain] > 0 {
            batch.logModulusRatios[chain] =
                addresses.linearTerms.change(
                    row: chain, spins: addresses.spins + chain * siteCount,
                    sites: batch.sites + chain * batch.maximumSites, flips: Int(batch.siteCounts[chain])
                ).real
        }
        for part in addresses.layers { multiply(part, batch, addresses) }
    }

    /// The proposed products of one layer, and their part of the ratios.
    private func multiply(_ part: Layer, _ batch: ProposalBatch, _ addresses: Addresses) {
        let (layer, old, new, quotients) = (part.layer, part.current, part.proposed, addresses.quotients)
        let chains = batch.chains
        for chain in chains {
            let flips = Int(batch.siteCounts[chain])
            if flips == 0 {
                quotients[chain] = 1
                continue
            }
            let sites = UnsafePointer(batch.sites + chain * batch.maximumSites)
            let own = UnsafePointer(addresses.spins + chain * siteCount)
            // The last factor of several is multiplied on the way.
            let t = layer.factor(sites, count: flips > 1 ? flips - 1 : 1, own, room: addresses.room)
            let u = flips > 1 ? layer.factor(sites[flips - 1], own[Int(sites[flips - 1])]) : nil
            let isSwapped = addresses.isSwapped[chain]
            layer.modulusProduct(
                row: isSwapped ? chainCount + chain : chain, t, u, into: isSwapped ? chain : chainCount + chain,
                new.mantissas + chain, new.exponents + chain)
            quotients[chain] = new.mantissas[chain] / old.mantissas[chain]
        }
        ck_log_d(quotients + chains.lowerBound, quotients + chains.lowerBound, chains.count)
        for chain in chains where batch.siteCounts[chain] > 0 {
            let exponent = new.exponents[chain] - old.exponents[chain]
            batch.logModulusRatios[chain] += part.power * (quotients[chain] + exponent * 0.6931471805599453)
        }
    }

    func update(_ batch: ProposalBatch) {
        guard let addresses else { return }
        let chains = batch.chains
        for part in addresses.layers {
            for chain in chains where batch.accepted[chain] {
                part.current.mantissas[chain] = part.proposed.mantissas[chain]
                part.current.exponents[chain] = part.proposed.exponents[chain]
            }
        }
        for chain in chains where batch.accepted[chain] {
            let own = addresses.spins + chain * siteCount
            let flips = Int(batch.siteCounts[chain])
            addresses.linearTerms.flip(
                row: chain, spins: own, sites: batch.sites + chain * batch.maximumSites, flips: flips)
            batch.apply(chain: chain, to: own)
            addresses.isSwapped[chain].toggle()
        }
        refreshWhatIsDue(chains, maximumSites: batch.maximumSites, addresses.possibleFlips)
    }

    private func refreshWhatIsDue(_ chains: Range<Int>, maximumSites: Int, _ possibleFlips: UnsafeMutablePointer<Int>) {
        for chain in chains { possibleFlips[chain] += maximumSites }
        // Runs of chains, which share the loads of the weights.
        var first = chains.lowerBound
        while first < chains.upperBound {
            var end = first
            while end < chains.upperBound, possibleFlips[end] > flipsBetweenRefreshes - maximumSites {
                possibleFlips[end] = 0
                end += 1
            }
            if end > first { refresh(first: first, count: end - first) }
            first = end + 1
        }
    }

    /// Only ratios are at hand.
    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool { false }
}

/// Products, or their squared moduli, as mantissas and exponents.
private struct ScaledProducts {
    let mantissas: UnsafeMutablePointer<Double>
    let exponents: UnsafeMutablePointer<Double>

    init(_ first: UnsafeMutablePointer<Double>, count: Int) {
        mantissas = first
        exponents = first + count
    }
}
