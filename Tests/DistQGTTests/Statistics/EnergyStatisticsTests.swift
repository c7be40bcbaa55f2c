import Communication
import DistQGT
import DistQGTTestSupport
import Foundation
import Numerics
import Testing

/// The published cases, one for each branch of the formulas.
private struct PublishedCases: Decodable {
    struct Data: Decodable {
        let real: [Double]
        let imag: [Double]?
    }
    struct Entry: Decodable {
        let label: String
        let shape: [Int]
        let data: Data
        let mean: [Double]
        let variance: Double?
        let error_of_mean: Double?
        let R_hat: Double?
        let tau_corr: Double?
    }
    let cases: [Entry]
}

@Suite struct EnergyStatisticsTests {
    /// Close in the relative sense, τ absolutely; null means NaN.
    private func expectClose(_ value: Double, _ expected: Double?, absolute: Double = 0, _ name: String) {
        guard let expected else {
            #expect(value.isNaN, "\(name)")
            return
        }
        #expect((value - expected).magnitude <= absolute + 1e-12 * expected.magnitude, "\(name)")
    }

    @Test func statisticsOfThePublishedCases() throws {
        let url = try #require(
            Bundle.module.url(forResource: "statistics_public", withExtension: "json", subdirectory: "Resources"))
        let published = try JSONDecoder().decode(PublishedCases.self, from: Data(contentsOf: url))
        #expect(published.cases.count == 12)
        for entry in published.cases {
            let communicator = Communicator.alone()
            let energies = AutoregressiveSeries.interleaved(entry.data.real, imaginary: entry.data.imag)
            let statistics = try EnergyStatistics.ofChains(
                energies: energies, offset: 0, chains: entry.shape[0], length: entry.shape[1],
                communicator: communicator)
            let direct = DirectEnergyStatistics.evaluate(
                entry.data.real.indices.map { Complex(entry.data.real[$0], entry.data.imag?[$0] ?? 0) },
                chains: entry.shape[0], length: entry.shape[1])
            for result in [statistics, direct] {
                expectClose(result.mean.real, entry.mean[0], "\(entry.label) mean")
                expectClose(result.mean.imaginary, entry.mean[1], absolute: 1e-14, "\(entry.label) mean")
                expectClose(result.variance, entry.variance, "\(entry.label) variance")
                expectClose(result.errorOfMean, entry.error_of_mean, "\(entry.label) error")
                expectClose(result.rHat, entry.R_hat, "\(entry.label) R_hat")
                expectClose(result.tauCorr, entry.tau_corr, absolute: 1e-12, "\(entry.label) tau")
            }
            #expect(communicator.counters.snapshot.calls == 3)
        }
    }

    @Test func statisticsOfEqualDataHaveNoVariance() throws {
        // 0.1 and 1/3 have means that round.
        for (chains, length) in [(40, 7), (3, 100), (1, 1000)] {
            let energies = [Double](repeating: 0.1, count: 2 * chains * length).enumerated().map {
                $0.offset % 2 == 0 ? $0.element : -1.0 / 3
            }
            let statistics = try EnergyStatistics.ofChains(
                energies: energies, offset: 0, chains: chains, length: length, communicator: .alone())
            #expect(statistics.variance == 0)
            #expect(statistics.errorOfMean.isNaN && statistics.rHat.isNaN && statistics.tauCorr.isNaN)
            #expect((statistics.mean.real - 0.1).magnitude < 1e-16)
        }
    }

    @Test func statisticsKeepSmallFluctuationsOfLargeEnergies() throws {
        let noise = AutoregressiveSeries.chains(40, length: 50, autocorrelation: 0.5, seed: 3)
        func evaluate(offset: Double) throws -> EnergyStatistics {
            // Multiples of 2⁻³⁰, so that adding the offset is exact.
            let values = noise.map { ($0 * 0x1p20).rounded() * 0x1p-30 + offset }
            return try EnergyStatistics.ofChains(
                energies: AutoregressiveSeries.interleaved(values), offset: 0, chains: 40, length: 50,
                communicator: .alone())
        }
        let (small, large) = (try evaluate(offset: 0), try evaluate(offset: -4096))
        #expect((large.variance / small.variance - 1).magnitude < 1e-12)
        #expect((large.errorOfMean / small.errorOfMean - 1).magnitude < 1e-12)
        #expect((large.rHat / small.rHat - 1).magnitude < 1e-12)
    }

    @Test func statisticsCarryNaN() throws {
        var energies = AutoregressiveSeries.interleaved(
            AutoregressiveSeries.chains(40, length: 8, autocorrelation: 0, seed: 1))
        energies[14] = .nan
        let statistics = try EnergyStatistics.ofChains(
            energies: energies, offset: 0, chains: 40, length: 8, communicator: .alone())
        #expect(statistics.mean.real.isNaN && statistics.variance.isNaN && statistics.errorOfMean.isNaN)
        #expect(statistics.rHat.isNaN && statistics.tauCorr.isNaN)
    }

    @Test func statisticsOfAFullSummation() throws {
        // The third state has no weight: what stands there is ignored.
        let statistics = try EnergyStatistics.ofFullSummation(
            energies: [1, 2, 3, -2, .nan, .infinity, -1, 0], probabilities: [0.5, 0.25, 0, 0.25],
            communicator: .alone())
        #expect(statistics.mean == Complex(1, 0.5))
        // ½|0 + 1.5i|² + ¼|2 − 2.5i|² + ¼|−2 − 0.5i|².
        #expect(statistics.variance == 0.5 * 2.25 + 0.25 * 10.25 + 0.25 * 4.25)
        #expect(statistics.errorOfMean == 0)
        #expect(statistics.rHat.isNaN && statistics.tauCorr.isNaN)
        // V = 4·4.75/(1 − 3)².
        #expect(statistics.vScore(siteCount: 4, infiniteTemperatureEnergy: 3) == 4.75)
    }
}
