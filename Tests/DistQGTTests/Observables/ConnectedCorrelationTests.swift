import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// Two-point functions less products of means, against sums over the basis, and their errors against their scatter.
@Suite struct ConnectedCorrelationTests {
    private let lattice: Lattice
    private let space: HilbertSpace
    private let hamiltonian: FermionSum
    private let phases: [[Double]]
    private let classes: PairClasses

    init() throws {
        lattice = try Lattice(.chain, extent: [4], periodic: [true])
        space = try .fermions(siteCount: 4, up: 2, down: 1)
        hamiltonian = try .hubbard(siteCount: 4, t: 1, U: 4, hops: .along(lattice.edges(shell: 1)))
        phases = [[0], [0.25], [0.5]].compactMap { [lattice] in lattice.phases(momentum: $0) }
        classes = try #require(lattice.pairsByDistance()).classes
    }

    private func state(_ method: SampleMethod) throws -> MonteCarloState {
        let sector = try #require(FermionSector(space))
        let wide = Initialiser(.normal, scale: 0.5)
        let ansatz = FactorProduct([
            .init("a", SlaterDeterminant(sector, variant: .unrestricted)),
            .init(
                "b", MultilayerPerceptron(siteCount: 8, hiddenDimensions: [4], options: LayerOptions(kernel: wide))),
        ])
        let wave = NeuralQuantumState(ansatz, reading: Encoder(.occupations, of: space), seed: 4)
        return try MonteCarloState(wave, in: space, samples: method, communicator: .alone())
    }

    /// n n, S^z S^z and S·S by distance, their structure factors, and N(k) from the configuration alone.
    private func measurement(_ state: MonteCarloState) -> StateMeasurement {
        let components = [
            SitePairReduction.Component(.product(.density)), .init(.product(.spin)), .spins,
        ]
        return StateMeasurement(
            state, hamiltonian: hamiltonian,
            observables: { amplitudes, space in
                let local = space.localSpaces[0]
                func sites(_ function: SiteFunction) -> SiteAverages {
                    SiteAverages(function, on: local, siteCount: 4, .sites)
                }
                let momenta = [[0], [0.25], [0.5]]
                let factors = SitePairReduction.waves(on: lattice, momenta: momenta, components: components)
                let averages = SitePairReduction.averages(classes, components: components)
                let whole = SitePairExpectations(
                    [averages] + [factors].compactMap { $0 }, in: space, rotation: nil, amplitudes: amplitudes)
                let sizes = classes.sizes.count
                let subtractions = (0..<3).flatMap { number -> [ConnectedCorrelations.Subtraction] in
                    [
                        .init(first: number * sizes, mean: min(number, 1), products: .averages(classes)),
                        .init(
                            first: 3 * sizes + 3 * number, mean: min(number, 1),
                            products: .structureFactor(phases: phases)),
                    ]
                }
                let diagonal = DiagonalStructureFactor(siteCount: 4, phases: phases, of: (.density, local))
                return [
                    sites(.density),
                    ConnectedCorrelations(whole, means: [sites(.density), sites(.spin)], subtractions: subtractions),
                    ConnectedCorrelations(
                        diagonal, means: [sites(.density)],
                        subtractions: [.init(first: 0, mean: 0, products: .structureFactor(phases: phases))]),
                ]
            }, subsystems: [])
    }

    private func summed() throws -> StateMeasurement.Result {
        let state = try state(.fullSummation)
        guard case .fullSummation(let basis) = state.source else { preconditionFailure("a sum was asked for") }
        return try measurement(state).summed(basis)
    }

    /// Of n n and S^z S^z from the probabilities of the basis; S·S has what is not diagonal beside them.
    @Test func sumsAreThoseOfTheBasis() throws {
        let found = try summed().quantities.map(\.mean)
        let table = try AmplitudeTable(try state(.fullSummation).waveFunction, in: space)
        let norm = table.psi.reduce(0) { $0 + $1.lengthSquared }
        func mean(_ value: ([Int8]) -> Double) throws -> Double {
            try (0..<table.numbering.dimension).reduce(0) { sum, index in
                let codes = try table.numbering.configuration(at: index)
                return sum + table.psi[index].lengthSquared / norm * value(codes)
            }
        }
        func density(_ code: Int8) -> Double { Double(code & 1) + Double(code >> 1) }
        func spin(_ code: Int8) -> Double { (Double(code & 1) - Double(code >> 1)) / 2 }
        for site in 0..<4 {
            let expected = try mean { density($0[site]) }
            #expect(abs(found[site] - expected) < 1e-12)
        }
        let sizes = classes.sizes.count
        for (number, function) in [density, spin].enumerated() {
            func connected(_ i: Int, _ j: Int) throws -> Double {
                let means = (try mean { function($0[i]) }, try mean { function($0[j]) })
                return try mean { function($0[i]) * function($0[j]) } - means.0 * means.1
            }
            for distance in 1...sizes {
                var (sum, count) = (0.0, 0)
                for i in 0..<4 {
                    for j in i + 1..<4 where min(j - i, 4 - j + i) == distance {
                        sum += try connected(i, j)
                        count += 1
                    }
                }
                let expected = sum / Double(count)
                #expect(abs(found[4 + number * sizes + distance - 1] - expected) < 1e-12)
            }
            for (momentum, k) in [0, 0.25, 0.5].enumerated() {
                var expected = 0.0
                for i in 0..<4 {
                    for j in 0..<4 {
                        let wave = Double.cos(2 * Double.pi * k * Double(i - j))
                        expected += wave * (try connected(i, j)) / 4
                    }
                }
                let place = 4 + 3 * sizes + 3 * number + momentum
                #expect(abs(found[place] - expected) < 1e-12)
                if number == 0 { #expect(abs(found[4 + 3 * sizes + 9 + momentum] - expected) < 1e-12) }
            }
        }
        // The number of particles does not fluctuate.
        #expect(abs(found[4 + 3 * sizes]) < 1e-12)
        #expect(found.count == 4 + 3 * sizes + 9 + 3)
    }

    /// Deviations over errors of many measurements have a mean square of 1.
    @Test func errorsAreHonest() throws {
        let expected = try summed().quantities.map(\.mean)
        let edges = try lattice.edges(shell: 1).map { SIMD2(Int32($0.first), Int32($0.second)) }
        let parameters = SamplerParameters(chains: 16, samples: 256, sweep: 8, discard: 10, seed: 7, space: space)
        let state = try state(.metropolis(.hop(pairs: edges), parameters))
        let start = try #require(state.source.chainSampler).chainState()
        let seeds = 48
        var squares = [Double](repeating: 0, count: expected.count)
        var sums = squares
        for seed in 1...seeds {
            let result = try measurement(state).sampled(
                chains: start, plan: .init(maximumSamples: 4096, seed: UInt64(seed)) { _ in .infinity }
            ).result
            for (place, estimate) in result.quantities.enumerated() {
                let deviation = estimate.mean - expected[place]
                if estimate.error < 1e-10 {
                    #expect(abs(deviation) < 1e-10, "\(place)")
                    squares[place] += 1
                } else {
                    squares[place] += deviation * deviation / (estimate.error * estimate.error)
                    sums[place] += deviation / estimate.error
                }
            }
        }
        for place in expected.indices {
            // The mean square of 48 normal numbers has a standard deviation of 0.2, their mean one of 0.14.
            #expect((0.35..<2.1).contains(squares[place] / Double(seeds)), "\(place): \(squares[place])")
            #expect(abs(sums[place] / Double(seeds)) < 0.65, "\(place): \(sums[place])")
        }
        let overall = squares.reduce(0, +) / Double(seeds * expected.count)
        #expect((0.75..<1.35).contains(overall), "\(overall)")
    }
}
