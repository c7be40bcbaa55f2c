import Communication
import DistQGT
import DistQGTTestSupport
import Numerics
import Testing

@Suite struct ClippedEnergiesTests {
    /// Deviates with rare ones that are far off, real and imaginary part in turn.
    private func energies(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SplitMix64(seed: seed)
        return (0..<2 * count).map { index in
            let deviate = generator.normalDeviate()
            return (index % 2 == 0 ? -7 : 0.1) + deviate / (index % 13 == 0 ? 1e-3 + deviate * deviate : 1)
        }
    }

    private func clipped(_ energies: [Double], components: Int, limit: Double) throws -> ClippedEnergies {
        let count = energies.count / 2
        let sums = ShardedSum(.alone(), itemCount: count)
        let statistics = try EnergyStatistics.ofChains(
            energies: energies, offset: 0, chains: 1, length: count, communicator: .alone())
        return try ClippedEnergies(
            energies, statistics, components: components, limit: limit, sums: sums, total: count)
    }

    /// Against the sorted list.
    @Test(arguments: [1, 2]) func theyAreThoseAboutTheMedian(components: Int) throws {
        for (count, limit) in [(1, 5.0), (2, 5), (101, 3), (4096, 5), (4096, 0.5)] {
            let energies = energies(count, seed: UInt64(count))
            let found = try clipped(energies, components: components, limit: limit)
            var moved = Set<Int>()
            for component in 0..<2 {
                let values = (0..<count).map { energies[2 * $0 + component] }
                let new = (0..<count).map { found.energies[2 * $0 + component] }
                guard component < components else {
                    #expect(new == values)
                    continue
                }
                let median = values.sorted()[(count - 1) / 2]
                let deviation = values.reduce(0) { $0 + abs($1 - median) } / Double(count)
                // Three divisions by 128 of twice the standard deviation.
                let tolerance = 1e-5 * (1 + deviation) * limit
                for (index, value) in values.enumerated() {
                    let expected = min(median + limit * deviation, max(median - limit * deviation, value))
                    #expect(abs(new[index] - expected) < tolerance, "\(index) of \(count)")
                    if new[index] != value { moved.insert(index) }
                }
            }
            #expect(found.count == moved.count)
            let mean = (0..<count).reduce(0) { $0 + found.energies[2 * $1] } / Double(count)
            #expect(abs(found.mean.real - mean) < 1e-12 * (1 + abs(mean)))
        }
    }

    @Test func equalEnergiesStay() throws {
        let energies = (0..<128).map { $0 % 2 == 0 ? -3.25 : 0.0 }
        let found = try clipped(energies, components: 2, limit: 5)
        #expect(found.energies == energies && found.count == 0 && found.mean == Complex(-3.25, 0))
    }
}
