import Communication
import DistQGT
import DistQGTTestSupport

private let tight = ConjugateGradient(tolerance: 1e-13, maximumIterations: 2000)

/// Every solver in every space, by name.
private func solutions(
    _ equation: ReconfigurationEquation
) throws -> [(name: String, direction: ParameterVector)] {
    let minimal = MinimalResidual(tolerance: 1e-13, maximumIterations: 2000)
    let solvers: [any ReconfigurationSolver] = [
        ConjugateGradientSolver(tight), MinimalResidualSolver(minimal), CholeskySolver(),
        SmoothPseudoInverseSolver(cutoff: 1e-14, smoothTolerance: 1e-14),
    ]
    var all: [(String, ParameterVector)] = []
    for solver in solvers {
        all.append(("\(solver.name), parameters", try equation.solve(solver, by: .parameters).direction))
        all.append(("\(solver.name), samples", try equation.solve(solver, by: .samples).direction))
    }
    all.append(
        ("cholesky, rows", try equation.solve(CholeskySolver(), by: .samples, construction: .rows).direction))
    return all
}

private func equation(
    _ problem: ShardedProblem, _ samples: RandomSamples, _ range: Range<Int>, scale: Double, momentum: Double,
    subspace: RecycledSubspace? = nil, distributedSize: Int = ReconfigurationEquation.distributedSize
) -> ReconfigurationEquation {
    ReconfigurationEquation(
        jacobian: problem.jacobian, gradient: problem.gradient,
        localEnergies: Array(samples.energies[2 * range.lowerBound..<2 * range.upperBound]),
        meanEnergy: samples.mean, diagonalShift: 0.05, diagonalScale: scale, momentum: momentum,
        previous: momentum == 0 ? nil : problem.vector(), subspace: subspace, distributedSize: distributedSize)
}

/// All ways for conjugate gradients to multiply.
private func conjugateGradients(_ iteration: ConjugateGradient) -> [ConjugateGradientSolver] {
    [false, true].flatMap { isSingle in
        [false, true].map { isPreconditioned in
            ConjugateGradientSolver(
                iteration, multipliesInSinglePrecision: isSingle, isPreconditioned: isPreconditioned)
        } + [ConjugateGradientSolver(iteration, multipliesInSinglePrecision: isSingle, subspaceSize: 0)]
    }
}

let reconfigurationEquationTests: [MPITest] = [
    MPITest("SR equation: every solver in both spaces equals Cholesky of one process") { world in
        let subjects: [(String, any Ansatz)] = [
            ("rbm complex", RestrictedBoltzmannMachine(siteCount: 4, alpha: 1, options: LayerOptions(.complex128))),
            ("ffnn", FeedForward(siteCount: 4, widths: [5, 3])),
            ("mixed", MixedJastrowRBM(siteCount: 4, hiddenUnits: 3)),
        ]
        for (subject, ansatz) in subjects {
            for shards in ShardSizes.every(ranks: world.size) where shards.total > 1 {
                for (weighted, scale, momentum) in [(false, 0.0, 0.0), (true, 0.03, 0.8)] {
                    let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: weighted)
                    let here = try ShardedProblem(ansatz, samples, shards, on: world)
                    let alone = try ShardedProblem(alone: ansatz, samples)
                    let expected = try equation(
                        alone, samples, 0..<shards.total, scale: scale, momentum: momentum
                    ).solve(CholeskySolver(), by: .parameters).direction
                    // Factorised by rank 0, and by all ranks together.
                    for distributedSize in [Int.max, 1] {
                        let distributed = equation(
                            here, samples, shards.range(world.rank), scale: scale, momentum: momentum,
                            distributedSize: distributedSize)
                        for (name, direction) in try solutions(distributed) {
                            checkClose(
                                direction.values, expected.values, relative: 1e-9, absolute: 1e-12,
                                "\(subject), \(shards.sizes), scale \(scale), momentum \(momentum): \(name)")
                        }
                    }
                }
            }
        }
    },
    MPITest("SR equation: a subspace that is kept from solve to solve leaves the solution as it is") { world in
        let ansatz = RestrictedBoltzmannMachine(siteCount: 4, alpha: 2, options: LayerOptions(.complex128))
        for shards in ShardSizes.every(ranks: world.size) where shards.total > 1 {
            for scale in [0.0, 0.03] {
                let subspace = RecycledSubspace(sizeLimit: 6)
                for seed in 0..<4 {
                    let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: seed % 2 == 1)
                    let here = try ShardedProblem(ansatz, samples, shards, on: world)
                    let alone = try ShardedProblem(alone: ansatz, samples)
                    let expected = try equation(
                        alone, samples, 0..<shards.total, scale: scale, momentum: 0
                    ).solve(CholeskySolver(), by: .parameters).direction
                    let (direction, report) = try equation(
                        here, samples, shards.range(world.rank), scale: scale, momentum: 0, subspace: subspace
                    ).solve(
                        ConjugateGradientSolver(
                            ConjugateGradient(tolerance: 1e-12, maximumIterations: 500), subspaceSize: 6),
                        by: .parameters)
                    let message = "\(shards.sizes), scale \(scale), solve \(seed)"
                    checkEqual(report.outcome, .converged, message)
                    checkClose(direction.values, expected.values, relative: 1e-9, absolute: 1e-12, message)
                    let numbers = subspace.state.matrix + [subspace.state.floor]
                    let everywhere = try world.allGather(numbers)
                    checkEqual(everywhere, (0..<world.size).flatMap { _ in numbers }, message)
                }
            }
        }
    },
    MPITest("SR equation: T from blocks of samples, whose pairs the first rank completes") { world in
        let subjects: [(String, any Ansatz)] = [
            ("rbm complex", RestrictedBoltzmannMachine(siteCount: 4, alpha: 1, options: LayerOptions(.complex128))),
            ("rbm", RestrictedBoltzmannMachine(siteCount: 4, alpha: 2)),
            ("mixed", MixedJastrowRBM(siteCount: 4, hiddenUnits: 3)),
        ]
        // Blocks of one sample, of several, of more than are multiplied together, and fewer than there are ranks.
        let partitions = [(5, 2), (16, 1), (17, 3), (3, 3), (150, 70)].map { BlockPartition(total: $0.0, length: $0.1) }
        for (subject, ansatz) in subjects {
            for blocks in partitions {
                for (weighted, scale, momentum) in [(false, 0.0, 0.0), (true, 0.03, 0.8)] {
                    let samples = RandomSamples(siteCount: 4, count: blocks.total, weighted: weighted)
                    let here = try ShardedProblem(ansatz, samples, blocks, on: world)
                    let range = blocks.shard(rank: world.rank, size: world.size).range
                    let whole = 0..<blocks.total
                    // Plain sums, in parameter space.
                    let plain = equation(
                        try ShardedProblem(alone: ansatz, samples), samples, whole, scale: scale, momentum: momentum)
                    let expected = try plain.solve(CholeskySolver(), by: .parameters).direction
                    let distributed = equation(here, samples, range, scale: scale, momentum: momentum)
                    let alone = equation(
                        try ShardedProblem(ansatz, samples, blocks, on: .alone()), samples, whole, scale: scale,
                        momentum: momentum)
                    for construction in [SampleKernel.Construction.gram, .rows] {
                        let name = "\(subject), \(blocks), scale \(scale), momentum \(momentum), by \(construction)"
                        let direction = try distributed.solve(
                            CholeskySolver(), by: .samples, construction: construction
                        ).direction
                        checkClose(direction.values, expected.values, relative: 1e-9, absolute: 1e-12, name)
                        let reference = try alone.solve(
                            CholeskySolver(), by: .samples, construction: construction
                        ).direction
                        checkSameBits(direction.values.map(\.bitPattern), reference.values.map(\.bitPattern), name)
                    }
                }
            }
        }
    },
    MPITest("SR equation: rows, single precision, preconditioner and products without T find the same direction") {
        world in
        let solvers: [any ReconfigurationSolver] =
            conjugateGradients(tight)
            + [MinimalResidualSolver(MinimalResidual(tolerance: 1e-13, maximumIterations: 2000))]
        let subjects: [(String, any Ansatz)] = [
            ("rbm complex", RestrictedBoltzmannMachine(siteCount: 4, alpha: 1, options: LayerOptions(.complex128))),
            ("ffnn", FeedForward(siteCount: 4, widths: [5, 3])),
        ]
        for (subject, ansatz) in subjects {
            for shards in ShardSizes.every(ranks: world.size) where shards.total > 1 {
                for (weighted, scale, momentum) in [(false, 0.0, 0.0), (true, 0.03, 0.8)] {
                    let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: weighted)
                    let here = try ShardedProblem(ansatz, samples, shards, on: world)
                    let alone = try ShardedProblem(alone: ansatz, samples)
                    let expected = try equation(
                        alone, samples, 0..<shards.total, scale: scale, momentum: momentum
                    ).solve(CholeskySolver(), by: .parameters).direction
                    let distributed = equation(
                        here, samples, shards.range(world.rank), scale: scale, momentum: momentum)
                    for solver in solvers {
                        for strategy in ReconfigurationStrategy.allCases {
                            let (direction, report) = try distributed.solve(solver, by: strategy)
                            checkClose(
                                direction.values, expected.values, relative: 1e-9, absolute: 1e-12,
                                "\(subject), \(shards.sizes), scale \(scale), momentum \(momentum): "
                                    + "\(solver), \(strategy), \(report)")
                        }
                    }
                }
            }
        }
    },
    MPITest("SR equation: diag(S) and T equal those of one process") { world in
        try forEachShardedProblem(on: world) { subject, name, here, alone in
            let diagonal = try DiagonalOfS.compute(here.jacobian, means: here.gradient.means)
            let expected = try DiagonalOfS.compute(alone.jacobian, means: alone.gradient.means)
            checkClose(
                diagonal.values, expected.values, relative: subject.rounding, absolute: subject.rounding,
                "\(name): diagonal")
            let reference = try SampleKernel(alone.jacobian, construction: .rows).gathered()
            for construction in [SampleKernel.Construction.gram, .rows] {
                let kernel = try SampleKernel(here.jacobian, construction: construction)
                checkClose(
                    try kernel.gathered(), reference, relative: 10 * subject.rounding, absolute: 10 * subject.rounding,
                    "\(name): T by \(construction)")
            }
        }
    },
    MPITest("SR equation: collectives of a minSR solve") { world in
        let shards = ShardSizes.every(ranks: world.size)[2]
        let all = RandomSamples(siteCount: 4, count: shards.total, weighted: false)
        let ansatz = RestrictedBoltzmannMachine(siteCount: 4, alpha: 2, options: LayerOptions(.complex128))
        let problem = try ShardedProblem(ansatz, all, shards, on: world)
        let minSR = equation(problem, all, shards.range(world.rank), scale: 0, momentum: 0)
        let (_, counts) = try world.counters.counting { try minSR.solve(CholeskySolver(), by: .samples) }
        // Jᵀ: the mean of M, and the sum over ranks.
        checkEqual(counts.allReduce.calls, 2, "allreduces")
        // Rank 0's solution.
        checkEqual(counts.broadcast.calls, world.size > 1 ? 1 : 0, "broadcasts")
        // Weights and sizes; inputs and cotangents of two dense layers (on more than one rank); row sums of the
        // centring; the size of the matrix where it stays on its rank.
        checkEqual(counts.allGather.calls, 2 + (world.size > 1 ? 4 : 1) + 1, "allgathers")
        // T; right-hand side.
        checkEqual(counts.gather.calls, world.size > 1 ? 2 : 0, "gathers")
    },
    MPITest("SR equation: singular systems end in a solution or in a documented outcome") { world in
        for subject in SingularSubject.allCases { try checkSingular(subject, on: world) }
    },
]

/// Systems whose S, or whose T, has no inverse.
private enum SingularSubject: CaseIterable {
    /// Fewer distinct samples than parameters.
    case duplicateSamples
    /// Fewer samples than parameters.
    case fewSamples
    /// More samples than parameters, some of which nothing depends on.
    case deadHiddenUnit

    var samplesPerRank: Int { self == .deadHiddenUnit ? 60 : 6 }
}

/// Every method in both spaces at zero shift.
private func checkSingular(_ subject: SingularSubject, on world: Communicator) throws {
    let tolerance = 1e-8
    let shards = ShardSizes(sizes: (0..<world.size).map { _ in subject.samplesPerRank })
    var samples = RandomSamples(siteCount: 4, count: shards.total, weighted: false)
    if subject == .duplicateSamples { samples.repeatFirstHalf() }
    let ansatz = RestrictedBoltzmannMachine(siteCount: 4, alpha: 2)
    let range = shards.range(world.rank)
    let state = NeuralQuantumState(ansatz, seed: 5, chunkRows: 2)
    if subject == .deadHiddenUnit {
        // tanh θ of a unit without weights and bias is zero at every sample.
        for (leaf, offset) in zip(state.layout.leaves, state.layout.offsets) {
            switch leaf.shape {
            case [8]: state.parameters[offset + 2] = 0
            case [4, 8]: for site in 0..<4 { state.parameters[offset + 8 * site + 2] = 0 }
            default: break
            }
        }
        state.parametersChanged()
    }
    let space = try SampleSpace(
        communicator: world, localCount: range.count, isComplex: state.isComplex, probabilities: nil)
    let jacobian = state.linearise(samples.configurations.rows(range), in: space)
    let energies = Array(samples.energies[2 * range.lowerBound..<2 * range.upperBound])
    let gradient = try EnergyGradient(jacobian, localEnergies: energies, mean: samples.mean)
    let singular = ReconfigurationEquation(
        jacobian: jacobian, gradient: gradient, localEnergies: energies, meanEnergy: samples.mean, diagonalShift: 0)
    let tensor = try QuantumGeometricTensor(jacobian, means: gradient.means)
    let diagonal = try DiagonalOfS.compute(jacobian, means: gradient.means)
    if subject == .deadHiddenUnit { check((0..<diagonal.count).contains { diagonal[$0] == 0 }, "the unit is not dead") }
    let trace = (0..<diagonal.count).reduce(0) { $0 + diagonal[$1] }
    let spread =
        (samples.energies.enumerated().reduce(0.0) { sum, energy in
            energy.offset % 2 == 0
                ? sum + (energy.element - samples.mean.real) * (energy.element - samples.mean.real) : sum
        } / Double(shards.total)).squareRoot()
    let iterative: [any ReconfigurationSolver] =
        conjugateGradients(ConjugateGradient(tolerance: tolerance, maximumIterations: 300))
        + [MinimalResidualSolver(MinimalResidual(tolerance: tolerance, maximumIterations: 300))]
    let direct: [any ReconfigurationSolver] = [
        CholeskySolver(), SmoothPseudoInverseSolver(cutoff: 1e-10, smoothTolerance: 1e-8),
    ]
    for solver in iterative + direct {
        for strategy in ReconfigurationStrategy.allCases {
            let name = "\(subject), \(solver), \(strategy)"
            let (direction, report) = try singular.solve(solver, by: strategy)
            check(direction.isFinite, "\(name): a direction that is not finite")
            check(report.residual.isFinite || report.outcome == .notFinite, "\(name): residual \(report.residual)")
            let codes = try world.allGather([Double(SolverOutcome.allCases.firstIndex(of: report.outcome) ?? -1)])
            check(codes.allSatisfy { $0 == codes[0] }, "\(name): ranks disagree on the outcome")
            // What fails is no worse than the zero that it started from.
            if report.outcome.isFailure { check(report.residual <= 1 + 1e-12, "\(name): residual \(report.residual)") }
            guard report.outcome == .converged, solver.name != "pinv_smooth" else { continue }
            if solver.work(by: strategy) != .factorisation {
                check(report.residual <= tolerance, "\(name): residual \(report.residual)")
            }
            // From the definition: ‖S δ − F‖, which in sample space is Aᵀ of the residual there.
            let image = direction.makeZero()
            try tensor.apply(direction, into: image)
            image.add(-1, times: gradient.forces)
            let bound = strategy.space == .parameters ? gradient.forces.norm() : trace.squareRoot() * spread
            check(
                image.norm() <= 2 * max(tolerance, report.residual) * bound,
                "\(name): \(image.norm()) is left of the forces, \(report)")
        }
    }
}
