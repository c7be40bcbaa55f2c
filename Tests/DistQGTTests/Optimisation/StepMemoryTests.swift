import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// What the memory plan foretells against what a step has allocated.
@Suite struct StepMemoryTests {
    private func distribution(_ samples: Int, length: Int) -> SampleDistribution {
        SampleDistribution(local: samples, total: samples, ranks: 1, chainLength: length)
    }

    @Test(arguments: everyAnsatz(siteCount: 4)) func memoryOfTheTapeIsWhatAStepAllocates(
        _ subject: NamedAnsatz
    ) throws {
        let problem = try SmallProblem.ising(sites: 4)
        // Fewer samples than the energies evaluate together, and several chunks.
        for (chains, samples, resident) in [(3, 6, nil), (8, 600, nil), (8, 1200, 1)] as [(Int, Int, Int?)] {
            for diagonalShift in [0.01, nil] {
                var settings = UpdateSettings()
                settings.diagonalShift = diagonalShift
                settings.solver.maximumIterations = 2
                settings.learningRate = 0
                let optimisation = try problem.metropolis(
                    subject.ansatz, chains: chains, samples: samples, settings, on: .alone())
                optimisation.waveFunction.residentChunks = resident
                for _ in 0..<2 { _ = try optimisation.advance() }
                let plan = StepMemory(
                    optimisation.waveFunction, distribution(samples, length: samples / chains),
                    flipSetCount: problem.hamiltonian.flipSets.count,
                    reconfiguration: optimisation.reconfiguration, optimiser: settings.rule)
                let allocated = optimisation.waveFunction.machine.allocatedBytes
                // An array of no numbers still has room for one.
                #expect(plan.tape.total <= allocated)
                #expect(allocated <= plan.tape.total + 12 * MemoryLayout<Double>.stride)
            }
        }
    }

    /// Nothing is sampled with the tape, and the energies evaluate as many rows as with Markov chains.
    @Test func memoryOfTheTapeWithDirectSampling() throws {
        let problem = try SmallProblem.ising(sites: 4)
        let network = AutoregressiveNetwork(
            siteCount: 4, layers: AutoregressiveNetwork.denseLayers(siteCount: 4, features: [5]))
        for (chains, samples) in [(3, 6), (8, 600)] {
            var settings = UpdateSettings()
            settings.solver.maximumIterations = 2
            let optimisation = try problem.direct(network, chains: chains, samples: samples, settings, on: .alone())
            for _ in 0..<2 { _ = try optimisation.advance() }
            func plan(isDirect: Bool) -> StepMemory {
                StepMemory(
                    optimisation.waveFunction,
                    SampleDistribution(
                        local: samples, total: samples, ranks: 1, chainLength: samples / chains, isDirect: isDirect),
                    flipSetCount: problem.hamiltonian.flipSets.count,
                    reconfiguration: optimisation.reconfiguration, optimiser: settings.rule)
            }
            let allocated = optimisation.waveFunction.machine.allocatedBytes
            #expect(plan(isDirect: true).tape.total <= allocated)
            #expect(allocated <= plan(isDirect: true).tape.total + 12 * MemoryLayout<Double>.stride)
            // Inputs of 1 and 5 features, patches of 4 sites, outputs of 5, for 64 rows.
            let conditionals = 8 * 64 * (4 * (1 + 5) + 4 * 5 + 5)
            #expect(plan(isDirect: true).amplitudeRatios == plan(isDirect: false).amplitudeRatios + conditionals)
        }
    }

    /// The bound is kept wherever it can be, by as few chunks as necessary.
    @Test func residentChunksFitTheBound() {
        let state = NeuralQuantumState(RestrictedBoltzmannMachine(siteCount: 8, alpha: 2), seed: 1, chunkRows: 64)
        func plan() -> StepMemory {
            StepMemory(
                state, distribution(1000, length: 10), flipSetCount: 8, reconfiguration: nil,
                optimiser: .gradientDescent)
        }
        let whole = plan()
        #expect(whole.tape.chunks == 16)
        #expect(whole.residentChunks(within: whole.total) == nil)
        var sizes: [Int] = []
        for bytes in stride(from: whole.total - 1, to: whole.total - whole.tape.tape, by: -1000) {
            guard let resident = whole.residentChunks(within: bytes), resident >= 0 else { break }
            state.residentChunks = resident
            let bounded = plan()
            #expect(bounded.total <= bytes)
            #expect(bounded.tape.relinearisedChunks == 16 - resident)
            sizes.append(resident)
        }
        #expect(Set(sizes).count > 10)
        #expect(whole.residentChunks(within: 1000).map { $0 < 0 } == true)
    }

    @Test func memoryOfASingleTapeIsHalf() throws {
        func plan(_ type: DataType) -> StepMemory {
            let state = NeuralQuantumState(
                RestrictedBoltzmannMachine(siteCount: 8, alpha: 2, options: LayerOptions(type)), seed: 1, chunkRows: 64)
            return StepMemory(
                state, distribution(100, length: 10), flipSetCount: 8, reconfiguration: nil, optimiser: .gradientDescent
            )
        }
        let (single, double) = (plan(.float32), plan(.float64))
        #expect(2 * single.tape.tape == double.tape.tape)
        #expect(2 * single.tape.workspaces == double.tape.workspaces)
        // The spins and one slope for each hidden unit.
        #expect(double.tape.perSample == 8 * (8 + 16))
        // Parameter vectors are always double.
        #expect(single.parameterVectors == double.parameterVectors)
    }

    @Test func memoryCountsTheVectorsOfTheOptimiser() throws {
        let state = NeuralQuantumState(RestrictedBoltzmannMachine(siteCount: 4, alpha: 1), seed: 1)
        func count(_ rule: OptimiserRule) -> Int {
            StepMemory(state, distribution(10, length: 5), flipSetCount: 4, reconfiguration: nil, optimiser: rule)
                .parameterVectorCount
        }
        #expect(count(.momentum(beta: 0.9)) == count(.gradientDescent) + 1)
        #expect(count(.adam(beta1: 0.9, beta2: 0.9, epsilon: 1)) == count(.gradientDescent) + 2)
    }
}
