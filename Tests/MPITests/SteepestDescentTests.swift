import DistQGT
import DistQGTTestSupport
import LinearAlgebra

/// Steepest descent with exact line search (Cauchy 1847): a solver that the library does not know, added by one file.
private struct SteepestDescentSolver: IterativeReconfigurationSolver {
    static let name = "steepest_descent"

    var tolerance: Double
    var maximumIterations: Int
    /// The residual, its image, and what a repetition begins with.
    var workVectors: Int { 3 }

    init(tolerance: Double = 1e-11, maximumIterations: Int = 100_000) {
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
    }

    init(_ settings: some SolverSettings) throws {
        self.init(
            tolerance: try settings.real("tolerance"), maximumIterations: try settings.integer("max_iterations"))
    }

    func iterate<Map: SymmetricMap>(_ system: IterativeSystem<Map>) throws -> SolverReport {
        let map = system.map
        return try map.solve(
            system.right, into: system.solution, tolerance: tolerance, maximumIterations: maximumIterations
        ) { residual, normOfRight, iterations in
            let image = residual.makeZero()
            var stop = 0.0
            while iterations < maximumIterations {
                var stopFlag = stop
                try map.apply(residual, into: image, stopFlag: &stopFlag)
                if stopFlag != 0 { return stopFlag == 1 ? nil : .notPositiveDefinite }
                iterations += 1
                let products = try Map.Domain.dots([(residual, residual), (residual, image)])
                guard products[1] > 0 else {
                    stop = products[0] == 0 ? 1 : 2
                    continue
                }
                system.solution.add(products[0] / products[1], times: residual)
                residual.add(-products[0] / products[1], times: image)
                // Of the residual before this step.
                if products[0].squareRoot() <= tolerance * normOfRight { stop = 1 }
            }
            return nil
        }
    }
}

let steepestDescentTests: [MPITest] = [
    MPITest("a solver of one's own: equals a dense solve by every strategy") { world in
        let ansatz = FeedForward(siteCount: 4, widths: [5, 3])
        let shards = ShardSizes.every(ranks: world.size)[2]
        for (scale, momentum) in [(0.0, 0.0), (0.03, 0.8)] {
            let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: true)
            func equation(_ problem: ShardedProblem, _ range: Range<Int>) -> ReconfigurationEquation {
                ReconfigurationEquation(
                    jacobian: problem.jacobian, gradient: problem.gradient,
                    localEnergies: Array(samples.energies[2 * range.lowerBound..<2 * range.upperBound]),
                    meanEnergy: samples.mean, diagonalShift: 0.2, diagonalScale: scale, momentum: momentum,
                    previous: momentum == 0 ? nil : problem.vector())
            }
            let alone = equation(try ShardedProblem(alone: ansatz, samples), 0..<shards.total)
            let expected = try alone.solve(CholeskySolver(), by: .parameters).direction
            let here = equation(try ShardedProblem(ansatz, samples, shards, on: world), shards.range(world.rank))
            for strategy in ReconfigurationStrategy.allCases {
                let (direction, report) = try here.solve(SteepestDescentSolver(), by: strategy)
                checkEqual(report.outcome, .converged, "\(strategy), scale \(scale)")
                checkClose(
                    direction.values, expected.values, relative: 1e-8, absolute: 1e-11,
                    "\(strategy), scale \(scale), momentum \(momentum): \(report)")
            }
        }
    },
    MPITest("a solver of one's own: its messages are foretold, and it makes a run") { world in
        let problem = try SmallProblem.ising(sites: 4)
        let ansatz = RestrictedBoltzmannMachine(siteCount: 4, alpha: 1)
        for strategy in ReconfigurationStrategy.allCases {
            let settings = StochasticReconfiguration(
                solvers: [SteepestDescentSolver(tolerance: 1e-3)], by: strategy, diagonalShift: try .constant(2))
            let chains = 2 * world.size
            let optimisation = try GroundStateDriver(
                state: MonteCarloState(
                    NeuralQuantumState(ansatz, seed: 1), in: problem.space,
                    samples: .metropolis(
                        problem.rule, problem.parameters(chains: chains, samples: 10 * chains, seed: 1)),
                    communicator: world),
                hamiltonian: problem.hamiltonian, optimiser: Optimiser(.gradientDescent),
                learningRate: try .constant(0.05), reconfiguration: settings)
            let plan = StepCollectives(
                optimisation.waveFunction,
                SampleDistribution(local: 20, total: 20 * world.size, ranks: world.size, chainLength: 10),
                reconfiguration: settings)
            for step in 1...3 {
                let report = try optimisation.advance()
                let name = "\(strategy), step \(step): \(String(describing: report.solver))"
                checkEqual(report.solver?.outcome, .converged, name)
                let iterations = report.solver?.iterations ?? 0
                check(iterations > 2, name)
                let each = plan.product + plan.iteration
                checkEqual(report.collectives.calls, plan.step.count + iterations * each.count, name)
                // Where T is formed, which rank multiplies a pair of samples decides what it sends.
                guard strategy != .samples || world.size == 1 else { continue }
                checkEqual(
                    report.collectives.bytes,
                    plan.step.reduce(0) { $0 + $1.bytes } + iterations * each.reduce(0) { $0 + $1.bytes }, name)
            }
        }
    },
]
