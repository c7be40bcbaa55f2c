import Communication
import DistQGT
import DistQGTTestSupport
import Foundation
import LinearAlgebra
import Testing

private let wide = Initialiser(.normal, scale: 0.5)

private func network(
    sites: Int, magnetisation: Int?, _ type: DataType = .complex128
) -> AutoregressiveNetwork {
    AutoregressiveNetwork(
        siteCount: sites, layers: AutoregressiveNetwork.denseLayers(siteCount: sites, features: [3]),
        magnetisation: magnetisation, options: LayerOptions(type, activation: .tanh, kernel: wide, bias: wide))
}

private func sampler(
    _ state: NeuralQuantumState, chains: Int, samples: Int, seed: UInt64 = 5, shard: Shard? = nil
) throws -> DirectSampler {
    let evaluator = try #require(state.amplitudes(blockRows: 16).makeConditionalEvaluator())
    return try DirectSampler(
        parameters: SamplerParameters(
            chains: chains, samples: samples, seed: seed,
            space: HilbertSpace(siteCount: evaluator.siteCount, magnetisation: evaluator.magnetisation)),
        evaluator: evaluator, shard: shard ?? Shard(offset: 0, count: chains))
}

@Suite struct DirectSamplerTests {
    /// Pearson's test of all states of the space against |ψ|², at 1e-4 so that a right sampler never fails by chance
    /// (the seed is fixed), and pairs of successive samples against independence.
    @Test(arguments: [nil, 0, 2, -6] as [Int?], [DataType.complex128, .float32])
    func samplesAreDistributedAsTheSquaredAmplitude(_ magnetisation: Int?, _ type: DataType) throws {
        let sites = 6
        let state = NeuralQuantumState(network(sites: sites, magnetisation: magnetisation, type), seed: 2)
        let space =
            try magnetisation.map { try HilbertSpace(siteCount: sites, magnetisation: $0) }
            ?? HilbertSpace(siteCount: sites)
        let basis = try BasisNumbering(space).everyConfiguration()
        var logPsi = [Double](repeating: 0, count: 2 * basis.count)
        state.amplitudes(blockRows: 16).evaluate(basis.spins, count: basis.count, into: &logPsi)
        var number: [[Int8]: Int] = [:]
        for row in 0..<basis.count { number[Array(basis[row: row])] = row }

        let direct = try sampler(state, chains: 7, samples: 40_000)
        var observed = [Int](repeating: 0, count: basis.count)
        var equalNeighbours = 0
        var total = 0
        for _ in 0..<2 {
            let samples = direct.sample().configurations
            let states = try (0..<samples.count).map {
                try #require(number[Array(samples[row: $0])], "outside the space")
            }
            for state in states { observed[state] += 1 }
            equalNeighbours += zip(states, states.dropFirst()).count { $0 == $1 }
            total += samples.count
        }
        let probabilities = (0..<basis.count).map { exp(2 * logPsi[2 * $0]) }
        let (statistic, freedom) = ChiSquared.statistic(
            observed: observed, expected: probabilities.map { Double(total) * $0 })
        #expect(ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom) > 1e-4)
        #expect(magnetisation == -6 || freedom > 5)
        // Independent samples repeat with probability Σ p².
        let repeats = probabilities.reduce(0) { $0 + $1 * $1 }
        let deviation = (Double(total) * repeats * (1 - repeats)).squareRoot()
        #expect(abs(Double(equalNeighbours) - Double(total) * repeats) <= 5 * deviation + 2)
    }

    @Test func chainsAreTheSameWhoeverDrawsThem() throws {
        let state = NeuralQuantumState(network(sites: 5, magnetisation: 1), seed: 4)
        // 11 · 9 samples: two blocks of rows, with shards that begin and end within them.
        let whole = try sampler(state, chains: 11, samples: 99)
        let parts = try [0..<3, 3..<3, 3..<10, 10..<11].map {
            try sampler(state, chains: 11, samples: 99, shard: Shard(offset: $0.lowerBound, count: $0.count))
        }
        for _ in 0..<3 {
            let together = whole.sample()
            let apart = parts.map { $0.sample() }
            #expect(apart.flatMap(\.configurations.spins) == together.configurations.spins)
            #expect(apart.map(\.offset) == [0, 27, 27, 90])
            #expect(together.length == 9)
        }
        #expect(parts.flatMap { $0.chainState().drawCounters } == whole.chainState().drawCounters)
        let other = try sampler(state, chains: 11, samples: 99, seed: 6)
        #expect(other.sample().configurations != whole.sample().configurations)
    }

    @Test func goesOnFromAStoredState() throws {
        let state = NeuralQuantumState(network(sites: 5, magnetisation: nil), seed: 4)
        let first = try sampler(state, chains: 4, samples: 40)
        _ = first.sample()
        let stored = first.chainState()
        let second = try sampler(state, chains: 4, samples: 40)
        try second.restore(stored)
        // Another number of samples draws the same sequence.
        let longer = try sampler(state, chains: 4, samples: 80)
        try longer.restore(stored)
        let next = first.sample()
        #expect(second.sample().configurations == next.configurations)
        #expect(second.chainState() == first.chainState())
        let long = longer.sample()
        for chain in 0..<4 {
            for step in 0..<10 {
                #expect(
                    Array(long.configurations[row: chain * 20 + step])
                        == Array(next.configurations[row: chain * 10 + step]))
            }
        }
        #expect(Array(long.configurations[row: 19]) == Array(longer.chainState().configurations[row: 0]))

        func refuses(_ state: ChainState, _ word: String) {
            let error = #expect(throws: ChainStateError.self) { try second.restore(state) }
            #expect(error?.reason.contains(word) == true)
        }
        refuses(
            ChainState(firstChain: 0, configurations: stored.configurations, drawCounters: [6, 6, 6, 7]), "draw counter"
        )
        refuses(
            ChainState(firstChain: 1, configurations: stored.configurations, drawCounters: stored.drawCounters),
            "chains")
        #expect(second.chainState() == first.chainState())
    }

    @Test func refusesAnotherSector() throws {
        let state = NeuralQuantumState(network(sites: 4, magnetisation: 0), seed: 1)
        let evaluator = try #require(state.amplitudes(blockRows: 16).makeConditionalEvaluator())
        #expect(throws: SamplerError.otherSector) {
            try DirectSampler(
                parameters: SamplerParameters(chains: 2, samples: 4, seed: 1), evaluator: evaluator,
                shard: Shard(offset: 0, count: 2))
        }
        let machine = NeuralQuantumState(RestrictedBoltzmannMachine(siteCount: 4, alpha: 1))
        #expect(machine.amplitudes(blockRows: 16).makeConditionalEvaluator() == nil)
    }

    /// A whole optimisation: the energy of a small system to a few times its error, and the same again on resuming.
    @Test func optimisationReachesTheGroundState() throws {
        let sites = 8
        let problem = try SmallProblem.heisenberg(sites: sites, signRule: true)
        let ansatz = AutoregressiveNetwork(
            siteCount: sites, layers: AutoregressiveNetwork.denseLayers(siteCount: sites, features: [6]),
            magnetisation: 0, options: LayerOptions(activation: .gelu))
        var settings = UpdateSettings()
        settings.learningRate = 0.1
        settings.diagonalShift = 0.003
        settings.solver = ConjugateGradient(tolerance: 1e-4, maximumIterations: 200)
        func run() throws -> GroundStateDriver {
            try problem.direct(ansatz, chains: 16, samples: 512, settings, on: .alone())
        }
        let vmc = try run()
        var last: StepReport?
        for _ in 0..<150 { last = try vmc.advance() }
        #expect(last?.acceptance == nil)
        let energy = try vmc.energy.measured(samples: 20_000)
        let exact = try ExactDiagonalisation.lowestEnergies(
            of: problem.hamiltonian, in: problem.space, count: 1, communicator: .alone()
        ).energies[0]
        #expect(abs(energy.statistics.mean.real - exact) < 1e-3 * abs(exact))
        #expect(energy.statistics.mean.real > exact - 5 * energy.error)
        // Independent samples: no autocorrelation, one distribution.
        #expect(try #require(energy.withAutocorrelation).tau < 0.2)
        #expect(energy.statistics.rHat < 1.05)
        #expect(energy.sampleCount == 20_000)
    }
}
