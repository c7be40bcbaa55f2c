import DistQGT
import DistQGTTestSupport
import Foundation
import Testing

/// Which walkers branch, against the weights that say how often.
@Suite struct PopulationWeightsTests {
    /// Walkers whose energies are their weights, and that stay where they are.
    private func block(_ weights: [Double]) -> BlockWeights {
        var block = BlockWeights()
        for weight in weights {
            block.sum += weight
            block.squared += weight * weight
            block.integral += weight
            block.energy += weight * weight
            block.energySquared += weight * weight * weight
        }
        return block
    }

    /// The copies of each walker.
    private func copies(_ weights: [Double], into walkers: Int, offset: Double) -> [Int] {
        let population = PopulationWeights([block(weights)], walkers: walkers)
        var (cumulative, last) = (0.0, 0)
        return weights.map { weight in
            cumulative += weight
            let next = population.teeth(below: cumulative, offset: offset)
            defer { last = next }
            return next - last
        }
    }

    @Test(arguments: [1, 7, 40]) func aWalkerHasTheWholeNumbersOfCopiesNextToItsShare(walkers: Int) {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<50 {
            var weights = (0..<13).map { _ in Double.random(in: 0...1, using: &generator) }
            weights[4] = 0
            weights[12] = 0
            let total = weights.reduce(0, +)
            var means = [Double](repeating: 0, count: weights.count)
            let offsets = 400
            for number in 0..<offsets {
                let found = copies(weights, into: walkers, offset: (Double(number) + 0.5) / Double(offsets))
                #expect(found.reduce(0, +) == walkers)
                for (walker, count) in found.enumerated() {
                    let share = Double(walkers) * weights[walker] / total
                    #expect(Double(count) >= share.rounded(.down) && Double(count) <= share.rounded(.up))
                    means[walker] += Double(count) / Double(offsets)
                }
            }
            // Over all offsets the mean is the share.
            for (walker, mean) in means.enumerated() {
                #expect(abs(mean - Double(walkers) * weights[walker] / total) <= 1 / Double(offsets) + 1e-12)
            }
        }
    }

    @Test func equalWeightsStayWhereTheyAre() {
        for offset in [0, 0.3, 0.999_999_999] {
            #expect(
                copies([Double](repeating: 0.37, count: 9), into: 9, offset: offset) == [Int](repeating: 1, count: 9))
        }
    }

    /// The same walkers in other blocks, some of them empty or without weight.
    @Test func blocksAddUp() {
        let weights = [0.25, 3, 1.5, 0.125, 7, 2.25]
        let whole = PopulationWeights([block(weights)], walkers: 6)
        let parts = PopulationWeights(
            [
                block(Array(weights[..<1])), BlockWeights(), block([0, 0]), block(Array(weights[1..<4])),
                block(Array(weights[4...])),
            ], walkers: 6)
        let (sum, squares) = (weights.reduce(0, +), weights.reduce(0) { $0 + $1 * $1 })
        let (mean, cubes) = (squares / sum, weights.reduce(0) { $0 + $1 * $1 * $1 })
        for population in [whole, parts] {
            #expect(abs(population.energy - mean) < 1e-14)
            #expect(abs(population.variance - (cubes / sum - mean * mean)) < 1e-12)
            #expect(abs(population.logMean(of: 6) - log(sum / 6)) < 1e-14)
            #expect(abs(population.effectiveShare(of: 6) - sum * sum / (6 * squares)) < 1e-14)
            #expect(!population.isInvalid)
        }
        #expect(PopulationWeights([BlockWeights()], walkers: 6).isInvalid)
        let ends = parts.starts.map { parts.teeth(below: $0, offset: 0.4) }
        #expect(ends == [0, 0, 0, 0, 2, 6])
        // Packed numbers are the blocks.
        #expect(BlockWeights.unpacked(parts.blocks.flatMap(\.packed)) == parts.blocks)
    }

    /// The blocks of a deterministic population do not know the ranks.
    @Test func blocksOfAPopulation() {
        let alone = WalkerDistribution(walkers: 1000, rank: 0, size: 1, isDeterministic: true)
        var (starts, walkers) = ([Int](), [Int]())
        for rank in 0..<5 {
            let part = WalkerDistribution(walkers: 1000, rank: rank, size: 5, isDeterministic: true)
            #expect(part.blocks.count == part.blockCounts[rank])
            #expect(part.own == part.starts[rank]..<part.starts[rank + 1])
            starts += part.blocks.map { $0.lowerBound + part.own.lowerBound }
            walkers += Array(part.own)
        }
        #expect(starts == alone.blocks.map(\.lowerBound))
        #expect(walkers == Array(0..<1000))
        // More ranks than walkers.
        for isDeterministic in [false, true] {
            let parts = (0..<4).map {
                WalkerDistribution(walkers: 2, rank: $0, size: 4, isDeterministic: isDeterministic)
            }
            #expect(parts.reduce(0) { $0 + $1.own.count } == 2)
            #expect(parts.allSatisfy { $0.starts.last == 2 && $0.blockCounts == parts[0].blockCounts })
        }
    }
}
