import DistQGT
import DistQGTTestSupport
import Numerics
import Testing

@Suite struct EnergyMeasurementTests {
    private static let wide = Initialiser(.normal, scale: 0.2)

    /// Networks whose amplitude ratios are found in different ways, in single and double precision.
    static let networks: [NamedAnsatz] = [
        .init(
            "products",
            RestrictedBoltzmannMachine(siteCount: 6, alpha: 2, options: LayerOptions(.complex128, kernel: wide))),
        .init(
            "products in single precision",
            RestrictedBoltzmannMachine(siteCount: 6, alpha: 2, options: LayerOptions(.float32, kernel: wide))),
        .init(
            "first layer",
            FeedForward(siteCount: 6, widths: [9, 5], options: LayerOptions(activation: .selu, bias: wide))),
        .init(
            "first layer in single precision",
            FeedForward(siteCount: 6, widths: [9, 5], options: LayerOptions(.float32, bias: wide))),
    ]

    private func energy(
        _ problem: SmallProblem, _ ansatz: any Ansatz, chains: Int, samples: Int
    ) throws -> StateEnergy {
        let driver = try problem.metropolis(ansatz, chains: chains, samples: samples, on: .alone())
        // Chains in the middle of a run.
        for _ in 0..<2 { _ = try driver.state.draw() }
        return driver.energy
    }

    /// The statistics of one draw of all samples, with log psi from a linearisation.
    private func oneDraw(_ energy: StateEnergy, _ problem: SmallProblem, samples: Int) throws -> EnergyEstimate {
        let state = energy.state
        guard case .metropolis(let from) = state.source else { preconditionFailure("chains were asked for") }
        var parameters = from.parameters
        parameters.samples = samples
        let long = try MonteCarloState(
            state.waveFunction, in: state.space, samples: .metropolis(from.rule, parameters), communicator: .alone())
        guard case .metropolis(let to) = long.source else { preconditionFailure("chains were asked for") }
        try to.restore(from.chainState())
        let whole = try StateEnergy(of: problem.hamiltonian, in: long)
        let batch = try long.draw()
        return try whole.estimate(
            whole.localEnergies(of: batch, logPsi: long.linearise(batch).logPsi), of: batch)
    }

    /// Whether the evaluator has log ψ at hand or not.
    @Test(arguments: [networks[0], networks[2]]) func aMeasurementWithReplicasGoesOn(_ network: NamedAnsatz) throws {
        let problem = try SmallProblem.dzyaloshinskiiMoriya(sites: 6)
        let driver = try problem.metropolis(
            network.ansatz, chains: 5, samples: 35, ladder: ReplicaLadder(replicas: 3, leastBeta: 0.3), on: .alone())
        let before = try driver.state.draw().configurations
        let state = driver.state.source.chainSampler?.chainState()
        let expected = try driver.energy.measured(samples: 165)
        let measurement = try EnergyMeasurement(driver.energy, samples: 165)
        for _ in 0..<2 { try measurement.advance() }
        let progress = try #require(try measurement.progress())
        #expect(progress.drawn == 14 && progress.chains.replicas == 3 && progress.chains.chains == 0..<5)
        let resumed = try EnergyMeasurement(driver.energy, samples: 165)
        try resumed.restore(progress)
        while !resumed.isComplete { try resumed.advance() }
        let found = try resumed.estimate()
        #expect(abs(found.statistics.mean.real - expected.statistics.mean.real) < 1e-11)
        #expect(abs(found.variance - expected.variance) < 1e-10)
        // The state's chains stay, and a chain without replicas does not go on with them.
        #expect(driver.state.source.chainSampler?.chainState() == state)
        #expect(before.count == 35)
        let single = try EnergyMeasurement(
            problem.metropolis(network.ansatz, chains: 5, samples: 35, on: .alone()).energy, samples: 165)
        #expect(throws: (any Error).self) { try single.restore(progress) }
    }

    @Test(arguments: networks) func portionsGiveWhatOneDrawGives(_ network: NamedAnsatz) throws {
        let problem = try SmallProblem.dzyaloshinskiiMoriya(sites: 6)
        // Portions of 7 samples of each chain, the last one shorter; portions as long as a step's; one portion.
        for (chains, step, samples) in [(5, 35, 33 * 5), (3, 3 * 40, 3 * 100), (40, 400, 80)] {
            let energy = try energy(problem, network.ansatz, chains: chains, samples: step)
            let expected = try oneDraw(energy, problem, samples: samples)
            let linearised = energy.state.waveFunction.linearisationCount
            let measurement = try EnergyMeasurement(energy, samples: samples)
            var portions = 0
            while !measurement.isComplete {
                try measurement.advance()
                portions += 1
            }
            #expect(portions == (samples / chains + step / chains - 1) / (step / chains))
            let found = try measurement.estimate()
            #expect(energy.state.waveFunction.linearisationCount == linearised)
            #expect(found.sampleCount == expected.sampleCount)
            let rounding = network.description.contains("single") ? 1e-5 : 1e-12
            func close(_ one: Double, _ other: Double) -> Bool {
                (one.isNaN && other.isNaN) || abs(one - other) <= rounding * max(1, abs(other))
            }
            let (one, other) = (found.statistics, expected.statistics)
            let message = "\(network), \(chains) chains"
            #expect(
                close(one.mean.real, other.mean.real) && close(one.mean.imaginary, other.mean.imaginary), "\(message)")
            #expect(close(one.variance, other.variance), "\(message)")
            #expect(close(one.errorOfMean, other.errorOfMean) && close(one.rHat, other.rHat), "\(message)")
            #expect(close(found.error, expected.error) && close(found.vScore, expected.vScore), "\(message)")
            #expect(
                close(found.withAutocorrelation?.tau ?? .nan, expected.withAutocorrelation?.tau ?? .nan), "\(message)")
        }
    }

    /// Bit for bit, whatever the portions are, and the chains end at the same place.
    @Test(arguments: networks) func aDrawInPortionsHasTheSameSamples(_ network: NamedAnsatz) throws {
        let problem = try SmallProblem.heisenberg(sites: 6, signRule: true)
        let waveFunction = NeuralQuantumState(network.ansatz, seed: 4)
        func sampler() throws -> MetropolisSampler {
            try problem.sampler(
                waveFunction.amplitudes(blockRows: 16), chains: 7, samples: 7 * 90, seed: 5, on: .alone())
        }
        let (whole, parts) = (try sampler(), try sampler())
        for _ in 0..<2 {
            let all = whole.sample()
            parts.begin()
            var counts = ProposalCounts()
            var first = 0
            for length in [1, 40, 49] {
                let some = parts.draw(length: length)
                // What is evaluated in between must not disturb what the sampler keeps.
                let amplitudes = waveFunction.amplitudes(blockRows: 16)
                var values = [Double](repeating: 0, count: 2 * some.configurations.count)
                some.configurations.spins.withUnsafeBufferPointer { spins in
                    values.withUnsafeMutableBufferPointer { values in
                        guard let spins = spins.baseAddress, let values = values.baseAddress else { return }
                        amplitudes.evaluate(spins, count: some.configurations.count, into: values)
                    }
                }
                for chain in 0..<7 {
                    for step in 0..<length {
                        let same =
                            some.configurations[row: chain * length + step]
                            == all.configurations[row: chain * 90 + first + step]
                        #expect(same, "\(network): sample \(first + step) of chain \(chain)")
                    }
                }
                counts.proposed += some.counts.proposed
                counts.accepted += some.counts.accepted
                first += length
            }
            #expect(counts.proposed == all.counts.proposed && counts.accepted == all.counts.accepted)
            #expect(parts.chainState() == whole.chainState())
        }
    }

    @Test func directSamplesInPortions() throws {
        let problem = try SmallProblem.ising(sites: 6)
        let network = AutoregressiveNetwork(
            siteCount: 6, layers: AutoregressiveNetwork.denseLayers(siteCount: 6, features: [5]),
            options: LayerOptions(activation: .gelu))
        let driver = try problem.direct(network, chains: 4, samples: 40, on: .alone())
        let exact = try StateEnergy(
            of: problem.hamiltonian,
            in: MonteCarloState(
                driver.waveFunction, in: problem.space, samples: .fullSummation, communicator: .alone())
        ).measured(samples: 0).statistics
        let found = try driver.energy.measured(samples: 8000)
        #expect(found.sampleCount == 8000)
        #expect(abs(found.statistics.mean.real - exact.mean.real) < 5 * found.error)
        #expect(abs(found.statistics.variance / exact.variance - 1) < 0.2)
    }
}
