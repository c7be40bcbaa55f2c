import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra

/// A projection of random states over all ranks of a communicator.
private func randomProjection(
    walkers: Int, blocks: BlockPartition?, observables: [any LocalObservable] = [], on communicator: Communicator
) throws -> GreensFunctionMonteCarlo {
    let problem = try SmallProblem.heisenberg(sites: 6, signRule: true)
    let wide = Initialiser(.normal, scale: 0.2)
    let ansatz = RestrictedBoltzmannMachine(siteCount: 6, alpha: 1, options: LayerOptions(kernel: wide, bias: wide))
    let state = try MonteCarloState(
        NeuralQuantumState(ansatz, seed: 4), in: problem.space,
        samples: .metropolis(problem.rule, problem.parameters(chains: 12, samples: 60, seed: 2)),
        communicator: communicator, blocks: blocks)
    return GreensFunctionMonteCarlo(
        of: problem.hamiltonian, from: state,
        ProjectionPlan(
            walkers: walkers, interval: 0.1, equilibration: 3, generations: 12, correctionLength: 3, forwardLength: 4,
            seed: 6),
        observables: observables)
}

let projectionTests: [MPITest] = [
    MPITest("projection: the same walkers as on one rank") { world in
        // Uneven shares, and ranks without walkers.
        for walkers in [2, 37, 150] {
            let here = try randomProjection(walkers: walkers, blocks: nil, on: world)
            let alone = try randomProjection(walkers: walkers, blocks: nil, on: .alone())
            try checkEqual(here.begin().energy.isFinite, alone.begin().energy.isFinite)
            while !alone.isOver {
                let (found, expected) = (try here.advance(), try alone.advance())
                checkEqual(found.moves, expected.moves, "\(walkers) walkers")
                checkClose(found.energy, expected.energy, absolute: 1e-10, "\(walkers) walkers")
                checkClose(found.logWeight, expected.logWeight, absolute: 1e-12, "\(walkers) walkers")
            }
            let (progress, whole) = (try here.progress(), try alone.progress())
            checkEqual(progress == nil, world.rank > 0)
            if let progress, let whole {
                checkEqual(progress.walkers, whole.walkers, "\(walkers) walkers")
                checkClose(progress.numbers, whole.numbers, relative: 1e-9, absolute: 1e-9, "\(walkers) walkers")
            }
        }
    },
    MPITest("projection: the same bits where sums are formed in blocks, also where it is taken up on other ranks") {
        world in
        let blocks = BlockPartition.ofChains(12, samplesPerChain: 5)
        func projection(on communicator: Communicator) throws -> GreensFunctionMonteCarlo {
            try randomProjection(
                walkers: 150, blocks: blocks, observables: [SiteAverages.pauliMoments(siteCount: 6)], on: communicator)
        }
        let alone = try projection(on: .alone())
        _ = try alone.begin()
        for _ in 0..<6 { _ = try alone.advance() }
        let half = try alone.progress()
        while !alone.isOver { _ = try alone.advance() }
        let whole = try alone.progress()
        let here = try projection(on: world)
        _ = try here.begin()
        while !here.isOver { _ = try here.advance() }
        checkEqual(here.series, alone.series)
        let continued = try projection(on: world)
        if let half { try continued.restore(half) }
        while !continued.isOver { _ = try continued.advance() }
        checkEqual(continued.series, alone.series)
        checkEqual(alone.forwardMeans.count, 3)
        checkEqual(here.forwardMeans, alone.forwardMeans)
        checkEqual(continued.forwardMeans, alone.forwardMeans)
        for progress in [try here.progress(), try continued.progress()] {
            if world.rank == 0 { checkEqual(progress, whole) }
        }
    },
    MPITest("projection: a generation makes one allgather of a few numbers, and moves walkers from rank to rank") {
        world in
        let here = try randomProjection(walkers: 64, blocks: nil, on: world)
        _ = try here.begin()
        var sent = 0
        while !here.isOver {
            let (report, records) = try world.counters.recording { try here.advance() }
            checkEqual(records.map(\.kind), [.allGather, .allToAll])
            checkEqual(records.first?.bytes, here.cost.gatheredBytes)
            checkEqual(records.last?.bytes, report.sent * here.cost.bytesPerMessage)
            sent += report.sent
        }
        let total = try world.allReduce(sent)
        check(total > 0 || world.size == 1, "no walker has gone to another rank")
    },
]
