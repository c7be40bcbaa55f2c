import LinearAlgebra
import Numerics

/// Ratios of flipped spins with one walker, sample after sample.
final class WalkerConnections: AmplitudeRatios {
    let siteCount: Int
    private let walker: any FactorWalker
    /// The pairs of each sample, and the flip set of each pair.
    private let starts = Region<Int32>(capacity: 0)
    private let ordered = Region<Int32>(capacity: 0)
    private let sets = Region<Int32>(capacity: 0)
    private let codes: Region<Int8>

    init(siteCount: Int, _ walker: any FactorWalker) {
        self.siteCount = siteCount
        self.walker = walker
        codes = Region(capacity: siteCount)
    }

    var readsLogPsi: Bool { false }

    func evaluate(_ batch: ConnectedBatch) {
        sort(batch)
        for sample in 0..<batch.count {
            let pairs = Int(starts.pointer[sample])..<Int(starts.pointer[sample + 1])
            guard !pairs.isEmpty else { continue }
            let configuration = batch.spins + sample * siteCount
            walker.load(configuration)
            for place in pairs {
                let pair = Int(ordered.pointer[place])
                let set = Int(sets.pointer[pair])
                let sites = batch.sites + batch.siteStarts[set]
                let count = batch.siteStarts[set + 1] - batch.siteStarts[set]
                for index in 0..<count { codes.pointer[index] = -configuration[Int(sites[index])] }
                // The log ψ of a node says so where it is looked at.
                let ratio = walker.isNode ? Complex(.nan, .nan) : walker.ratio(sites, codes.pointer, count: count)
                (batch.ratios[2 * pair], batch.ratios[2 * pair + 1]) = ratio.rawStorage
            }
        }
    }

    /// Lists the pairs by sample: a counting sort.
    private func sort(_ batch: ConnectedBatch) {
        let count = batch.pairCount
        starts.reserve(batch.count + 1)
        ordered.reserve(count)
        sets.reserve(count)
        let starts = starts.pointer
        starts.update(repeating: 0, count: batch.count + 1)
        for set in 0..<batch.flipSetCount {
            for pair in batch.pairStarts[set]..<batch.pairStarts[set + 1] {
                sets.pointer[pair] = Int32(truncatingIfNeeded: set)
                starts[Int(batch.pairSamples[pair])] += 1
            }
        }
        var next: Int32 = 0
        for sample in 0..<batch.count {
            let own = starts[sample]
            starts[sample] = next
            next += own
        }
        for pair in 0..<count {
            let sample = Int(batch.pairSamples[pair])
            ordered.pointer[Int(starts[sample])] = Int32(truncatingIfNeeded: pair)
            starts[sample] += 1
        }
        // Every start has moved to its end.
        for sample in stride(from: batch.count, to: 0, by: -1) { starts[sample] = starts[sample - 1] }
        starts[0] = 0
    }
}
