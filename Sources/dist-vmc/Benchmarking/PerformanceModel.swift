import Communication
import DistQGT
import Foundation
import Measurement

/// Predicts the seconds of a step on more ranks from two measurements and the network's latency and bandwidth.
///
/// Computation per rank is measured, not assumed: with the configuration's samples and with fewer, so that each phase
/// has a part that grows with the rank's samples and one that does not. The solve follows its method: products
/// per iteration as they are measured; T as local × total samples; a factorisation as its n³/3 operations spread
/// over the ranks, at the rate measured. Communication is every collective that `StepCollectives` lists, by
/// `CollectiveCost`. Where ranks of a node have vectors in common, each does its share of the work on them. Iterations
/// stay as measured. Left out: ranks that wait for each other because the machine disturbs them, and a memory bandwidth that more ranks of a node share (measure with a node's cores all at work).
struct PerformanceModel {
    struct Prediction {
        let ranks: Int
        /// Most samples of a rank.
        let localSamples: Int
        let samples: Int
        let computation: Double
        let communication: Double
        /// Speed-up over the ranks of the measurement, divided by what the ranks or the samples grew by.
        let efficiency: Double
        var step: Double { computation + communication }
    }

    private let full: StepMeasurement
    /// With fewer chains of the same length.
    private let small: StepMeasurement
    private let network: CollectiveCost
    private let reconfiguration: StochasticReconfiguration?
    private let matrixProductRate: Double
    /// Bytes per second.
    private let streamRate: Double

    /// Times that a vector is read or written in an iteration of conjugate gradients, beside its product.
    private static let vectorPasses = 20

    /// - Parameters:
    ///   - small: of fewer chains.
    ///   - limits: of a rank, with all that are here at work.
    init(
        full: StepMeasurement, small: StepMeasurement, reconfiguration: StochasticReconfiguration?,
        network: CollectiveCost, limits: MachineLimits
    ) {
        self.full = full
        self.small = small
        self.reconfiguration = reconfiguration
        self.network = network
        matrixProductRate = limits.matrixProductRate
        streamRate = 1e9 * limits.streamRate
    }

    /// Powers of two times the ranks of the measurement, up to `last`, and `last` itself.
    private func sizes(upTo last: Int) -> [Int] {
        var sizes: [Int] = []
        var ranks = full.distribution.ranks
        while ranks < last {
            sizes.append(ranks)
            ranks *= 2
        }
        return sizes + [max(last, full.distribution.ranks)]
    }

    /// The same chains on more ranks.
    func strongScaling(upTo last: Int) -> [Prediction] {
        let chains = chainCount
        return predictions(upTo: last, growth: { $0 }) { _ in chains }
    }

    /// As many chains for each rank as were measured.
    func weakScaling(upTo last: Int) -> [Prediction] {
        let chains = chainCount
        return predictions(upTo: last, growth: { _ in 1 }) { chains * $0 / full.distribution.ranks }
    }

    private var chainLength: Int { full.distribution.chainLength ?? 1 }
    private var chainCount: Int { full.distribution.total / chainLength }

    /// - Parameter growth: of the speed, for a growth of the number of ranks, if nothing were lost.
    private func predictions(
        upTo last: Int, growth: (Double) -> Double, chains: (Int) -> Int
    ) -> [Prediction] {
        let length = chainLength
        func times(_ ranks: Int) -> (SampleDistribution, Double, Double) {
            let count = chains(ranks)
            let distribution = SampleDistribution(
                local: Shard.block(of: count, rank: 0, size: ranks).count * length, total: count * length,
                ranks: ranks, chainLength: length, isDirect: full.distribution.isDirect,
                replicas: full.distribution.replicas)
            return (distribution, computation(distribution), communication(distribution))
        }
        let (_, baseComputation, baseCommunication) = times(full.distribution.ranks)
        return sizes(upTo: last).map { ranks in
            let (distribution, computation, communication) = times(ranks)
            let ideal = growth(Double(ranks) / Double(full.distribution.ranks))
            return Prediction(
                ranks: ranks, localSamples: distribution.local, samples: distribution.total,
                computation: computation, communication: communication,
                efficiency: (baseComputation + baseCommunication) / (computation + communication) / ideal)
        }
    }

    /// A value at `local` samples per rank, on the line through two measured ones.
    private func line(_ local: Int, _ value: (StepMeasurement) -> Double) -> Double {
        let far = Double(full.distribution.local)
        let near = Double(small.distribution.local)
        let slope = max(0, (value(full) - value(small)) / (far - near))
        // Not below zero at no samples.
        return max(value(full) - slope * (far - Double(local)), value(full) * Double(local) / far, 0)
    }

    // MARK: Computation

    private func computation(_ distribution: SampleDistribution) -> Double {
        let phases: [PhaseClock.Phase] = [.sample, .localEnergy, .linearise, .forces]
        let growing = phases.reduce(0) { sum, phase in
            sum + line(distribution.local) { $0.seconds[phase] ?? 0 }
        }
        return growing + (full.seconds[.update] ?? 0) + solution(distribution)
    }

    private func solution(_ distribution: SampleDistribution) -> Double {
        guard let solve = full.solve else { return 0 }
        let measured = full.seconds[.solve] ?? 0
        let product = line(distribution.local, \.product)
        if solve.work == .products {
            // What is not in the products is work on vectors; what is more than such work can take are products that
            // take longer between it than one after the other.
            let rest = max(0, measured - solve.iterations * full.product)
            guard solve.strategy.space == .parameters else { return measured * product / full.product }
            let bytes = Double(Self.vectorPasses * MemoryLayout<Double>.stride * full.state.trainedLayout.count)
            let sharers = full.distribution.ranksPerVector
            let vectors = min(rest, solve.iterations * bytes / streamRate / Double(sharers))
            let moreSharers = max(sharers, min(distribution.ranks, network.ranksPerNode))
            return (measured - vectors) * product / full.product + vectors * Double(sharers) / Double(moreSharers)
        }
        guard let kernel = solve.kernel else {
            // S is formed column by column; its factorisation runs as matrix products do.
            let size = Double(full.state.trainedLayout.count)
            let factorisation = factorisation(size, 1e-9 / matrixProductRate, ranks: distribution.ranks)
            let before = self.factorisation(size, 1e-9 / matrixProductRate, ranks: full.distribution.ranks)
            return max(0, measured - before) * product / full.product + factorisation
        }
        let entries =
            Double(distribution.local * distribution.total)
            / Double(full.distribution.local * full.distribution.total)
        let rest = max(0, measured - kernel - full.product / 2)
        let solved: Double
        if solve.work == .factorisation {
            let components = full.state.isComplex ? 2.0 : 1.0
            let size = components * Double(full.distribution.total)
            let perOperation = rest / factorisation(size, 1, ranks: full.distribution.ranks)
            solved = factorisation(
                components * Double(distribution.total), perOperation, ranks: distribution.ranks)
        } else {
            // Iterations read the rows of T.
            solved = rest * entries
        }
        return kernel * entries + solved + product / 2
    }

    /// By all ranks if there is enough to do, otherwise by the first alone.
    private func factorisation(_ size: Double, _ secondsPerOperation: Double, ranks: Int) -> Double {
        let workers = size < Double(ReconfigurationEquation.distributedSize) ? 1 : Double(ranks)
        return secondsPerOperation * size * size * size / 3 / workers
    }

    // MARK: Communication

    private func communication(_ distribution: SampleDistribution) -> Double {
        let ranks = distribution.ranks
        let collectives = StepCollectives(full.state, distribution, reconfiguration: reconfiguration)
        var seconds = network.seconds(collectives.step, ranks: ranks)
        guard let solve = full.solve else { return seconds }
        let products =
            solve.iterations
            * (1 + (collectives.residualInterval.map { 1 / Double($0) } ?? 0))
        seconds += products * network.seconds(collectives.product, ranks: ranks)
        seconds += solve.iterations * network.seconds(collectives.iteration, ranks: ranks)
        if solve.strategy.space == .parameters {
            // Inner products of vectors that ranks have in common: two for each iteration, and those with the means.
            seconds += 3 * solve.iterations * network.barrierSeconds(ranks: ranks)
        }
        if solve.work == .factorisation {
            let size =
                solve.strategy.space == .parameters
                ? full.state.trainedLayout.count : distribution.total * (full.state.isComplex ? 2 : 1)
            if size >= ReconfigurationEquation.distributedSize {
                seconds += network.choleskySeconds(size: Double(size), ranks: ranks)
            }
        }
        return seconds
    }
}
