import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra

/// Records the first number whose bits differ.
func checkSameBits(_ actual: [UInt64], _ expected: [UInt64], _ message: String) {
    checkEqual(actual.count, expected.count, message)
    guard let place = zip(actual, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset else { return }
    checkEqual(actual[place], expected[place], "\(message): number \(place) of \(expected.count)")
}

/// Sums of random numbers over items in blocks, on all ranks and in one process: equal bits. Collective.
private func checkBlocks(_ partition: BlockPartition, count: Int, on world: Communicator, _ message: String) throws {
    func sum(on communicator: Communicator) throws -> (values: [Double], calls: Int) {
        let own = partition.shard(rank: communicator.rank, size: communicator.size)
        let sum = partition.sum(over: communicator)
        checkEqual(sum.itemCount, own.count, message)
        // Twice, since memory is reused.
        for _ in 0..<2 {
            _ = try sum.sum(count: count) { _, _, result in result.update(repeating: .nan, count: count) }
        }
        let (values, calls) = try communicator.counters.counting {
            try sum.sum(count: count) { _, items, result in
                result.update(repeating: 0, count: count)
                for item in items.map({ own.offset + $0 }) {
                    var generator = SplitMix64(seed: UInt64(item))
                    // Of many magnitudes, so that every order rounds differently.
                    for index in 0..<count { result[index] += generator.normalDeviate() * Double(1 << (item % 30)) }
                }
            }
        }
        checkEqual(calls.allReduce.calls, 1, message)
        return (values, calls.calls)
    }
    let (here, calls) = try sum(on: world)
    let alone = try sum(on: .alone()).values
    checkEqual(calls, 1, message)
    checkSameBits(here.map(\.bitPattern), alone.map(\.bitPattern), message)
    var exact = [Double](repeating: 0, count: count)
    for item in 0..<partition.total {
        var generator = SplitMix64(seed: UInt64(item))
        for index in 0..<count { exact[index] += generator.normalDeviate() * Double(1 << (item % 30)) }
    }
    checkClose(here, exact, relative: 1e-12, message)
}

/// Steps of an optimisation in blocks, on all ranks and in one process: equal bits of parameters and energies.
/// Collective.
private func checkTrajectory(
    _ message: String, chains: Int, samples: Int, on world: Communicator,
    _ settings: StochasticReconfiguration, maximumChunk: Int
) throws {
    let problem = try SmallProblem.dzyaloshinskiiMoriya(sites: 6)
    let machine = RestrictedBoltzmannMachine(
        siteCount: 6, alpha: 2, options: LayerOptions(.complex128, kernel: Initialiser(.normal, scale: 0.2)))
    // Small blocks: some ranks have several, some one more than others, some may have none.
    let blocks = BlockPartition(total: chains, length: 2)
    func run(on communicator: Communicator) throws -> [UInt64] {
        let parameters = SamplerParameters(chains: chains, samples: samples, sweep: 6, discard: 2, seed: 3)
        let state = try MonteCarloState(
            NeuralQuantumState(machine, seed: 2, chunkRows: maximumChunk), in: problem.space,
            samples: .metropolis(problem.rule, parameters), communicator: communicator, blocks: blocks)
        let vmc = try GroundStateDriver(
            state: state, hamiltonian: problem.hamiltonian, optimiser: Optimiser(.momentum(beta: 0.5)),
            learningRate: try .constant(0.02), reconfiguration: settings)
        var bits: [UInt64] = []
        for _ in 0..<6 {
            let energy = try vmc.advance().energy
            bits += [energy.statistics.mean.real, energy.statistics.variance, energy.error].map(\.bitPattern)
        }
        let last = try vmc.energy.measured(samples: 3 * samples)
        bits += [last.statistics.mean.real, last.statistics.rHat, last.error].map(\.bitPattern)
        return bits + vmc.waveFunction.parameters.values.map(\.bitPattern)
    }
    let (here, alone) = (try run(on: world), try run(on: .alone()))
    checkSameBits(here, alone, message)
    check(Set(alone).count > 20, "\(message): the trajectory stands still")
}

let shardedSumTests: [MPITest] = [
    MPITest("sums in blocks: the same bits as in one process") { world in
        for total in [0, 1, 5, 12, 37] {
            for length in [1, 2, 5, 40] {
                for count in [1, 12, 3001] {
                    try checkBlocks(
                        BlockPartition(total: total, length: length), count: count, on: world,
                        "\(total) items in blocks of \(length), \(count) numbers")
                }
            }
        }
    },
    MPITest("sums in blocks: messages that are cut into pieces") { world in
        let communicator = try world.duplicate()
        communicator.pieceLimit = 97
        try checkBlocks(BlockPartition(total: 23, length: 2), count: 1000, on: communicator, "pieces")
        try communicator.free()
    },
    MPITest("sums in blocks: a rank's items are whole blocks") { world in
        for total in [0, 1, 9, 64, 65] {
            for length in [1, 8, 100] {
                let partition = BlockPartition(total: total, length: length)
                let shards = (0..<world.size).map { partition.shard(rank: $0, size: world.size) }
                checkEqual(shards.reduce(0) { $0 + $1.count }, total)
                for (shard, next) in zip(shards, shards.dropFirst()) {
                    checkEqual(shard.range.upperBound, next.offset)
                    check(shard.range.upperBound % length == 0 || shard.range.upperBound == total)
                }
            }
        }
    },
    MPITest("sums in blocks: trajectories by every solver have the same bits as in one process") { world in
        let cg = ConjugateGradient(tolerance: 1e-8, maximumIterations: 200)
        let solvers: [any ReconfigurationSolver] = [
            ConjugateGradientSolver(cg),
            MinimalResidualSolver(MinimalResidual(tolerance: 1e-8, maximumIterations: 200)),
            CholeskySolver(), SmoothPseudoInverseSolver(cutoff: 1e-10, smoothTolerance: 1e-10),
        ]
        for solver in solvers {
            for strategy in [ReconfigurationStrategy.parameters, .samples] {
                let settings = StochasticReconfiguration(
                    solvers: [solver], by: strategy, diagonalShift: try .constant(0.01),
                    momentum: try .constant(0.4))
                try checkTrajectory(
                    "\(solver.name), \(strategy)", chains: 9, samples: 90, on: world, settings, maximumChunk: 256)
            }
        }
        for isSingle in [false, true] {
            for strategy in ReconfigurationStrategy.allCases {
                let settings = StochasticReconfiguration(
                    solvers: [
                        ConjugateGradientSolver(cg, multipliesInSinglePrecision: isSingle, isPreconditioned: true)
                    ], by: strategy, diagonalShift: try .constant(0.01), diagonalScale: try .constant(0.02),
                    warmStart: strategy.space == .parameters)
                // Chunks shorter than a block.
                try checkTrajectory(
                    "cg, \(strategy), \(isSingle ? "single" : "double")", chains: 5, samples: 60, on: world, settings,
                    maximumChunk: 7)
            }
        }
    },
]
