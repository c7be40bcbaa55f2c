import DistQGT
import DistQGTTestSupport
import Foundation
import Numerics
import Testing

/// Estimates from batches against those of whole series.
@Suite struct ChainEstimateTests {
    /// The estimate from batches of a length, as running statistics keep them.
    private func estimate(_ series: [Double], chains: Int, batchLength: Int) throws -> ChainEstimate {
        let length = series.count / chains
        let batches = length / batchLength
        var batchMeans: [Double] = []
        var means: [Double] = []
        var squares: [Double] = []
        for chain in 0..<chains {
            let values = series[chain * length..<(chain + 1) * length].map { $0 }
            let mean = values.reduce(0, +) / Double(length)
            means.append(mean)
            squares.append(values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
            for batch in 0..<batches {
                let part = values[batch * batchLength..<(batch + 1) * batchLength]
                batchMeans.append(part.reduce(0, +) / Double(batchLength))
            }
        }
        return try ChainEstimate(
            batchMeans: batchMeans, batches: batches, batchLength: batchLength, means: means, squares: squares,
            length: length)
    }

    @Test(arguments: [0.0, 0.5, 0.9]) func errorsDoNotDependOnTheBatches(_ autocorrelation: Double) throws {
        let (chains, length) = (16, 2048)
        var ratios: [Int: Double] = [:]
        let repeats = 40
        for seed in 1...repeats {
            let series = AutoregressiveSeries.chains(
                chains, length: length, autocorrelation: autocorrelation, seed: UInt64(seed))
            let exact = AutoregressiveSeries.errorOfMean(
                chains: chains, length: length, autocorrelation: autocorrelation)
            for batchLength in [1, 32, 64] {
                let found = try estimate(series, chains: chains, batchLength: batchLength)
                ratios[batchLength, default: 0] += found.error / exact / Double(repeats)
                // The definition of τ.
                let square: Double = found.variance * (1 + 2 * found.tau) / Double(series.count)
                #expect(abs(found.error * found.error - square) < 1e-12)
            }
        }
        for (batchLength, ratio) in ratios { #expect(abs(ratio - 1) < 0.07, "batches of \(batchLength): \(ratio)") }
    }

    @Test func meanVarianceAndRHatAreThoseOfTheSeries() throws {
        let (chains, length) = (9, 256)
        let series = AutoregressiveSeries.chains(chains, length: length, autocorrelation: 0.7, seed: 3).map { $0 + 40 }
        let direct = try EnergyStatistics.ofChains(
            energies: AutoregressiveSeries.interleaved(series, imaginary: series.map { _ in 0 }), offset: 0,
            chains: chains,
            length: length, communicator: .alone())
        for batchLength in [1, 4, 64] {
            let found = try estimate(series, chains: chains, batchLength: batchLength)
            #expect(abs(found.mean - direct.mean.real) < 1e-12)
            #expect(abs(found.variance - direct.variance) < 1e-11)
            #expect(abs(found.rHat - direct.rHat) < 1e-11)
        }
    }

    @Test func chainsThatDisagreeAreSeen() throws {
        var series = AutoregressiveSeries.chains(8, length: 512, autocorrelation: 0, seed: 4)
        for chain in 0..<8 { for t in 0..<512 { series[chain * 512 + t] += chain % 2 == 0 ? 5 : -5 } }
        let found = try estimate(series, chains: 8, batchLength: 16)
        #expect(found.rHat > 1.3)
        // As the scatter of eight chains' means says.
        #expect(found.error > 1.5)
    }

    @Test func constantsHaveNoError() throws {
        let found = try estimate([Double](repeating: 0.1, count: 300), chains: 3, batchLength: 10)
        #expect(found.error == 0)
        #expect(found.variance == 0)
        #expect(abs(found.mean - 0.1) < 1e-15)
        #expect(found.rHat.isNaN)
        #expect(found.tau.isNaN)
    }
}
