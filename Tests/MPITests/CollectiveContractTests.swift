import Communication
import DistQGT
import DistQGTTestSupport

/// An allreduce of so many doubles, as a recording lists it.
private func allReduce(_ elements: Int) -> CollectiveRecord {
    CollectiveRecord(kind: .allReduce, elements: elements, bytes: 8 * elements)
}

/// The products of a solve from zero without a restart: one per iteration, one for each replaced residual (but in
/// the iteration that carries the stop flag), one for the final residual.
private func products(of report: SolverReport?, interval: Int) -> Int {
    guard let report, report.iterations > 0 else { return -1 }
    return report.iterations + (report.iterations - 1) / interval + 1
}

private func problem(_ subject: NamedAnsatz, on world: Communicator) throws -> ShardedProblem {
    try ShardedProblem(
        subject.ansatz, RandomSamples(siteCount: 4, count: 17, weighted: false),
        ShardSizes.every(ranks: world.size)[2], on: world)
}

/// A report's collectives: allreduces, broadcasts and gathers, and nothing else.
private func checkCollectives(
    _ report: StepReport, allReduces: Int, broadcasts: Int, gathers: Int, _ message: String
) {
    checkEqual(report.collectives.allReduce.calls, allReduces, "\(message): allreduces")
    checkEqual(report.collectives.broadcast.calls, broadcasts, "\(message): broadcasts")
    checkEqual(report.collectives.gather.calls, gathers, "\(message): gathers")
    checkEqual(report.collectives.calls, allReduces + broadcasts + gathers, "\(message): collectives")
}

let collectiveContractTests: [MPITest] = [
    MPITest("collectives: three allreduces per composed product, one per fused product, one for the forces") { world in
        for subject in shardedAnsatze {
            let problem = try problem(subject, on: world)
            let parameters = problem.state.trainedLayout.count
            let components = problem.state.isComplex ? 2 : 1
            let v = problem.vector()
            let image = v.makeZero()

            let composed = try world.counters.recording {
                try QuantumGeometricTensor(problem.jacobian, centring: .composed)
            }
            checkEqual(composed.records, [], "\(subject): composition")
            try checkEqual(
                world.counters.recording { try composed.result.apply(v, into: image) }.records,
                [allReduce(components), allReduce(components), allReduce(parameters + 1)],
                "\(subject): composed product")

            let fused = try world.counters.recording {
                try QuantumGeometricTensor(problem.jacobian, means: problem.gradient.means)
            }
            checkEqual(fused.records, [], "\(subject): tensor with known means")
            try checkEqual(
                world.counters.recording { try fused.result.apply(v, into: image) }.records,
                [allReduce(parameters + components + 1)], "\(subject): fused product")
            let block = problem.vector(3)
            let blockImage = block.makeZero()
            try checkEqual(
                world.counters.recording { try fused.result.apply(block, into: blockImage) }.records,
                [allReduce(3 * (parameters + components) + 1)], "\(subject): fused product of a block")

            let energies = [Double](repeating: 1, count: 2 * problem.jacobian.space.localCount)
            let forces = try world.counters.recording {
                try EnergyGradient(problem.jacobian, localEnergies: energies, mean: 1)
            }
            // Two numbers of what is left of the mean energy, and two words of the ranks.
            checkEqual(forces.records, [allReduce((1 + components) * parameters + 4)], "\(subject): forces")
            try checkEqual(
                world.counters.recording { try EnergyGradient.means(of: problem.jacobian) }.records,
                [allReduce((1 + components) * parameters + 4)], "\(subject): means")
        }
    },
    MPITest("collectives: one allreduce per iteration of conjugate gradients, one broadcast per solve") { world in
        for subject in shardedAnsatze where !subject.ansatz.dataType.isSingle {
            let problem = try problem(subject, on: world)
            let message = problem.state.trainedLayout.count + (problem.state.isComplex ? 2 : 1) + 1
            let x = problem.gradient.forces.makeZero()
            for interval in [1000, 3] {
                for isWarm in [false, true] {
                    let s = try QuantumGeometricTensor(
                        problem.jacobian, means: problem.gradient.means, diagonalShift: 0.01)
                    x.setToZero()
                    if isWarm { x.add(0.5, times: problem.gradient.forces) }
                    let solver = ConjugateGradient(tolerance: 1e-8, maximumIterations: 500, residualInterval: interval)
                    let (report, records) = try world.counters.recording {
                        try solver.solve(s, problem.gradient.forces, into: x)
                    }
                    let name = "\(subject), residual interval \(interval)\(isWarm ? ", warm start" : "")"
                    checkEqual(report.outcome, .converged, name)
                    check(report.iterations > 3, name)
                    // A guess has a residual of its own.
                    let products = products(of: report, interval: interval) + (isWarm ? 1 : 0)
                    checkEqual(
                        records,
                        [CollectiveRecord](repeating: allReduce(message), count: products)
                            + [CollectiveRecord(kind: .broadcast, elements: 1, bytes: 8)], name)
                    checkEqual(s.productCount, products, name)
                }
            }
        }
    },
    MPITest("collectives: of a whole step over chains; one linearisation per step") { world in
        let problem = try SmallProblem.heisenberg(sites: 6, signRule: true)
        let ansatz = RestrictedBoltzmannMachine(siteCount: 6, alpha: 1, options: LayerOptions(.complex128))
        let network = AutoregressiveNetwork(
            siteCount: 6, layers: AutoregressiveNetwork.denseLayers(siteCount: 6, features: [3]),
            magnetisation: 0, options: LayerOptions(activation: .tanh))
        // Chains of 12 samples, and of 50: longer than the lags that one message carries. Samples that are drawn
        // directly have no acceptance to be reduced.
        for (samples, warmStart, direct) in [
            (120, false, false), (120, true, false), (500, false, false), (120, false, true),
        ] {
            var settings = UpdateSettings()
            settings.warmStart = warmStart
            let vmc =
                direct
                ? try problem.direct(network, chains: 10, samples: samples, settings, on: world)
                : try problem.metropolis(ansatz, chains: 10, samples: samples, settings, on: world)
            for step in 1...4 {
                let report = try vmc.advance()
                let message =
                    "step \(step) of \(samples) samples\(warmStart ? ", warm start" : "")\(direct ? ", direct" : "")"
                checkEqual(report.solver?.outcome, .converged, message)
                let products = products(of: report.solver, interval: settings.solver.residualInterval)
                checkCollectives(
                    report, allReduces: products + (direct ? 4 : 5) + (warmStart && step > 1 ? 1 : 0),
                    broadcasts: 2 + (warmStart ? 1 : 0) + (samples > 320 ? 1 : 0), gathers: 1, message)
                // Whole chains on every rank: nothing is gathered.
                checkEqual(report.collectives.gather.bytes, 0, message)
                checkEqual(vmc.waveFunction.linearisationCount, step, message)
            }
        }
    },
    MPITest("collectives: of a whole step of a full summation") { world in
        let problem = try SmallProblem.ising(sites: 5)
        let ansatz = FeedForward(siteCount: 5, widths: [6])
        var settings = UpdateSettings()
        let vmc = try problem.fullSummation(ansatz, settings, on: world)
        for step in 1...3 {
            let report = try vmc.advance()
            let products = products(of: report.solver, interval: settings.solver.residualInterval)
            checkCollectives(
                report, allReduces: products + 6, broadcasts: 2, gathers: 0, "step \(step)")
            checkEqual(vmc.waveFunction.linearisationCount, step)
        }
        settings.diagonalShift = nil
        let report = try problem.fullSummation(ansatz, settings, on: world).advance()
        check(report.solver == nil)
        checkCollectives(report, allReduces: 6, broadcasts: 1, gathers: 0, "plain gradient")
    },
]
