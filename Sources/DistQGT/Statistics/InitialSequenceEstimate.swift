import Communication
import Foundation
import Numerics

/// The standard error of a mean over correlated chains, honest for few and short ones.
///
/// Geyer's initial monotone sequence (C. J. Geyer, "Practical Markov chain Monte Carlo", Stat. Sci. 7,
/// 473 (1992), section 3.3) over all chains together. With d = E − mean over *all* chains,
///
///     c_k = (1/n) Σ_chains Σ_t d_t d_{t+k},     Γ_m = c_{2m} + c_{2m+1},
///
/// summed up to the first Γ_m ≤ 0, each Γ_m lowered to its predecessor where it exceeds it:
///
///     A = (−c_0 + 2 Σ_m Γ_m)/n.
///
/// Centring on the global mean keeps what differs between chains in the covariances: chains that do
/// not mix give positive c_k up to the last lag, and A is then the variance of the mean from the
/// scatter of the chains' means. The factor 1/n instead of 1/(n − Ck) weighs each lag with 1 − k/L, the
/// share of pairs inside a chain of length L: exact for independent chains, however short. Centring
/// lowers every c_k by about the variance of the mean itself; inside the window of K lags that is
/// undone by error² = A/(1 − S), S = (1 + 2 Σ_{0<k<K} (1 − k/L))/n: for the full window the factor
/// C/(C − 1) of a sample variance. Averaged over AR(1) data of autocorrelation up to 0.97 this is
/// within 5% of the truth from 4 chains of 64 samples on; a single chain of some ten correlation
/// times still has a bias of −15%.
public struct InitialSequenceEstimate: Sendable, Equatable {
    /// Standard error of the mean of Re E.
    public var error: Double
    /// τ such that error² = V(Re E)·(1 + 2τ)/n: may be slightly negative; NaN where V = 0.
    /// Both are NaN for a single sample.
    public var tau: Double
    /// The same for Im E.
    public var imaginaryError: Double
    public var imaginaryTau: Double

    /// Lags of the first message, an even number.
    public static let firstLagCount = 32

    /// What `ofChains` sends if autocorrelations decay within the first lags: those, and rank 0's word on whether to go
    /// on. Each doubling beyond them adds an allreduce and a broadcast.
    package static func messages(length: Int) -> [CollectiveRecord] {
        let lags = CollectiveRecord.reals(2 * min(firstLagCount, length))
        guard length > firstLagCount else { return [lags] }
        return [lags, CollectiveRecord(kind: .broadcast, elements: 1, bytes: MemoryLayout<Int32>.stride)]
    }

    /// Collective: one allreduce for the first 32 lags; where longer chains are correlated beyond that,
    /// one broadcast (rank 0's decision to go on) and one allreduce for each further doubling.
    ///
    /// Costs count·K multiplications, K being the window: a few correlation times (and L, in the
    /// worst case, if chains do not mix).
    ///
    /// - Parameters:
    ///   - energies: real and imaginary part in turn, chain-major, of the local chains, which are whole.
    ///   - mean: over all ranks, from `EnergyStatistics.ofChains`.
    ///   - chains: C, over all ranks.
    ///   - length: L.
    public static func ofChains(
        energies: [Double], mean: Complex<Double>, chains: Int, length: Int, communicator: Communicator
    ) throws -> InitialSequenceEstimate {
        try ofChains(
            energies: energies, mean: mean, chains: chains, length: length,
            sums: ShardedSum(communicator, itemCount: energies.count / 2))
    }

    /// The same with a choice of the order of sums.
    ///
    /// - Parameter sums: over the local samples, whose blocks hold whole chains.
    static func ofChains(
        energies: [Double], mean: Complex<Double>, chains: Int, length: Int, sums: ShardedSum
    ) throws -> InitialSequenceEstimate {
        precondition(chains >= 1 && length >= 1 && energies.count % (2 * length) == 0)
        // Of one chain at a time, so that they take no memory of the size of the energies.
        var deviations = [Double](repeating: 0, count: length)
        let total = Double(chains) * Double(length)
        var sequences = [MonotoneSequence](repeating: MonotoneSequence(), count: 2)

        // Even numbers of lags, so that no pair is split.
        var firstLag = 0
        var lagCount = firstLagCount
        while true {
            let lags = firstLag..<min(firstLag + lagCount, length)
            let products = try sums.sum(count: 2 * lags.count) { _, samples, sum in
                for (component, centre) in [mean.real, mean.imaginary].enumerated() {
                    addLags(
                        of: energies, component: component, centre: centre, samples, deviations: &deviations,
                        lags: lags,
                        into: sum + component * lags.count)
                }
            }
            for component in 0..<2 {
                let covariances = products[component * lags.count..<(component + 1) * lags.count]
                sequences[component].append(covariances.map { $0 / total })
            }
            if lags.upperBound == length { break }
            let continues: Int32 = sequences.allSatisfy(\.isComplete) ? 0 : 1
            guard try sums.communicator.broadcast(continues) == 1 else { break }
            firstLag = lags.upperBound
            lagCount = firstLag
        }
        let (realError, realTau) = sequences[0].errorAndTau(chains: chains, length: length)
        let (imaginaryError, imaginaryTau) = sequences[1].errorAndTau(chains: chains, length: length)
        return InitialSequenceEstimate(
            error: realError, tau: realTau, imaginaryError: imaginaryError, imaginaryTau: imaginaryTau)
    }

    /// Σ_chains Σ_t d_t d_{t+k} of the chains among some samples for each lag k.
    ///
    /// - Parameters:
    ///   - energies: (re, im) in turn; d is the deviation of `component` 0 or 1 from `centre`.
    ///   - deviations: scratch of the length of a chain.
    private static func addLags(
        of energies: [Double], component: Int, centre: Double, _ samples: Range<Int>, deviations: inout [Double],
        lags: Range<Int>, into sums: UnsafeMutablePointer<Double>
    ) {
        sums.update(repeating: 0, count: lags.count)
        let length = deviations.count
        energies.withUnsafeBufferPointer { energies in
            deviations.withUnsafeMutableBufferPointer { d in
                for start in stride(from: samples.lowerBound, to: samples.upperBound, by: length) {
                    for t in 0..<length { d[t] = energies[2 * (start + t) + component] - centre }
                    for lag in lags {
                        var sum = 0.0
                        for t in 0..<length - lag { sum += d[t] * d[t + lag] }
                        sums[lag - lags.lowerBound] += sum
                    }
                }
            }
        }
    }
}

/// Sums autocovariances pair by pair as far as the initial monotone sequence goes.
private struct MonotoneSequence {
    private var variance = 0.0
    private var pairSum = 0.0
    private var lastPair = Double.infinity
    /// K, the number of lags inside the window.
    private var window = 0
    /// Whether a pair ≤ 0 (or NaN) has ended the sequence.
    private(set) var isComplete = false

    mutating func append(_ covariances: [Double]) {
        if window == 0, !isComplete { variance = covariances.first ?? .nan }
        for start in stride(from: 0, to: covariances.count, by: 2) where !isComplete {
            let hasSecond = start + 1 < covariances.count
            let pair = covariances[start] + (hasSecond ? covariances[start + 1] : 0)
            guard pair > 0 else {
                isComplete = true
                return
            }
            lastPair = min(lastPair, pair)
            pairSum += lastPair
            window += hasSecond ? 2 : 1
        }
    }

    func errorAndTau(chains: Int, length: Int) -> (error: Double, tau: Double) {
        let total = Double(chains) * Double(length)
        guard total > 1 else { return (.nan, .nan) }
        let lags = Double(max(window, 1))
        // Σ_{0<k<K} (1 − k/L) = (K−1)(1 − K/(2L)).
        let share = (1 + 2 * (lags - 1) * (1 - lags / (2 * Double(length)))) / total
        // Beyond three quarters the chains are shorter than their correlation and nothing helps.
        let longRun = (2 * pairSum - variance) / (1 - min(share, 0.75))
        // Antithetic noise must not make the error vanish: no more than n·log10 n effective samples
        // (the bound of the Stan reference manual, "Effective sample size").
        let floor = variance / max(1, log10(total))
        let bounded = longRun < floor ? floor : longRun
        return ((bounded / total).squareRoot(), (bounded / variance - 1) / 2)
    }
}
