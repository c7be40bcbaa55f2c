import CKernels
import LinearAlgebra

/// Connected ratios of a network of product form. For each flip set the samples with equal spins on its sites
/// share one row of factors, formed once, and each ratio is a product over hidden units with it.
final class ProductRatios: AmplitudeRatios {
    let siteCount: Int
    var readsLogPsi: Bool { false }
    private let tables: ProductTables
    private let walkers: ProductWalkers
    /// 1/Π (1 + P) of the samples, by layer; complex mantissas where the layer is.
    private var inverses: [(mantissas: Region<Double>, exponents: Region<Double>)] = []
    private let coefficients: [(real: Double, imaginary: Double)]
    /// By pair: logarithms of the ratios, and complex factors that are not in them.
    private let logarithms = Region<Double>(capacity: 0)
    private let room = Region<Double>(capacity: 0)
    /// Samples of one group, their pairs, and their products.
    private let groupSamples: Region<Int32>
    private let groupPairs: Region<Int>
    private let isGrouped: Region<Bool>
    private let mantissas = Region<Double>(capacity: 0)
    private let exponents = Region<Double>(capacity: 0)
    private let isReal: Bool

    init(_ tables: ProductTables) {
        self.tables = tables
        siteCount = tables.siteCount
        walkers = ProductWalkers(tables) { _ in true }
        inverses = walkers.kept.map { _ in (Region(capacity: 0), Region(capacity: 0)) }
        coefficients = walkers.kept.map { ($0.form.coefficient.rawStorage.x, $0.form.coefficient.rawStorage.y) }
        isReal = tables.isReal
        groupSamples = Region(capacity: 0)
        groupPairs = Region(capacity: 0)
        isGrouped = Region(capacity: 0)
    }

    /// Bytes of what is kept for each sample, without the table.
    static func byteCount(_ form: ProductForm, samples: Int) -> Int { ProductWalkers.byteCount(form, rows: samples) }

    func evaluate(_ batch: ConnectedBatch) {
        reserve(batch)
        walkers.load(batch.spins, first: 0, count: batch.count)
        for place in walkers.kept.indices { invert(walkers.layer(place), place, count: batch.count) }
        let linearTerms = walkers.linearTerms
        let (logarithms, ratios) = (self.logarithms.pointer, batch.ratios)
        for pair in 0..<batch.pairCount {
            ratios[2 * pair] = 1
            ratios[2 * pair + 1] = 0
        }
        for set in 0..<batch.flipSetCount {
            let pairs = batch.pairStarts[set]..<batch.pairStarts[set + 1]
            let sites = UnsafePointer(batch.sites + batch.siteStarts[set])
            let flips = batch.siteStarts[set + 1] - batch.siteStarts[set]
            for pair in pairs {
                let sample = Int(batch.pairSamples[pair])
                let change = linearTerms.change(
                    row: sample, spins: batch.spins + sample * siteCount, sites: sites, flips: flips)
                logarithms[2 * pair] = change.real
                logarithms[2 * pair + 1] = change.imaginary
            }
            forEachGroup(batch, pairs, sites, flips) { spins, count in
                for place in walkers.kept.indices {
                    multiply(walkers.layer(place), place, sites, flips, spins, count: count, batch)
                }
            }
        }
        exponentiate(batch)
    }

    private func reserve(_ batch: ConnectedBatch) {
        let (samples, pairs) = (batch.capacity, batch.capacity * batch.flipSetCount)
        walkers.reserve(samples)
        for (layer, inverse) in zip(walkers.kept, inverses) {
            inverse.mantissas.reserve((layer.isComplex ? 2 : 1) * samples)
            inverse.exponents.reserve(samples)
        }
        room.reserve(walkers.widestStride)
        groupSamples.reserve(samples)
        groupPairs.reserve(samples)
        isGrouped.reserve(samples)
        mantissas.reserve(2 * samples)
        exponents.reserve(samples)
        logarithms.reserve(2 * pairs)
    }

    /// The inverse products of the samples of one layer.
    private func invert(_ layer: ProductLayer, _ place: Int, count: Int) {
        let (mantissas, exponents) = (inverses[place].mantissas.pointer, inverses[place].exponents.pointer)
        for sample in 0..<count { groupSamples.pointer[sample] = Int32(truncatingIfNeeded: sample) }
        layer.products(rows: groupSamples.pointer, count: count, layer.ones, mantissas, exponents)
        for sample in 0..<count {
            exponents[sample] = -exponents[sample]
            if layer.isComplex {
                let (x, y) = (mantissas[2 * sample], mantissas[2 * sample + 1])
                let inverse = 1 / (x * x + y * y)
                mantissas[2 * sample] = x * inverse
                mantissas[2 * sample + 1] = -y * inverse
            } else {
                mantissas[sample] = 1 / mantissas[sample]
            }
        }
    }

    /// Gives the pairs of one flip set in groups of equal spins on its sites, as a configuration that has them
    /// and a number of pairs, listed in `groupPairs` and `groupSamples`.
    private func forEachGroup(
        _ batch: ConnectedBatch, _ pairs: Range<Int>, _ sites: UnsafePointer<Int32>, _ flips: Int,
        _ body: (UnsafePointer<Int8>, Int) -> Void
    ) {
        let isGrouped = self.isGrouped.pointer
        isGrouped.initialize(repeating: false, count: pairs.count)
        for start in 0..<pairs.count where !isGrouped[start] {
            let pattern = batch.spins + Int(batch.pairSamples[pairs.lowerBound + start]) * siteCount
            var count = 0
            for place in start..<pairs.count where !isGrouped[place] {
                let sample = batch.pairSamples[pairs.lowerBound + place]
                let spins = batch.spins + Int(sample) * siteCount
                var agrees = true
                for flip in 0..<flips where spins[Int(sites[flip])] != pattern[Int(sites[flip])] { agrees = false }
                guard agrees else { continue }
                isGrouped[place] = true
                groupSamples.pointer[count] = sample
                groupPairs.pointer[count] = pairs.lowerBound + place
                count += 1
            }
            body(pattern, count)
        }
    }

    /// One layer's part of the ratios of one group.
    private func multiply(
        _ layer: ProductLayer, _ place: Int, _ sites: UnsafePointer<Int32>, _ flips: Int, _ spins: UnsafePointer<Int8>,
        count: Int, _ batch: ConnectedBatch
    ) {
        let t = layer.factor(sites, count: flips, spins, room: room.pointer)
        let (mantissas, exponents) = (self.mantissas.pointer, self.exponents.pointer)
        layer.products(rows: groupSamples.pointer, count: count, t, mantissas, exponents)
        let (ownMantissas, ownExponents) = (inverses[place].mantissas.pointer, inverses[place].exponents.pointer)
        let (logarithms, ratios) = (self.logarithms.pointer, batch.ratios)
        let ln2 = 0.6931471805599453
        if layer.isComplex {
            for member in 0..<count {
                let (sample, pair) = (Int(groupSamples.pointer[member]), groupPairs.pointer[member])
                let (x, y) = (mantissas[2 * member], mantissas[2 * member + 1])
                let (u, v) = (ownMantissas[2 * sample], ownMantissas[2 * sample + 1])
                let (re, im) = (x * u - y * v, x * v + y * u)
                let (a, b) = (ratios[2 * pair], ratios[2 * pair + 1])
                ratios[2 * pair] = a * re - b * im
                ratios[2 * pair + 1] = a * im + b * re
                logarithms[2 * pair] += (exponents[member] + ownExponents[sample]) * ln2
            }
        } else {
            for member in 0..<count {
                mantissas[member] *= ownMantissas[Int(groupSamples.pointer[member])]
            }
            ck_log_d(mantissas, mantissas, count)
            let coefficient = coefficients[place]
            for member in 0..<count {
                let (sample, pair) = (Int(groupSamples.pointer[member]), groupPairs.pointer[member])
                let change = mantissas[member] + (exponents[member] + ownExponents[sample]) * ln2
                logarithms[2 * pair] += coefficient.real * change
                logarithms[2 * pair + 1] += coefficient.imaginary * change
            }
        }
    }

    /// Multiplies the factors by the exponentials of the logarithms.
    private func exponentiate(_ batch: ConnectedBatch) {
        let (logarithms, ratios) = (self.logarithms.pointer, batch.ratios)
        let count = batch.pairCount
        if isReal {
            ck_real_part_d(logarithms, logarithms, count, 0)
            ck_exp(CK_DOUBLE, logarithms, logarithms, count)
            for pair in 0..<count { ratios[2 * pair] = logarithms[pair] }
            return
        }
        ck_exp(CK_COMPLEX_DOUBLE, logarithms, logarithms, count)
        for pair in 0..<count {
            let (x, y) = (logarithms[2 * pair], logarithms[2 * pair + 1])
            let (a, b) = (ratios[2 * pair], ratios[2 * pair + 1])
            ratios[2 * pair] = a * x - b * y
            ratios[2 * pair + 1] = a * y + b * x
        }
    }
}
