import Foundation

/// The weights of all blocks of a population, and which walkers branch: systematic resampling. Of the M teeth (i + u)·W/M,
/// i = 0 … M − 1, of a comb with one random offset u in [0, 1), every one picks the walker in whose share of the sum W of the
/// weights it falls; its copy is walker i of the next generation. A walker has ⌊M w/W⌋ or ⌈M w/W⌉ copies, and the mean of these is
/// M w/W: no other choice of whole numbers has a smaller variance of each.
///
/// Ranks combine blocks by sums and quotients alone, which have the same bits on any CPU, so that all of them see the same comb.
package struct PopulationWeights: Sendable {
    package let blocks: [BlockWeights]
    /// M, the walkers of the next generation.
    package let walkers: Int
    /// Σ w over the blocks before each one, and over all.
    package let starts: [Double]

    /// - Parameter blocks: of all ranks, in their order.
    package init(_ blocks: [BlockWeights], walkers: Int) {
        self.blocks = blocks
        self.walkers = walkers
        var starts = [0.0]
        for block in blocks { starts.append((starts.last ?? 0) + block.sum) }
        self.starts = starts
    }

    /// W
    package var total: Double { starts.last ?? 0 }
    /// Σ ∫w dτ
    package var integral: Double { sum(\.integral) }
    /// Σ ∫w E dτ/Σ ∫w dτ
    package var energy: Double { sum(\.energy) / integral }
    /// Σ ∫w E² dτ/Σ ∫w dτ − E²
    package var variance: Double { max(0, sum(\.energySquared) / integral - energy * energy) }
    /// W²/(n Σ w²), for n walkers: 1 where weights are equal.
    package func effectiveShare(of count: Int) -> Double { total * total / (Double(count) * sum(\.squared)) }
    /// ln(W/n)
    package func logMean(of count: Int) -> Double { log(total / Double(count)) }
    package var moves: Int { blocks.reduce(0) { $0 + $1.moves } }
    package var wrongSigns: Int { blocks.reduce(0) { $0 + $1.wrongSigns } }
    package var phase: Double { blocks.reduce(0) { max($0, $1.phase) } }
    package var isInvalid: Bool {
        blocks.contains(where: \.isInvalid) || !(total > 0 && total.isFinite && integral > 0 && energy.isFinite)
    }

    private func sum(_ member: KeyPath<BlockWeights, Double>) -> Double {
        blocks.reduce(0.0) { $0 + $1[keyPath: member] }
    }

    /// How many teeth of the comb fall below a cumulative weight: the walkers of the next generation that come from the
    /// walkers up to there. Ascends with it, from 0 to M.
    package func teeth(below cumulative: Double, offset: Double) -> Int {
        guard cumulative < total else { return walkers }
        let place = (cumulative / total * Double(walkers) - offset).rounded(.up)
        return min(walkers, max(0, Int(place)))
    }
}
