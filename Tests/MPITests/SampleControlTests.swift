import DistQGT
import DistQGTTestSupport

let sampleControlTests: [MPITest] = [
    MPITest("numbers of samples that are chosen, each with its way to solve: the same on every rank") { world in
        let problem = try SmallProblem.heisenberg(sites: 8, signRule: true)
        let ansatz = RestrictedBoltzmannMachine(siteCount: 8, alpha: 1)
        // Fewer chains than ranks have, and more.
        for chains in [3, 10] {
            let lengths = SampleControl.lengths(chains: chains, largest: 2400 / chains)
            checkEqual(lengths.count, 4)
            let shift = try Schedule.constant(0.01)
            let iteration = ConjugateGradientSolver(ConjugateGradient(tolerance: 1e-8, maximumIterations: 200))
            // Spaces and solvers change on the way, and what is kept from step to step with them.
            let ways = [
                StochasticReconfiguration(solvers: [CholeskySolver()], by: .samples, diagonalShift: shift),
                StochasticReconfiguration(solvers: [iteration], by: .samples, diagonalShift: shift),
                StochasticReconfiguration(
                    solvers: [iteration], by: .parametersByRows, diagonalShift: shift, warmStart: true),
                StochasticReconfiguration(solvers: [CholeskySolver()], by: .parameters, diagonalShift: shift),
            ]
            let levels = zip(lengths, ways).map { SampleControl.Level(length: $0, reconfiguration: $1) }
            let driver = try GroundStateDriver(
                state: MonteCarloState(
                    NeuralQuantumState(ansatz, seed: 1), in: problem.space,
                    samples: .metropolis(
                        problem.rule, problem.parameters(chains: chains, samples: 2400, seed: 1)),
                    communicator: world),
                hamiltonian: problem.hamiltonian, optimiser: Optimiser(.gradientDescent),
                learningRate: try .constant(0.02), reconfiguration: ways[3],
                control: StepControl(controlsRate: true, controlsShift: true), samples: SampleControl(levels))
            var counts: [Int] = []
            var energy = 0.0
            for step in 0..<60 {
                let report = try driver.advance()
                counts.append(report.samples)
                energy = report.energy.statistics.mean.real
                if step % 10 == 8 {
                    // As if a tenth of the slope were signal: so few parameters have little noise.
                    var words = driver.control?.words ?? []
                    words[4] = 0.1 * words[5]
                    driver.control?.words = words
                }
            }
            checkEqual(counts[0], lengths[0] * chains)
            check(counts.contains(lengths[3] * chains), "as many samples as there may be: \(counts)")
            checkEqual(Set(counts).count, 4, "all numbers of samples")
            let all = try world.allGather(counts)
            check(all.indices.allSatisfy { all[$0] == counts[$0 % counts.count] }, "the same numbers everywhere")
            let parameters = driver.waveFunction.parameters.values
            let gathered = try world.allGather(parameters)
            check(
                gathered.indices.allSatisfy { gathered[$0] == parameters[$0 % parameters.count] },
                "the same parameters everywhere")
            // Of the ring of eight.
            let exact = -14.604373635748
            check(abs(energy - exact) < 0.02 * abs(exact), "\(energy), exact \(exact)")
        }
    }
]
