import LinearAlgebra
import Numerics

/// Ratios of amplitudes from log ψ of all connected configurations, evaluated in large batches.
public final class BatchedRatios: AmplitudeRatios {
    /// Connected configurations that are evaluated together, at least.
    public static let defaultCapacity = 2048

    private let amplitudes: any LogAmplitudes
    public let siteCount: Int
    private let isComplex: Bool
    private let capacity: Int
    private let spins: Region<Int8>
    private let logPsi: Region<Double>

    /// - Parameter capacity: rounded up to whole blocks of `amplitudes`.
    public init(_ amplitudes: any LogAmplitudes, capacity: Int = BatchedRatios.defaultCapacity) {
        let block = max(1, amplitudes.blockRows)
        self.amplitudes = amplitudes
        siteCount = amplitudes.siteCount
        isComplex = amplitudes.isComplex
        self.capacity = (max(1, capacity) + block - 1) / block * block
        spins = Region(capacity: self.capacity * siteCount)
        logPsi = Region(capacity: 2 * self.capacity)
    }

    public func evaluate(_ batch: ConnectedBatch) {
        var filled = 0
        var first = 0
        for set in 0..<batch.flipSetCount {
            let flipped = batch.siteStarts[set]..<batch.siteStarts[set + 1]
            for pair in batch.pairStarts[set]..<batch.pairStarts[set + 1] {
                let connected = spins.pointer + filled * siteCount
                connected.update(from: batch.spins + Int(batch.pairSamples[pair]) * siteCount, count: siteCount)
                for place in flipped {
                    let site = Int(batch.sites[place])
                    connected[site] = -connected[site]
                }
                filled += 1
                if filled == capacity {
                    evaluate(batch, pairs: first..<first + filled)
                    first += filled
                    filled = 0
                }
            }
        }
        if filled > 0 { evaluate(batch, pairs: first..<first + filled) }
    }

    private func evaluate(_ batch: ConnectedBatch, pairs: Range<Int>) {
        amplitudes.evaluate(spins.pointer, count: pairs.count, into: logPsi.pointer)
        batch.setRatios(of: pairs, logPsi: logPsi.pointer, isComplex: isComplex)
    }
}

extension LogAmplitudes {
    public func makeAmplitudeRatios() -> any AmplitudeRatios { BatchedRatios(self) }
}

extension ConnectedBatch {
    /// The ratios of some pairs from log ψ of their connected configurations, real and imaginary part in turn.
    func setRatios(of pairs: Range<Int>, logPsi connected: UnsafePointer<Double>, isComplex: Bool) {
        for pair in pairs {
            (ratios[2 * pair], ratios[2 * pair + 1]) = Self.ratio(
                from: logPsi + 2 * Int(pairSamples[pair]), to: connected + 2 * (pair - pairs.lowerBound),
                isComplex: isComplex)
        }
    }

    /// ψ′/ψ from log ψ and log ψ′, real and imaginary part each; 0 where ψ′ is a node.
    @inline(__always)
    static func ratio(
        from own: UnsafePointer<Double>, to other: UnsafePointer<Double>, isComplex: Bool
    ) -> (real: Double, imaginary: Double) {
        // The phase of a node means nothing and need not be a number.
        if other[0] == -.infinity { return (0, 0) }
        let modulus = Double.exp(other[0] - own[0])
        guard isComplex else { return (modulus, 0) }
        let phase = other[1] - own[1]
        return (modulus * Double.cos(phase), modulus * Double.sin(phase))
    }
}
