import Communication
import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra

private func noiseFiltered(
    _ problem: ShardedProblem, _ samples: RandomSamples, _ range: Range<Int>, by strategy: ReconfigurationStrategy,
    distributedSize: Int = ReconfigurationEquation.distributedSize
) throws -> ([Double], SolverReport) {
    let equation = ReconfigurationEquation(
        jacobian: problem.jacobian, gradient: problem.gradient,
        localEnergies: Array(samples.energies[2 * range.lowerBound..<2 * range.upperBound]), meanEnergy: samples.mean,
        diagonalShift: 0.02, distributedSize: distributedSize)
    let (direction, report) = try equation.solve(
        SmoothPseudoInverseSolver(cutoff: 1e-10, smoothTolerance: 1e-3, noiseThreshold: 0.7), by: strategy)
    return (direction.values, report)
}

/// An evolution over the whole basis, with everything that it reports.
private func evolved(
    _ problem: SmallProblem, _ tableau: RungeKuttaTableau, _ strategy: ReconfigurationStrategy,
    on communicator: Communicator
) throws -> (parameters: [Double], numbers: [Double]) {
    let ansatz = RestrictedBoltzmannMachine(siteCount: problem.siteCount, alpha: 1, options: LayerOptions(.complex128))
    let state = try MonteCarloState(
        NeuralQuantumState(ansatz, seed: 4), in: problem.space, samples: .fullSummation, communicator: communicator)
    let driver = try EvolutionDriver(
        state: state, hamiltonian: problem.hamiltonian, time: .real, tableau: tableau,
        times: EvolutionTimes(step: 0.01, end: 0.05),
        control: tableau.isAdaptive ? StepSizeControl(tolerance: 1e-4) : nil,
        reconfiguration: StochasticReconfiguration(
            solvers: [CholeskySolver()], by: strategy, diagonalShift: .constant(1e-3)))
    var numbers: [Double] = []
    var report = try driver.begin()
    while true {
        numbers += [report.energy.statistics.mean.real, report.residual, report.distanceBound ?? 0, report.stepSize]
        if driver.isOver { break }
        report = try driver.advance()
    }
    return (state.waveFunction.parameters.values, numbers)
}

let evolutionTests: [MPITest] = [
    MPITest("evolution: a filter of noise on uneven and empty shards, as on one rank") { world in
        // Parameters that leave no eigenvalue of S between those that are zero and those that are not.
        let wide = Initialiser(.normal, scale: 0.3)
        let subjects: [(String, any Ansatz)] = [
            (
                "rbm complex",
                RestrictedBoltzmannMachine(
                    siteCount: 4, alpha: 1, options: LayerOptions(.complex128, kernel: wide, bias: wide))
            ),
            ("ffnn", FeedForward(siteCount: 4, widths: [5, 3], options: LayerOptions(kernel: wide, bias: wide))),
        ]
        for (subject, ansatz) in subjects {
            for shards in ShardSizes.every(ranks: world.size) where shards.total > 1 {
                let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: false)
                let here = try ShardedProblem(ansatz, samples, shards, on: world)
                let alone = try ShardedProblem(alone: ansatz, samples)
                for strategy in [ReconfigurationStrategy.parameters, .samples] {
                    let expected = try noiseFiltered(alone, samples, 0..<shards.total, by: strategy)
                    // By rank 0, and by all ranks together.
                    for distributedSize in [Int.max, 1] {
                        let found = try noiseFiltered(
                            here, samples, shards.range(world.rank), by: strategy, distributedSize: distributedSize)
                        let name = "\(subject), \(shards.sizes), \(strategy), from \(distributedSize)"
                        checkClose(found.0, expected.0, relative: 1e-8, absolute: 1e-11, name)
                        checkClose([found.1.residual], [expected.1.residual], relative: 1e-8, absolute: 1e-8, name)
                    }
                }
            }
        }
    },
    MPITest("evolution: exact, of sums of Pauli strings and of stored elements, as on one rank") { world in
        let bosons = [LocalSpace](repeating: .bosons(maximum: 2), count: 4)
        let subjects: [(String, any Operator, HilbertSpace)] = [
            ("ising", try SmallProblem.ising(sites: 6).hamiltonian, try HilbertSpace(siteCount: 6)),
            ("complex", try SmallProblem.dzyaloshinskiiMoriya(sites: 5).hamiltonian, try HilbertSpace(siteCount: 5)),
            // Fewer states than ranks.
            (
                "sector", try SmallProblem.heisenberg(sites: 4, signRule: false).hamiltonian,
                try HilbertSpace(siteCount: 4, magnetisation: 2)
            ),
            (
                "one state", try SmallProblem.heisenberg(sites: 4, signRule: false).hamiltonian,
                try HilbertSpace(siteCount: 4, magnetisation: 4)
            ),
            (
                "bosons", BoseHubbard(siteCount: 4, maximum: 2, edges: (0..<3).map { Edge($0, $0 + 1) }, U: 3),
                try HilbertSpace(bosons)
            ),
        ]
        for (name, hamiltonian, space) in subjects {
            for time in EvolutionTime.allCases {
                func vector(on communicator: Communicator) throws -> [Double] {
                    let evolution = try ExactEvolution(
                        of: hamiltonian, in: space, time: time,
                        from: { states in
                            (0..<states.count).flatMap { row -> [Double] in
                                let sum = states[row: row].enumerated().reduce(0) {
                                    $0 + ($1.offset + 1) * Int($1.element)
                                }
                                return [1 + 0.1 * Double(sum), 0.3 * Double(sum % 5)]
                            }
                        }, communicator: communicator)
                    for end in [0.1, 1.2] { try evolution.advance(to: end) }
                    return try evolution.vector()
                }
                checkClose(
                    try vector(on: world), try vector(on: .alone()), relative: 1e-11, absolute: 1e-11,
                    "\(name), \(time)")
            }
        }
    },
    MPITest("evolution: of a network over the whole basis, as on one rank") { world in
        // Two sites: ranks without states.
        for sites in [2, 5] {
            let problem = try SmallProblem.ising(sites: sites, h: 0.6)
            for tableau in [RungeKuttaTableau.heun, .bs23] {
                for strategy in [ReconfigurationStrategy.parameters, .samples] {
                    let here = try evolved(problem, tableau, strategy, on: world)
                    let alone = try evolved(problem, tableau, strategy, on: .alone())
                    let name = "\(sites) sites, \(tableau.name), \(strategy)"
                    checkClose(here.parameters, alone.parameters, relative: 1e-7, absolute: 1e-9, name)
                    checkClose(here.numbers, alone.numbers, relative: 1e-7, absolute: 1e-9, name)
                    // The same bits on every rank.
                    let all = try world.allGather(here.parameters)
                    for rank in 0..<world.size {
                        checkEqual(
                            Array(all[rank * here.parameters.count..<(rank + 1) * here.parameters.count]),
                            here.parameters,
                            name)
                    }
                }
            }
        }
    },
]
