import Communication
import Foundation

/// The exact purity Tr ρ_A² of a subsystem from the amplitudes of all basis states.
public enum ReducedPurity {
    /// The amplitudes of the whole space are laid out as a matrix of the two subsystems' states: 256 MB.
    public static let maximumSites = 24

    /// Tr ρ_A² = Σ_aa′ |Σ_b ψ_ab ψ̄_a′b|², the smaller subsystem as a. Collective: one gather to all ranks of the
    /// amplitudes and one allreduce, the same bits on any number of ranks.
    ///
    /// - Parameters:
    ///   - samples: the states of a full summation.
    ///   - sites: of A, distinct.
    public static func of(
        _ sites: [Int], _ samples: FullSummationSamples, over communicator: Communicator
    ) throws -> Double {
        let configurations = samples.configurations
        let siteCount = configurations.siteCount
        precondition(siteCount <= maximumSites)
        let inside = Set(sites)
        let outside = (0..<siteCount).filter { !inside.contains($0) }
        let isInsideSmaller = inside.count <= outside.count
        let rowSites = isInsideSmaller ? inside.sorted() : outside
        let columnSites = isInsideSmaller ? outside : inside.sorted()
        let (rows, columns) = (1 << rowSites.count, 1 << columnSites.count)

        // Place, real part, imaginary part of every state.
        var local: [Double] = []
        local.reserveCapacity(3 * configurations.count)
        for state in 0..<configurations.count where !samples.isSkipped(state) {
            let spins = configurations[row: state]
            func number(_ sites: [Int]) -> Int {
                sites.reduce(0) { 2 * $0 + (spins[spins.startIndex + $1] < 0 ? 1 : 0) }
            }
            let modulus = samples.probabilities[state].squareRoot()
            let phase = samples.logPsi[2 * state + 1]
            local.append(Double(number(rowSites) * columns + number(columnSites)))
            local.append(modulus * cos(phase))
            local.append(modulus * sin(phase))
        }
        let all = try communicator.allGather(local)
        var real = [Double](repeating: 0, count: rows * columns)
        var imaginary = real
        for start in stride(from: 0, to: all.count, by: 3) {
            real[Int(all[start])] = all[start + 1]
            imaginary[Int(all[start])] = all[start + 2]
        }
        // Row a takes a + 1 products: with its counterpart from the other end, each pair of rows has equal work.
        let pairs = BlockPartition(total: (rows + 1) / 2, length: 1)
        let firstPair = pairs.shard(rank: communicator.rank, size: communicator.size).offset
        return try pairs.sum(over: communicator).sum(count: 1) { _, items, purity in
            purity[0] = 0
            for pair in items {
                let (first, last) = (firstPair + pair, rows - 1 - firstPair - pair)
                purity[0] += products(of: first, in: real, imaginary, columns: columns)
                if last != first { purity[0] += products(of: last, in: real, imaginary, columns: columns) }
            }
        }[0]
    }

    /// Σ_a′ |Σ_b ψ_ab ψ̄_a′b|² over the rows a′ ≤ a of ψ, those below a counted twice.
    private static func products(of row: Int, in real: [Double], _ imaginary: [Double], columns: Int) -> Double {
        real.withUnsafeBufferPointer { real in
            imaginary.withUnsafeBufferPointer { imaginary in
                var sum = 0.0
                for other in 0...row {
                    var product = SIMD2<Double>.zero
                    let (first, second) = (row * columns, other * columns)
                    for column in 0..<columns {
                        let (x, y) = (real[first + column], imaginary[first + column])
                        let (u, v) = (real[second + column], imaginary[second + column])
                        product += SIMD2(x * u + y * v, y * u - x * v)
                    }
                    sum += (other == row ? 1 : 2) * (product * product).sum()
                }
                return sum
            }
        }
    }
}
