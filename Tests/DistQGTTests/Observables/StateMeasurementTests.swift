import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import Numerics
import Testing

@Suite struct StateMeasurementTests {
    /// Everything that a probe measures, from dense matrices: quantities in the order of the measurement, then purities.
    private func dense(_ probe: ObservableProbe, _ state: DenseState) throws -> [Double] {
        let sites = probe.siteCount
        var values = probe.operators.map { state.expectation(DenseOperator($0.strings, siteCount: sites)).real }
        let probabilities = state.amplitudes.map(\.lengthSquared)
        let magnetisations = probabilities.indices.map {
            Double(DenseOperator.magnetisation($0, sites)) / Double(sites)
        }
        values.append(zip(probabilities, magnetisations).reduce(0) { $0 + $1.0 * $1.1 })
        values.append(zip(probabilities, magnetisations).reduce(0) { $0 + $1.0 * $1.1 * $1.1 })
        values.append(zip(probabilities, magnetisations).reduce(0) { $0 + $1.0 * abs($1.1) })

        func pair(_ component: PairReduction.Component, _ i: Int, _ j: Int) -> Double {
            let sign = Double((probe.rotation?[i] ?? 1) * (probe.rotation?[j] ?? 1))
            switch component {
            case .xx: return sign * state.expectation("XX", on: [i, j])
            case .yy: return sign * state.expectation("YY", on: [i, j])
            case .zz: return state.expectation("ZZ", on: [i, j])
            case .ss: return (pair(.xx, i, j) + pair(.yy, i, j) + pair(.zz, i, j)) / 4
            }
        }
        let pairs = (0..<sites).flatMap { i in (i + 1..<sites).map { (i, $0) } }
        for component in probe.components { values += pairs.map { pair(component, $0.0, $0.1) } }
        for component in [PairReduction.Component.zz, .ss] {
            for distance in 1...sites / 2 {
                let those = pairs.filter { min($0.1 - $0.0, sites - $0.1 + $0.0) == distance }
                values.append(those.reduce(0) { $0 + pair(component, $1.0, $1.1) } / Double(those.count))
            }
        }
        for component in probe.components {
            for k in probe.momenta {
                var sum = Complex<Double>.zero
                for i in 0..<sites {
                    for j in 0..<sites {
                        let value = i == j ? (component == .ss ? 0.75 : 1) : pair(component, min(i, j), max(i, j))
                        let phase = 2 * Double.pi * k[0] * Double(i - j)
                        sum += Complex(value) * Complex(cos(phase), sin(phase))
                    }
                }
                values.append(sum.real / Double(sites))
            }
        }
        return values + probe.subsystems.map(state.purity)
    }

    private func denseState(_ probe: ObservableProbe) throws -> (DenseState, DenseOperator) {
        let optimisation = try probe.problem.fullSummation(probe.ansatz, on: .alone())
        return (
            DenseState(optimisation.waveFunction, in: probe.problem.space),
            DenseOperator(probe.problem.hamiltonian.strings, siteCount: probe.siteCount)
        )
    }

    @Test func sumsOverTheBasisAreExact() throws {
        for probe in try ObservableProbe.all() {
            let (state, hamiltonian) = try denseState(probe)
            let result = try probe.summed(on: .alone())
            let expected = try dense(probe, state)
            let found = result.quantities + result.purities
            #expect(found.count == expected.count)
            for (index, (one, other)) in zip(found, expected).enumerated() {
                #expect(abs(one.mean - other) < 1e-12, "\(probe), quantity \(index): \(one.mean), \(other)")
                #expect(one.error == 0)
            }
            #expect(abs(result.energy.mean - state.expectation(hamiltonian).real) < 1e-12)
            #expect(abs(result.energyVariance.mean - state.variance(hamiltonian)) < 1e-11)
        }
    }

    /// Deviations over errors of many independent measurements have a mean square of 1, for every quantity: an error that
    /// is wrong by a quarter, or a value that is off by one error, shows.
    @Test func sampledErrorsAreHonest() throws {
        let seeds = 1...48
        for probe in try ObservableProbe.all() {
            let (state, hamiltonian) = try denseState(probe)
            let expected =
                [state.expectation(hamiltonian).real, state.variance(hamiltonian)] + (try dense(probe, state))
            var squares = [Double](repeating: 0, count: expected.count)
            var sums = squares
            for seed in seeds {
                let result = try probe.sampled(seed: UInt64(seed), limit: 4096, on: .alone())
                #expect(result.samples == 4096)
                let found = [result.energy, result.energyVariance] + result.quantities + result.purities
                for (index, estimate) in found.enumerated() {
                    let deviation = estimate.mean - expected[index]
                    if estimate.error < 1e-12 {
                        // The same in every configuration, up to rounding: the total magnetisation of a sector.
                        #expect(abs(deviation) < 1e-12, "\(probe), quantity \(index)")
                        squares[index] += 1
                    } else {
                        squares[index] += (deviation / estimate.error) * (deviation / estimate.error)
                        sums[index] += deviation / estimate.error
                    }
                }
            }
            let count = Double(seeds.count)
            for index in expected.indices {
                // The mean square of 48 normal numbers has a standard deviation of 0.2, their mean one of 0.14.
                let (square, mean) = (squares[index] / count, sums[index] / count)
                #expect((0.35..<2.1).contains(square), "\(probe), \(index): \(square)")
                #expect(abs(mean) < 0.65, "\(probe), \(index): \(mean)")
            }
            // Over all quantities, which are correlated: a bias of the error itself.
            let overall = squares.reduce(0, +) / (count * Double(expected.count))
            #expect((0.8..<1.25).contains(overall), "\(probe): \(overall)")
        }
    }

    @Test func samplingEndsWhereTheErrorsAreSmallEnough() throws {
        let probe = try ObservableProbe.all()[0]
        let target = 0.01
        let result = try probe.sampled(seed: 5, limit: 1 << 20, on: .alone()) { $0.energy.error / target }
        #expect(result.energy.error <= target)
        // Errors fall with the square root of the number of samples, and no more are drawn than are needed, about.
        #expect(result.energy.error > target / 2.5)
        let unreachable = try probe.sampled(seed: 5, limit: 3000, on: .alone()) { $0.energy.error / 1e-9 }
        #expect((2700...3000).contains(unreachable.samples))
        let unknown = try probe.sampled(seed: 5, limit: 3000, on: .alone()) { _ in .nan }
        #expect(unknown.samples == unreachable.samples)
    }

    @Test func fewSamplesAndChains() throws {
        let probe = try ObservableProbe.all()[2]
        for (chains, limit) in [(1, 2), (1, 5), (3, 6), (7, 100)] {
            let result = try probe.sampled(chains: chains, samples: 64, seed: 1, limit: limit, on: .alone())
            #expect((2 * chains...limit).contains(result.samples))
            #expect(result.quantities.allSatisfy { $0.mean.isFinite })
        }
    }

    @Test func pairsOfLattices() throws {
        let square = try Lattice(.square, extent: [4, 4])
        let (classes, distances) = try #require(square.pairsByDistance())
        let squares = distances.map { Int(($0 * $0).rounded()) }
        #expect(squares == [1, 2, 4, 5, 8])
        #expect(classes.sizes == [32, 32, 16, 32, 8])
        #expect(distances.count == classes.sizes.count)
        let (byDisplacement, displacements) = try #require(square.pairsByDisplacement())
        let allPairs: Int = byDisplacement.sizes.reduce(0, +)
        #expect(allPairs == 120)
        #expect(displacements.count == byDisplacement.sizes.count)
        // 15 displacements from a site, of which (2, 0), (0, 2), (2, 2) are their own opposites: 12/2 + 3.
        #expect(displacements.count == 9)
        // Both sums run over all pairs: at k = 0 every phase is 0.
        let honeycomb = try Lattice(.honeycomb, extent: [3, 3])
        let (pairs, vectors) = try #require(honeycomb.pairsByDisplacement())
        let pairCount: Int = pairs.sizes.reduce(0, +)
        #expect(pairCount == 153)
        for k in [[1.0 / 3, 0], [1.0 / 3, 2.0 / 3]] {
            for (index, pair) in pairs.pairs.enumerated() {
                let phase = honeycomb.phase(of: vectors[pairs.classOfPair[index]], momentum: k)
                // From Cartesian positions: k = k₁ b₁ + k₂ b₂ with b₁ = 2π(1, −1/√3), b₂ = 2π(0, 2/√3).
                let (a, b) = (honeycomb.sitePositions[pair.first], honeycomb.sitePositions[pair.second])
                let y: Double = (2 * k[1] - k[0]) / 3.0.squareRoot()
                let along: Double = k[0] * (b[0] - a[0]) + y * (b[1] - a[1])
                let direct = 2 * Double.pi * along
                let difference: Double = cos(phase) - cos(direct)
                #expect(abs(difference) < 1e-12)
            }
        }
        // The positions of a graph: pairs whose distances differ by rounding are one class.
        let triangle = try Lattice(
            graph: [[0, 1]], siteCount: 3, positions: [[0, 0], [1, 0], [0.5, 0.75.squareRoot()]])
        let (sides, lengths) = try #require(triangle.pairsByDistance())
        #expect(sides.sizes == [3])
        #expect(lengths.count == 1 && abs(lengths[0] - 1) < 1e-12)
        #expect(triangle.pairsByDisplacement() == nil)
        #expect(throws: LatticeError.wrongNumberOfPositions(expected: 2, found: 1)) {
            try Lattice(graph: [[0, 1]], positions: [[0]])
        }
        #expect(throws: LatticeError.positionOfAnotherDimension(site: 1, expected: 1, found: 2)) {
            try Lattice(graph: [[0, 1]], positions: [[0], [0, 1]])
        }
        #expect(try Lattice(graph: [[0, 1]]).pairsByDistance() == nil)
        #expect(try Lattice(graph: [[0, 1]]).pairsByDisplacement() == nil)
    }
}
