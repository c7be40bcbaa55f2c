import DistQGT
import DistQGTTestSupport
import Numerics
import Testing

@Suite struct InitialSequenceEstimateTests {
    private func estimate(
        _ real: [Double], imaginary: [Double]? = nil, chains: Int, length: Int
    ) throws -> (statistics: EnergyStatistics, estimate: InitialSequenceEstimate) {
        let energies = AutoregressiveSeries.interleaved(real, imaginary: imaginary)
        let statistics = try EnergyStatistics.ofChains(
            energies: energies, offset: 0, chains: chains, length: length, communicator: .alone())
        let estimate = try InitialSequenceEstimate.ofChains(
            energies: energies, mean: statistics.mean, chains: chains, length: length, communicator: .alone())
        return (statistics, estimate)
    }

    /// The known error of AR(1) data, against the estimate averaged over independent repetitions.
    @Test(arguments: [
        (16, 63, 0.9, 0.1), (16, 63, 0.5, 0.1), (16, 63, 0.0, 0.1), (16, 63, 0.97, 0.15),
        (4, 64, 0.9, 0.15), (4, 256, 0.9, 0.1), (1, 1000, 0.9, 0.1), (1, 100, 0.9, 0.25),
        (2, 500, 0.9, 0.1), (64, 16, 0.9, 0.1), (8, 32, 0.95, 0.15), (512, 4, 0.9, 0.05),
        (32, 2, 0.5, 0.1), (40, 1, 0.0, 0.1), (16, 256, -0.5, 0.1), (3, 2000, 0.98, 0.15),
    ])
    func initialSequenceErrorOfAutoregressiveData(
        chains: Int, length: Int, autocorrelation: Double, tolerance: Double
    ) throws {
        let truth = AutoregressiveSeries.errorOfMean(
            chains: chains, length: length, autocorrelation: autocorrelation)
        let repetitions = 200
        var errors = 0.0
        for seed in 0..<repetitions {
            let data = AutoregressiveSeries.chains(
                chains, length: length, autocorrelation: autocorrelation, seed: UInt64(seed))
            let (statistics, estimate) = try estimate(data, chains: chains, length: length)
            errors += estimate.error / Double(repetitions)
            // The convention of τ.
            let count = Double(chains * length)
            let squared = statistics.variance * (1 + 2 * estimate.tau) / count
            #expect((squared / (estimate.error * estimate.error) - 1).magnitude < 1e-10)
        }
        #expect((errors / truth - 1).magnitude < tolerance, "ratio \(errors / truth)")
    }

    @Test func initialSequenceIsHonestWhereTheBlockFormulaIsNot() throws {
        let data = AutoregressiveSeries.chains(16, length: 63, autocorrelation: 0.9, seed: 1)
        let (statistics, estimate) = try estimate(data, chains: 16, length: 63)
        #expect(AutoregressiveSeries.errorOfMean(chains: 16, length: 63, autocorrelation: 0.9) > 0.12)
        #expect(statistics.errorOfMean < 0.04)
        #expect(estimate.error > 0.08 && estimate.error < 0.2)
    }

    @Test func initialSequenceSeesChainsThatDoNotMix() throws {
        // Each chain stays at a level of its own: the error is that of the levels.
        let levels = AutoregressiveSeries.chains(25, length: 1, autocorrelation: 0, seed: 4)
        let noise = AutoregressiveSeries.chains(25, length: 100, autocorrelation: 0, seed: 5)
        let data = noise.indices.map { levels[$0 / 100] * 10 + 0.1 * noise[$0] }
        let (_, estimate) = try estimate(data, chains: 25, length: 100)
        let means = (0..<25).map { chain in data[chain * 100..<chain * 100 + 100].reduce(0, +) / 100 }
        let centre = means.reduce(0, +) / 25
        let expected = (means.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / 24 / 25).squareRoot()
        #expect((estimate.error / expected - 1).magnitude < 0.01)
    }

    @Test func initialSequenceTreatsBothComponents() throws {
        let real = AutoregressiveSeries.chains(20, length: 400, autocorrelation: 0.3, seed: 6)
        let imaginary = AutoregressiveSeries.chains(20, length: 400, autocorrelation: 0.95, seed: 7)
        let (_, both) = try estimate(real, imaginary: imaginary, chains: 20, length: 400)
        let (_, first) = try estimate(real, chains: 20, length: 400)
        let (_, second) = try estimate(imaginary, chains: 20, length: 400)
        #expect((both.error / first.error - 1).magnitude < 1e-12)
        #expect((both.imaginaryError / second.error - 1).magnitude < 1e-12)
        #expect(both.imaginaryTau > 5 && both.tau < 2)
        #expect(first.imaginaryError == 0 && first.imaginaryTau.isNaN)
    }

    @Test func initialSequenceOfDataWithoutFluctuations() throws {
        let (_, constant) = try estimate([Double](repeating: -2, count: 64), chains: 4, length: 16)
        #expect(constant.error == 0 && constant.tau.isNaN)
        let (_, single) = try estimate([3], chains: 1, length: 1)
        #expect(single.error.isNaN && single.tau.isNaN)
    }
}
