import Communication
import Numerics

/// Mean, variance and quality of an energy estimate.
///
/// With data E[c, t] of C chains of length L, n = C·L, and V the population variance mean |x − mean x|²:
/// chains' means give τ_batch = ((n/C)·V(chain means)/V(E) − 1)/2; means of blocks of l = max(1, ⌊L/32⌋)
/// samples (the tail of a chain dropped) give τ_block likewise. The error is that of the chains if
/// τ_batch < 6L and C ≥ 32, else that of the blocks if τ_block < 6l and there are at least 32, else NaN.
/// These are the formulas of NetKet's `netket.stats.statistics`. They give no error, or one that is
/// too small, for few short correlated chains: see `InitialSequenceEstimate`.
public struct EnergyStatistics: Sendable, Equatable {
    public var mean: Complex<Double>
    /// V(E); real and imaginary deviations together.
    public var variance: Double
    /// Standard error of the mean; NaN where the data do not support one; 0 for a full summation.
    public var errorOfMean: Double
    /// Split-R̂ (Gelman et al., "Bayesian Data Analysis", 3rd ed., section 11.4) in the form
    /// √((L−1)/L + V(means of half chains)/V(E)); NaN for a single chain, chains of length 1 and V = 0.
    public var rHat: Double
    /// R̂ also for a single chain, from its two halves; NaN for chains of length 1, V = 0 and a full summation.
    public var splitRHat: Double
    /// τ such that errorOfMean² = variance·(1 + 2τ)/n, clipped at 0.
    public var tauCorr: Double

    /// - Parameter splitRHat: nil where it is R̂.
    public init(
        mean: Complex<Double>, variance: Double, errorOfMean: Double, rHat: Double, splitRHat: Double? = nil,
        tauCorr: Double
    ) {
        self.mean = mean
        self.variance = variance
        self.errorOfMean = errorOfMean
        self.rHat = rHat
        self.splitRHat = splitRHat ?? rHat
        self.tauCorr = tauCorr
    }

    /// What `ofChains` sends where ranks hold whole chains: the mean, no parts of groups, moments.
    package static let messagesOfChains = [CollectiveRecord.reals(2), .reals(0, .gather), .reals(12)]
    /// What `ofFullSummation` sends.
    package static let messagesOfFullSummation = [CollectiveRecord.reals(2), .reals(1)]

    /// Statistics of Markov-chain data spread over ranks; a chain may be split among several, and a
    /// rank may hold nothing. Collective: an allreduce of two numbers, a gather of what chains, blocks
    /// and halves cut by rank boundaries leave on either side (nothing where ranks hold whole chains),
    /// an allreduce of twelve numbers. No sample is sent.
    ///
    /// - Parameters:
    ///   - energies: real and imaginary part in turn of local samples `offset ..< offset + count` of the
    ///     global order b = chain·length + step. The ranks' ranges cover all samples once.
    ///   - offset: global number of the first local sample.
    ///   - chains: C ≥ 1.
    ///   - length: L ≥ 1.
    public static func ofChains(
        energies: [Double], offset: Int, chains: Int, length: Int, communicator: Communicator
    ) throws -> EnergyStatistics {
        try ofChains(
            energies: energies, offset: offset, chains: chains, length: length,
            sums: ShardedSum(communicator, itemCount: energies.count / 2))
    }

    /// The same with a choice of the order of sums.
    ///
    /// - Parameter sums: over the local samples.
    static func ofChains(
        energies: [Double], offset: Int, chains: Int, length: Int, sums: ShardedSum
    ) throws -> EnergyStatistics {
        precondition(chains >= 1 && length >= 1 && energies.count % 2 == 0)
        let blockLength = max(1, length / 32)
        let tilings = [
            GroupTiling(chainLength: length, length: length, groupsPerChain: 1),
            GroupTiling(chainLength: length, length: blockLength, groupsPerChain: length / blockLength),
            GroupTiling(chainLength: length, length: length / 2, groupsPerChain: 2),
        ]
        let total = Double(chains) * Double(length)
        let mean = try approximateMean(energies, total: total, sums: sums)

        // Moments about the approximate mean: of the samples, then of each kind of group.
        let none = [ComplexMoments](repeating: ComplexMoments(), count: 1 + tilings.count)
        var partial = [[ComplexMoments]](repeating: none, count: sums.blocks.count)
        var fragments: [Double] = []
        energies.withUnsafeBufferPointer { all in
            for (block, samples) in sums.blocks.enumerated() {
                let data = UnsafeBufferPointer(rebasing: all[2 * samples.lowerBound..<2 * samples.upperBound])
                for sample in 0..<samples.count {
                    partial[block][0].add(SIMD2(data[2 * sample], data[2 * sample + 1]) - mean)
                }
                for (kind, tiling) in tilings.enumerated() {
                    tiling.forEachGroup(
                        of: data, offset: offset + samples.lowerBound, mean: mean,
                        complete: { partial[block][1 + kind].add($0) },
                        partial: { fragments += [Double(kind), Double($0), $1.x, $1.y] })
                }
            }
        }
        if let fragments = try sums.communicator.gather(fragments) {
            for (kind, mean) in assemble(fragments, tilings: tilings) { partial[0][1 + kind].add(mean) }
        }
        let packed = try sums.sum(count: 3 * none.count) { block, _, sum in
            for (kind, moment) in partial[block].enumerated() {
                (sum[3 * kind], sum[3 * kind + 1], sum[3 * kind + 2]) = (moment.sum.x, moment.sum.y, moment.squares)
            }
        }
        var moments = none
        for kind in moments.indices {
            moments[kind].sum = SIMD2(packed[3 * kind], packed[3 * kind + 1])
            moments[kind].squares = packed[3 * kind + 2]
        }
        return evaluate(
            mean: mean, samples: moments[0], chainMeans: moments[1], blockMeans: moments[2],
            halfMeans: moments[3], chains: chains, length: length, blockLength: blockLength)
    }

    /// Statistics of a full summation: mean Σ p·E, variance Σ p·|E − mean|², no error. Collective: two
    /// allreduces, of two numbers and of one.
    ///
    /// - Parameters:
    ///   - energies: real and imaginary part in turn for each local state; ignored where p = 0.
    ///   - probabilities: of the local states; their sum over all ranks is 1.
    public static func ofFullSummation(
        energies: [Double], probabilities: [Double], communicator: Communicator
    ) throws -> EnergyStatistics {
        try ofFullSummation(
            energies: energies, probabilities: probabilities,
            sums: ShardedSum(communicator, itemCount: probabilities.count))
    }

    /// The same with a choice of the order of sums.
    ///
    /// - Parameters:
    ///   - sums: over the local states.
    ///   - leastProbability: states below it are left out of the variance.
    ///   - others: what they add to the variance instead, for each block of `sums`; nil for nothing.
    static func ofFullSummation(
        energies: [Double], probabilities: [Double], sums: ShardedSum, leastProbability: Double = 0,
        others: [Double]? = nil
    ) throws -> EnergyStatistics {
        precondition(energies.count == 2 * probabilities.count)
        let packed = try sums.sum(count: 2) { _, states, result in
            var sum = CompensatedSum()
            for state in states where probabilities[state] != 0 {
                sum.add(probabilities[state] * SIMD2(energies[2 * state], energies[2 * state + 1]))
            }
            (result[0], result[1]) = (sum.value.x, sum.value.y)
        }
        let mean = SIMD2(packed[0], packed[1])
        let variance = try sums.sum(count: 1) { block, states, result in
            result[0] = others?[block] ?? 0
            for state in states
            where probabilities[state] != 0 && probabilities[state] >= leastProbability {
                let deviation = SIMD2(energies[2 * state], energies[2 * state + 1]) - mean
                result[0] += probabilities[state] * (deviation * deviation).sum()
            }
        }
        return EnergyStatistics(
            mean: Complex(mean.x, mean.y), variance: variance[0], errorOfMean: 0, rHat: .nan, tauCorr: .nan)
    }

    /// The mean up to rounding of the reduction: what the moments are taken about.
    private static func approximateMean(
        _ energies: [Double], total: Double, sums: ShardedSum
    ) throws -> SIMD2<Double> {
        let packed = try sums.sum(count: 2) { _, samples, result in
            var sum = CompensatedSum()
            for sample in samples { sum.add(SIMD2(energies[2 * sample], energies[2 * sample + 1])) }
            (result[0], result[1]) = (sum.value.x, sum.value.y)
        }
        return SIMD2(packed[0], packed[1]) / total
    }

    /// Joins the parts of groups that rank boundaries cut: (kind, centred mean) of each.
    private static func assemble(
        _ fragments: [Double], tilings: [GroupTiling]
    ) -> [(kind: Int, mean: SIMD2<Double>)] {
        struct Key: Hashable {
            var kind: Double
            var group: Double
        }
        var order: [Key] = []
        var sums: [Key: SIMD2<Double>] = [:]
        for start in stride(from: 0, to: fragments.count, by: 4) {
            let key = Key(kind: fragments[start], group: fragments[start + 1])
            if sums[key] == nil { order.append(key) }
            sums[key, default: .zero] += SIMD2(fragments[start + 2], fragments[start + 3])
        }
        return order.map { key in
            let kind = Int(key.kind)
            return (kind, sums[key, default: .zero] / Double(tilings[kind].length))
        }
    }

    private static func evaluate(
        mean: SIMD2<Double>, samples: ComplexMoments, chainMeans: ComplexMoments, blockMeans: ComplexMoments,
        halfMeans: ComplexMoments, chains: Int, length: Int, blockLength: Int
    ) -> EnergyStatistics {
        let count = chains * length
        let exactMean = mean + samples.sum / Double(count)
        var variance = samples.variance(count: count)
        // Equal data leave the rounding of their mean as deviation: that is a variance of 0.
        let rounding = 16 * Double.ulpOfOne * (exactMean * exactMean).sum().squareRoot()
        if variance <= rounding * rounding { variance = 0 }

        let blocks = chains * (length / blockLength)
        let batchVariance = chainMeans.variance(count: chains)
        let blockVariance = blockMeans.variance(count: blocks)
        let tauBatch = (Double(length) * batchVariance / variance - 1) / 2
        let tauBlock = (Double(count) / Double(blocks) * blockVariance / variance - 1) / 2
        var error = Double.nan
        var tau = Double.nan
        // A comparison with NaN is false.
        if tauBatch < 6 * Double(length), chains >= 32 {
            error = (batchVariance / Double(chains)).squareRoot()
            tau = max(0, tauBatch)
        } else if tauBlock < 6 * Double(blockLength), blocks >= 32 {
            error = (blockVariance / Double(blocks)).squareRoot()
            tau = max(0, tauBlock)
        }
        var splitRHat = Double.nan
        if length > 1, variance > 0 {
            let between = halfMeans.variance(count: 2 * chains)
            splitRHat = (Double(length - 1) / Double(length) + between / variance).squareRoot()
        }
        return EnergyStatistics(
            mean: Complex(exactMean.x, exactMean.y), variance: variance, errorOfMean: error,
            rHat: chains > 1 ? splitRHat : .nan, splitRHat: splitRHat, tauCorr: tau)
    }
}
