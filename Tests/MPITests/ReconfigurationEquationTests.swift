import DistQGT
import DistQGTTestSupport

private let tight = ConjugateGradient(tolerance: 1e-13, maximumIterations: 2000)

/// Every solver in every space, by name.
private func solutions(
    _ equation: ReconfigurationEquation
) throws -> [(name: String, direction: ParameterVector)] {
    let minimal = MinimalResidual(tolerance: 1e-13, maximumIterations: 2000)
    let methods: [(String, ReconfigurationMethod)] = [
        ("cg", .conjugateGradient(tight)), ("minres", .minimalResidual(minimal)), ("cholesky", .cholesky),
        ("pinv_smooth", .smoothPseudoInverse(cutoff: 1e-14, smoothTolerance: 1e-14)),
    ]
    var all: [(String, ParameterVector)] = []
    for (name, method) in methods {
        all.append(("\(name), parameters", try equation.solveInParameterSpace(method).direction))
        all.append(("\(name), samples", try equation.solveInSampleSpace(method).direction))
    }
    all.append(("cholesky, rows", try equation.solveInSampleSpace(.cholesky, construction: .rows).direction))
    return all
}

private func equation(
    _ problem: ShardedProblem, _ samples: RandomSamples, _ range: Range<Int>, scale: Double, momentum: Double,
    distributedSize: Int = ReconfigurationEquation.distributedSize
) -> ReconfigurationEquation {
    ReconfigurationEquation(
        jacobian: problem.jacobian, gradient: problem.gradient,
        localEnergies: Array(samples.energies[2 * range.lowerBound ..< 2 * range.upperBound]),
        meanEnergy: samples.mean, diagonalShift: 0.05, diagonalScale: scale, momentum: momentum,
        previous: momentum == 0 ? nil : problem.vector(), distributedSize: distributedSize)
}

let reconfigurationEquationTests: [MPITest] = [
    MPITest("SR equation: every solver in both spaces equals Cholesky of one process") { world in
        let subjects: [(String, any Ansatz)] = [
            ("rbm complex", RestrictedBoltzmannMachine(siteCount: 4, alpha: 1, dataType: .complex128)),
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
                    ).solveInParameterSpace(.cholesky).direction
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
        let ansatz = RestrictedBoltzmannMachine(siteCount: 4, alpha: 2, dataType: .complex128)
        let problem = try ShardedProblem(ansatz, all, shards, on: world)
        let minSR = equation(problem, all, shards.range(world.rank), scale: 0, momentum: 0)
        let (_, counts) = try world.counters.counting { try minSR.solveInSampleSpace(.cholesky) }
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
    MPITest("SR equation: duplicate samples and zero shift") { world in
        // Fewer distinct samples than parameters, and no shift at all: S and T are singular.
        let shards = ShardSizes(sizes: (0..<world.size).map { _ in 6 })
        var samples = RandomSamples(siteCount: 4, count: shards.total, weighted: false)
        samples.repeatFirstHalf()
        let ansatz = RestrictedBoltzmannMachine(siteCount: 4, alpha: 2)
        let problem = try ShardedProblem(ansatz, samples, shards, on: world)
        let range = shards.range(world.rank)
        let singular = ReconfigurationEquation(
            jacobian: problem.jacobian, gradient: problem.gradient,
            localEnergies: Array(samples.energies[2 * range.lowerBound ..< 2 * range.upperBound]),
            meanEnergy: samples.mean, diagonalShift: 0)
        let iterative: [ReconfigurationMethod] = [
            .conjugateGradient(ConjugateGradient(tolerance: 1e-8, maximumIterations: 300)),
            .minimalResidual(MinimalResidual(tolerance: 1e-8, maximumIterations: 300)),
            .cholesky, .smoothPseudoInverse(cutoff: 1e-10, smoothTolerance: 1e-8),
        ]
        for method in iterative {
            for inSampleSpace in [false, true] {
                let (direction, report) = inSampleSpace
                    ? try singular.solveInSampleSpace(method) : try singular.solveInParameterSpace(method)
                check(direction.isFinite, "\(method): a solution that is not finite")
                let outcomes = try world.allReduce(report.outcome == .converged ? 1 : 0)
                check(outcomes == 0 || outcomes == world.size, "\(method): ranks disagree on the outcome")
            }
        }
    },
]
