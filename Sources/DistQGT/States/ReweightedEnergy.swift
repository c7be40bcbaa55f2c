import Communication
import Foundation
import LinearAlgebra

/// How the energy changes from the parameters θ to θ ± d, from the samples of θ reweighted by |ψ±|²/|ψ|².
///
/// The three energies are correlated, so that a few hundred samples tell what differences of fresh estimates would need
/// many more for. Half the sum of both changes is the part that is even in d, in which the noise of first order cancels.
public struct ReweightedEnergy: Sendable, Equatable {
    /// E(θ + d) − E(θ).
    public let change: Double
    /// [E(θ + d) + E(θ − d)]/2 − E(θ), the term of second order.
    public let curvature: Double
    /// Standard errors, for samples that are independent; 0 for a full summation.
    public let changeError: Double
    public let curvatureError: Double
    /// (Σ w)²/(n Σ w²) of the weights at θ + d, or at θ − d where that is less: the share of the samples that still counts.
    public let effectiveShare: Double

    package init(
        change: Double, curvature: Double, changeError: Double, curvatureError: Double, effectiveShare: Double
    ) {
        self.change = change
        self.curvature = curvature
        self.changeError = changeError
        self.curvatureError = curvatureError
        self.effectiveShare = effectiveShare
    }

    /// Whether all of it is finite.
    public var isFinite: Bool {
        change.isFinite && curvature.isFinite && changeError.isFinite && curvatureError.isFinite
            && effectiveShare.isFinite
    }
}

extension StateEnergy {
    /// Of a step's samples, as many as a reweighted energy takes at least, at most, and as a part in between.
    private static let reweightedSamples = (least: 256, most: 1024, part: 4)

    /// What `reweighted` sends.
    package static func messagesOfReweighting(_ distribution: SampleDistribution) -> [CollectiveRecord] {
        [.reals(2), .reals(7)] + (distribution.isFullSummation ? [] : [.reals(2)])
    }

    /// The energy at θ ± d, where θ are the present parameters; a linearisation is not valid any more. A quarter of a step's
    /// samples counts, 256 to 1024, the same ones on any number of ranks; of a full summation all states. Collective: three allreduces of a few numbers, one less for a full summation.
    ///
    /// - Parameters:
    ///   - energies: of the batch, real and imaginary part in turn.
    ///   - logPsi: likewise.
    ///   - mean: of the energies.
    ///   - move: puts the parameters at θ + steps · d, for 1, −1 and 0 steps.
    public func reweighted(
        _ batch: SampleBatch, energies: [Double], logPsi: [Double], mean: Double, moving move: (_ steps: Double) -> Void
    ) throws -> ReweightedEnergy {
        let (least, most, portion) = Self.reweightedSamples
        let wanted = min(most, max(least, batch.totalCount / portion))
        let part = ReweightedPart(of: batch, energies: energies, logPsi: logPsi, about: mean, atMost: wanted)
        func evaluate(_ steps: Double) -> (logPsi: [Double], energies: [Double]) {
            move(steps)
            let logPsi = state.logPsi(of: part.configurations)
            return (logPsi, localEnergies(of: part.configurations, logPsi: logPsi, blocks: part.blocks))
        }
        let sides = [evaluate(1), evaluate(-1)]
        move(0)

        // Only differences of log |ψ| have a meaning; their mean keeps the weights in range.
        let shifts = try batch.sums.sum(count: 2) { block, _, sum in
            for (side, values) in sides.enumerated() {
                sum[side] = part.blocks[block].reduce(0) { total, item in
                    let difference = values.logPsi[2 * item] - part.logPsi[item]
                    return total + (difference.isFinite ? part.weight(item) * difference : 0)
                }
            }
        }
        let weights = sides.enumerated().map { side, values in
            part.logPsi.indices.map { item in
                let difference = values.logPsi[2 * item] - part.logPsi[item] - shifts[side] / part.total
                return part.weight(item) * exp(2 * difference)
            }
        }
        /// w·(E − mean − energy); zero where ψ vanishes.
        func term(_ side: Int, _ item: Int, about energy: Double) -> Double {
            let weight = weights[side][item]
            return weight == 0 ? 0 : weight * (sides[side].energies[2 * item] - mean - energy)
        }
        let sums = try batch.sums.sum(count: 7) { block, _, sum in
            for number in 0..<7 { sum[number] = 0 }
            for item in part.blocks[block] {
                sum[0] += part.weight(item) * part.energies[item]
                for side in 0..<2 {
                    let weight = weights[side][item]
                    sum[1 + side] += weight
                    sum[3 + side] += term(side, item, about: 0)
                    sum[5 + side] += part.weight(item) == 0 ? 0 : weight * weight / part.weight(item)
                }
            }
        }
        let old = sums[0] / part.total
        let new = (sums[3] / sums[1], sums[4] / sums[2])
        let shares = (0..<2).map { sums[1 + $0] * sums[1 + $0] / (part.total * sums[5 + $0]) }
        let change = new.0 - old
        let curvature = (new.0 + new.1) / 2 - old
        guard !part.isExact else {
            return ReweightedEnergy(
                change: change, curvature: curvature, changeError: 0, curvatureError: 0,
                effectiveShare: min(shares[0], shares[1]))
        }
        // The spread of each sample's part in the ratio of means.
        let squares = try batch.sums.sum(count: 2) { block, _, sum in
            (sum[0], sum[1]) = (0, 0)
            for item in part.blocks[block] {
                let before = part.energies[item] - old
                let forward = term(0, item, about: new.0) * part.total / sums[1]
                let backward = term(1, item, about: new.1) * part.total / sums[2]
                sum[0] += (forward - before) * (forward - before)
                let even = (forward + backward) / 2 - before
                sum[1] += even * even
            }
        }
        return ReweightedEnergy(
            change: change, curvature: curvature, changeError: squares[0].squareRoot() / part.total,
            curvatureError: squares[1].squareRoot() / part.total, effectiveShare: min(shares[0], shares[1]))
    }
}

/// The samples of a step that a reweighted energy takes.
private struct ReweightedPart {
    let configurations: Configurations
    /// Of the samples that were taken, by the blocks of the batch's sums.
    let blocks: [Range<Int>]
    /// Real parts, about their mean.
    let energies: [Double]
    let logPsi: [Double]
    /// Nil where samples weigh 1 each.
    private let probabilities: [Double]?
    /// Σ of the weights over all ranks.
    let total: Double

    /// Whether nothing is sampled.
    var isExact: Bool { probabilities != nil }
    func weight(_ item: Int) -> Double { probabilities?[item] ?? 1 }

    init(of batch: SampleBatch, energies: [Double], logPsi: [Double], about mean: Double, atMost wanted: Int) {
        let interval = batch.chains == nil ? 1 : max(1, (batch.totalCount + wanted - 1) / wanted)
        let offset = batch.chains?.offset ?? 0
        let count = batch.configurations.count
        let taken = (0..<count).filter { (offset + $0) % interval == 0 }
        configurations = batch.configurations.rows(taken)
        blocks = Configurations.ranges(of: taken, in: batch.sums.blocks)
        self.energies = taken.map { energies[2 * $0] - mean }
        self.logPsi = taken.map { logPsi[2 * $0] }
        probabilities = batch.probabilities.map { all in taken.map { all[$0] } }
        total = batch.probabilities == nil ? Double((batch.totalCount + interval - 1) / interval) : 1
    }
}
