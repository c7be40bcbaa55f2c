import LinearAlgebra

/// Connected ratios of a product: products of its factors' ratios. A node of one factor is a node; a pair whose factors
/// overflow is evaluated whole.
final class FactorwiseConnections: AmplitudeRatios {
    private let factors: [(ratios: any AmplitudeRatios, amplitudes: TapeAmplitudes)]
    private let whole: TapeAmplitudes
    private let products = Region<Double>(capacity: 0)
    /// log ψ of the samples.
    private let logPsi = Region<Double>(capacity: 0)
    /// A connected configuration, and its log ψ.
    private let spins: Region<Int8>
    private let connected = Region<Double>(capacity: 2)

    /// - Parameters:
    ///   - factors: at least one, each with its amplitudes.
    ///   - whole: the product's amplitudes.
    init(_ factors: [(ratios: any AmplitudeRatios, amplitudes: TapeAmplitudes)], whole: TapeAmplitudes) {
        self.factors = factors
        self.whole = whole
        spins = Region(capacity: whole.siteCount)
    }

    var siteCount: Int { whole.siteCount }

    func evaluate(_ batch: ConnectedBatch) {
        products.reserve(2 * batch.pairCount)
        logPsi.reserve(2 * batch.count)
        let (products, ratios, count) = (self.products.pointer, batch.ratios, batch.pairCount)
        logPsi.pointer.update(from: batch.logPsi, count: 2 * batch.count)
        for (place, factor) in factors.enumerated() {
            if place > 0 { products.update(from: ratios, count: 2 * count) }
            if factor.ratios.readsLogPsi {
                factor.amplitudes.evaluate(batch.spins, count: batch.count, into: batch.logPsi)
            }
            factor.ratios.evaluate(batch)
            guard place > 0 else { continue }
            for pair in 0..<count {
                let (a, b) = (products[2 * pair], products[2 * pair + 1])
                let (x, y) = (ratios[2 * pair], ratios[2 * pair + 1])
                ratios[2 * pair] = a * x - b * y
                ratios[2 * pair + 1] = a * y + b * x
            }
        }
        batch.logPsi.update(from: logPsi.pointer, count: 2 * batch.count)
        evaluateWhatOverflowed(batch)
    }

    /// Replaces ratios that are not finite: factors beyond the range of numbers, perhaps times a node of another one.
    private func evaluateWhatOverflowed(_ batch: ConnectedBatch) {
        let isComplex = whole.isComplex
        for set in 0..<batch.flipSetCount {
            for pair in batch.pairStarts[set]..<batch.pairStarts[set + 1] {
                // False where one of them is infinite or not a number.
                if (batch.ratios[2 * pair] + batch.ratios[2 * pair + 1]).isFinite { continue }
                let own = spins.pointer
                own.update(from: batch.spins + Int(batch.pairSamples[pair]) * siteCount, count: siteCount)
                for place in batch.siteStarts[set]..<batch.siteStarts[set + 1] {
                    own[Int(batch.sites[place])] *= -1
                }
                whole.evaluate(own, count: 1, into: connected.pointer)
                batch.setRatios(of: pair..<pair + 1, logPsi: connected.pointer, isComplex: isComplex)
            }
        }
    }
}
