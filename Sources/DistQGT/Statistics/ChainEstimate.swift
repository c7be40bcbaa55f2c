import Numerics

/// The mean of a real quantity over Markov chains, or over a whole basis, with its quality.
public struct ChainEstimate: Sendable, Equatable {
    public var mean: Double
    /// Standard error of the mean, as `InitialSequenceEstimate` defines it; 0 for a full summation; NaN where there is
    /// no estimate.
    public var error: Double
    /// Population variance of the quantity's local values.
    public var variance: Double
    /// τ such that error² = variance·(1 + 2τ)/n, in kept samples of a chain; NaN where the variance is 0.
    public var tau: Double
    /// `EnergyStatistics.splitRHat`, of a single chain from its two halves; NaN where it is undefined.
    public var rHat: Double

    public init(mean: Double, error: Double, variance: Double, tau: Double, rHat: Double) {
        self.mean = mean
        self.error = error
        self.variance = variance
        self.tau = tau
        self.rHat = rHat
    }

    /// Σ p·x and Σ p·(x − mean)², without an error.
    static func summed(mean: Double, variance: Double) -> ChainEstimate {
        ChainEstimate(mean: mean, error: 0, variance: variance, tau: .nan, rHat: .nan)
    }
}

extension ChainEstimate {
    /// The estimate from what all chains have kept of one quantity.
    ///
    /// - Parameters:
    ///   - batchMeans: of one chain after the other, `batches` ≥ 1 each, of consecutive samples.
    ///   - means, squares: of each chain, over all of its samples: mean x and Σ (x − mean)².
    ///   - length: samples of each chain.
    ///   - batchLength: samples of each batch; those after the last batch count in `means` only.
    package init(
        batchMeans: [Double], batches: Int, batchLength: Int, means: [Double], squares: [Double], length: Int
    ) throws {
        let chains = means.count
        let count = Double(chains) * Double(length)
        let mean = means.reduce(0, +) / Double(chains)
        var variance = 0.0
        for chain in 0..<chains {
            let deviation = means[chain] - mean
            variance += squares[chain] + Double(length) * deviation * deviation
        }
        variance /= count
        // Equal data leave the rounding of their mean as deviation: that is a variance of 0.
        let rounding = 16 * Double.ulpOfOne * abs(mean)
        guard variance > rounding * rounding else {
            self.init(
                mean: mean, error: variance.isNaN ? .nan : 0, variance: variance.isNaN ? .nan : 0, tau: .nan, rHat: .nan
            )
            return
        }
        let error = try Self.error(
            batchMeans: batchMeans, chains: chains, batches: batches, batchLength: batchLength, length: length)
        let tau = (error * error * count / variance - 1) / 2

        var rHat = Double.nan
        let half = batches / 2
        if half > 0 {
            var halves: [Double] = []
            for chain in 0..<chains {
                for part in 0..<2 {
                    let first = chain * batches + part * half
                    halves.append(batchMeans[first..<first + half].reduce(0, +) / Double(half))
                }
            }
            let centre = halves.reduce(0, +) / Double(halves.count)
            let between = halves.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(halves.count)
            rHat = (Double(length - 1) / Double(length) + between / variance).squareRoot()
        }
        self.init(mean: mean, error: error, variance: variance, tau: tau, rHat: rHat)
    }

    /// The standard error of a mean from the means of batches: parameters as of the initialiser.
    static func error(
        batchMeans: [Double], chains: Int, batches: Int, batchLength: Int, length: Int
    ) throws -> Double {
        // The means of the batches are a series of their own, whose mean is that of the samples.
        let batchMean = batchMeans.reduce(0, +) / Double(batchMeans.count)
        var series = [Double](repeating: 0, count: 2 * batchMeans.count)
        for index in batchMeans.indices { series[2 * index] = batchMeans[index] }
        let withAutocorrelation = try InitialSequenceEstimate.ofChains(
            energies: series, mean: Complex(batchMean, 0), chains: chains, length: batches, communicator: .alone())
        return withAutocorrelation.error * (Double(batches * batchLength) / Double(length)).squareRoot()
    }
}
