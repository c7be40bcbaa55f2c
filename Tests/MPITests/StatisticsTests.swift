import Communication
import DistQGT
import DistQGTTestSupport
import Numerics

/// Ranges of the samples for each rank: as even as possible, all on the last rank, and ever larger
/// shares behind a rank without samples.
private func splits(of count: Int, size: Int) -> [[Range<Int>]] {
    let even = (0..<size).map { Shard.block(of: count, rank: $0, size: size).range }
    let last = (0..<size).map { $0 == size - 1 ? 0..<count : 0..<0 }
    let bounds = (0...size).map { rank in
        rank <= 1 && size > 1 ? 0 : (rank == size ? count : count * rank * rank / (size * size))
    }
    return [even, last, (0..<size).map { bounds[$0]..<bounds[$0 + 1] }]
}

private func checkSame(_ actual: Double, _ expected: Double, absolute: Double = 0, _ name: String) {
    if expected.isNaN {
        check(actual.isNaN, "\(name) is \(actual), not NaN")
    } else {
        checkClose(actual, expected, relative: 1e-12, absolute: absolute, name)
    }
}

let statisticsTests: [MPITest] = [
    MPITest("statistics: chains cut anywhere by rank boundaries") { world in
        let shapes = [
            (40, 8), (33, 7), (6, 24), (4, 200), (2, 101), (1, 256), (3, 7), (1, 20), (40, 1), (1, 1), (2, 2),
            (36, 10),
        ]
        for (chains, length) in shapes {
            let real = AutoregressiveSeries.chains(chains, length: length, autocorrelation: 0.6, seed: 1)
                .map { $0 - 3 }
            let imaginary = AutoregressiveSeries.chains(chains, length: length, autocorrelation: 0.2, seed: 2)
            let energies = AutoregressiveSeries.interleaved(real, imaginary: imaginary)
            let expected = DirectEnergyStatistics.evaluate(
                real.indices.map { Complex(real[$0], imaginary[$0]) }, chains: chains, length: length)
            for ranges in splits(of: chains * length, size: world.size) {
                let range = ranges[world.rank]
                let (actual, collectives) = try world.counters.counting {
                    try EnergyStatistics.ofChains(
                        energies: Array(energies[2 * range.lowerBound..<2 * range.upperBound]),
                        offset: range.lowerBound, chains: chains, length: length, communicator: world)
                }
                let name = "\(chains) × \(length), \(ranges)"
                checkSame(actual.mean.real, expected.mean.real, "\(name) mean")
                checkSame(actual.mean.imaginary, expected.mean.imaginary, absolute: 1e-14, "\(name) mean")
                checkSame(actual.variance, chains * length == 1 ? 0 : expected.variance, "\(name) variance")
                checkSame(actual.errorOfMean, expected.errorOfMean, "\(name) error")
                checkSame(actual.rHat, expected.rHat, "\(name) R_hat")
                checkSame(actual.tauCorr, expected.tauCorr, absolute: 1e-12, "\(name) tau")
                checkEqual(collectives.allReduce.calls, 2)
                checkEqual(collectives.gather.calls, 1)
                checkEqual(collectives.calls, 3)
                // What is sent does not grow with the number of samples: three kinds of groups, two
                // ends, four numbers each.
                check(collectives.gather.bytes <= 3 * 2 * 4 * 8, "\(name): \(collectives.gather.bytes) bytes")
            }
        }
    },
    MPITest("statistics: full summation") { world in
        let energies = AutoregressiveSeries.chains(1, length: 60, autocorrelation: 0, seed: 3)
        let weights = energies.indices.map { $0 % 7 == 0 ? 0 : Double($0) }
        let probabilities = weights.map { $0 / weights.reduce(0, +) }.prefix(30)
        let total = probabilities.reduce(0, +)
        let normalised = probabilities.map { $0 / total }
        func statistics(on communicator: Communicator) throws -> EnergyStatistics {
            let range = Shard.block(of: 30, rank: communicator.rank, size: communicator.size).range
            return try EnergyStatistics.ofFullSummation(
                energies: Array(energies[2 * range.lowerBound..<2 * range.upperBound]),
                probabilities: Array(normalised[range]), communicator: communicator)
        }
        let (here, collectives) = try world.counters.counting { try statistics(on: world) }
        let alone = try statistics(on: .alone())
        checkClose(here.mean.real, alone.mean.real, absolute: 1e-14)
        checkClose(here.mean.imaginary, alone.mean.imaginary, absolute: 1e-14)
        checkClose(here.variance, alone.variance, relative: 1e-13)
        checkEqual(collectives.calls, 2)
    },
    MPITest("statistics: initial sequence over distributed chains") { world in
        for (chains, length, autocorrelation) in [(5, 300, 0.95), (16, 20, 0.9), (1, 500, 0.8), (11, 33, 0)] {
            let real = AutoregressiveSeries.chains(
                chains, length: length, autocorrelation: autocorrelation, seed: 5)
            let imaginary = AutoregressiveSeries.chains(chains, length: length, autocorrelation: 0, seed: 6)
            let energies = AutoregressiveSeries.interleaved(real, imaginary: imaginary)
            let mean = DirectEnergyStatistics.evaluate(
                real.indices.map { Complex(real[$0], imaginary[$0]) }, chains: chains, length: length
            ).mean
            let range = Shard.block(of: chains, rank: world.rank, size: world.size).range
            let (here, collectives) = try world.counters.counting {
                try InitialSequenceEstimate.ofChains(
                    energies: Array(energies[2 * length * range.lowerBound..<2 * length * range.upperBound]),
                    mean: mean, chains: chains, length: length, communicator: world)
            }
            let alone = try InitialSequenceEstimate.ofChains(
                energies: energies, mean: mean, chains: chains, length: length, communicator: .alone())
            checkClose(here.error, alone.error, relative: 1e-12)
            checkClose(here.tau, alone.tau, relative: 1e-11, absolute: 1e-11)
            checkClose(here.imaginaryError, alone.imaginaryError, relative: 1e-12)
            checkClose(here.imaginaryTau, alone.imaginaryTau, relative: 1e-11, absolute: 1e-11)
            if length <= 32 { checkEqual(collectives.calls, 1) }
            // 32 lags, then up to 64, 128, 256 and all 300, a decision before each.
            check(collectives.calls <= 9, "\(collectives.calls) collectives")
        }
    },
]
