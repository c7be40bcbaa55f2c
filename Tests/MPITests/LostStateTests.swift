import DistQGT
import DistQGTTestSupport

let lostStateTests: [MPITest] = [
    MPITest("a lost state: the step is taken back on every rank, whoever noticed") { world in
        let problem = try SmallProblem.heisenberg(sites: 6, signRule: true)
        let ansatz = RestrictedBoltzmannMachine(siteCount: 6, alpha: 1)
        for (doubter, momentum) in [(nil, 0.9), (world.size - 1, 0.9), (0, 0)] as [(Int?, Double)] {
            let name = "doubted by \(doubter.map { "rank \($0)" } ?? "all"), momentum \(momentum)"
            let chains = 2 * world.size
            let driver = try GroundStateDriver(
                state: MonteCarloState(
                    NeuralQuantumState(ansatz, seed: 1), in: problem.space,
                    samples: .metropolis(
                        problem.rule, problem.parameters(chains: chains, samples: 30 * chains, seed: 1)),
                    communicator: world),
                hamiltonian: problem.hamiltonian, optimiser: Optimiser(.gradientDescent),
                learningRate: try .constant(0.02),
                reconfiguration: StochasticReconfiguration(
                    solvers: [CholeskySolver()], by: .parameters, diagonalShift: try .constant(0.01),
                    momentum: momentum > 0 ? try .constant(momentum) : nil),
                control: StepControl(controlsRate: true, controlsShift: true))
            for _ in 0..<3 {
                let report = try driver.advance()
                check(!report.isReturn, name)
            }
            let before = driver.waveFunction.parameters.values
            _ = try driver.advance()
            let after = driver.waveFunction.parameters.values
            check(zip(before, after).contains { abs($0 - $1) > 1e-5 }, name)
            if doubter == nil || doubter == world.rank {
                // As if the energy had been far lower before the step, and certain.
                var words = driver.control?.words ?? []
                (words[10], words[11]) = (-1e6, 0)
                driver.control?.words = words
            }
            let report = try driver.advance()
            check(report.isReturn && report.solver == nil && report.trial == nil, name)
            checkEqual(driver.control?.returns, 1, name)
            checkClose(driver.waveFunction.parameters.values, before, relative: 0, absolute: 1e-14, name)
            check(driver.previousDirection == nil, name)
            let next = try driver.advance()
            check(!next.isReturn && next.updateNorm > 0, name)
            let all = try world.allGather(driver.waveFunction.parameters.values)
            check(
                all.indices.allSatisfy { all[$0] == all[$0 % before.count] }, "\(name): the same parameters everywhere")
        }
    }
]
