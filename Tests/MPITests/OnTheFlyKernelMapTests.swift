import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra

/// P positive numbers, the same on every rank.
private func positiveDiagonal(_ problem: ShardedProblem) -> ParameterVector {
    var generator = SplitMix64(seed: 51)
    let diagonal = problem.jacobian.makeDomainVector()
    for index in 0..<diagonal.count { diagonal[index] = Double.random(in: 0.5..<2, using: &generator) }
    return diagonal
}

/// The maps without T and with T, and what each counts per product.
private struct Maps {
    let onTheFly: OnTheFlyKernelMap
    let stored: SampleKernelMap

    /// Collective.
    init(_ problem: ShardedProblem, shift: Double, inverseDiagonal: ParameterVector?) throws {
        onTheFly = OnTheFlyKernelMap(
            problem.jacobian, means: problem.gradient.means, shift: shift, inverseDiagonal: inverseDiagonal)
        stored = SampleKernelMap(
            try SampleKernel(problem.jacobian, construction: .rows, inverseDiagonal: inverseDiagonal), shift: shift)
    }
}

/// Normal deviates, different on every rank.
private func deviates(_ map: OnTheFlyKernelMap, _ world: Communicator) -> SampleVector {
    var generator = SplitMix64(seed: UInt64(60 + world.rank))
    let x = map.makeDomainVector()
    x.fillWithNormalDeviates(using: &generator)
    return x
}

let onTheFlyKernelMapTests: [MPITest] = [
    MPITest("sample space without T: products and diagonal equal those of T") { world in
        try forEachShardedProblem(on: world) { subject, name, here, _ in
            for inverseDiagonal in [nil, positiveDiagonal(here)] {
                let maps = try Maps(here, shift: 0.3, inverseDiagonal: inverseDiagonal)
                let message = "\(name)\(inverseDiagonal == nil ? "" : ", with D")"
                let x = deviates(maps.onTheFly, world)
                let (image, expected) = (x.makeZero(), x.makeZero())
                try maps.onTheFly.apply(x, into: image)
                try maps.stored.apply(x, into: expected)
                checkClose(
                    image.values, expected.values, relative: 10 * subject.rounding, absolute: 10 * subject.rounding,
                    message)
                checkClose(
                    try maps.onTheFly.jacobiPreconditioner().inverse.values,
                    try maps.stored.jacobiPreconditioner().inverse.values, relative: 20 * subject.rounding,
                    "\(message): diagonal")
                for value in [2.0, 0] {
                    var stopFlag = world.rank == 0 ? value : 7
                    try maps.onTheFly.apply(x, into: image, stopFlag: &stopFlag)
                    checkEqual(stopFlag, value, message)
                }
                try checkEqual(maps.onTheFly.valueOfFirstRank(Double(world.rank + 4)), 4)
            }
        }
    },
    MPITest("sample space without T: the dot test, and √w in the null space") { world in
        try forEachShardedProblem(on: world) { subject, name, here, _ in
            let map = OnTheFlyKernelMap(here.jacobian, means: here.gradient.means, shift: 0)
            guard here.jacobian.space.totalCount > 1 else { return }
            var generator = SplitMix64(seed: UInt64(70 + world.rank))
            try check(dotTest(map, using: &generator) < (subject.ansatz.dataType.isSingle ? 1e-5 : 1e-13), name)
            let x = map.makeDomainVector()
            for sample in 0..<here.jacobian.space.localCount {
                x[sample * here.jacobian.space.components] = here.jacobian.space.weight(sample).squareRoot()
            }
            let image = x.makeZero()
            try map.apply(x, into: image)
            try check(image.norm() <= 10 * subject.rounding, "\(name): \(image.values)")
        }
    },
    MPITest("sample space without T: conjugate gradients, with and without preconditioner") { world in
        try forEachShardedProblem(on: world) { subject, name, here, alone in
            let single = subject.ansatz.dataType.isSingle
            let solver = ConjugateGradient(
                tolerance: single ? 1e-4 : 1e-11, maximumIterations: 500, residualInterval: 5)
            let maps = try Maps(here, shift: 0.1, inverseDiagonal: nil)
            // A right-hand side that is an image of A, as centred energies are.
            let centred = CentredJacobian(here.jacobian)
            let right = centred.makeCodomainVector()
            try centred.apply(here.vector(), into: right)
            let expected = right.makeZero()
            try checkEqual(solver.solve(maps.stored, right, into: expected).outcome, .converged, name)
            for isPreconditioned in [false, true] {
                let message = "\(name)\(isPreconditioned ? ", preconditioned" : "")"
                let x = right.makeZero()
                let preconditioner = isPreconditioned ? try maps.onTheFly.jacobiPreconditioner() : nil
                let before = maps.onTheFly.productCount
                let (report, counts) = try world.counters.counting {
                    try solver.solve(maps.onTheFly, right, into: x, preconditioner: preconditioner)
                }
                checkEqual(report.outcome, .converged, message)
                try checkEqual(
                    world.allGather([report.iterations]), [Int](repeating: report.iterations, count: world.size),
                    message)
                checkClose(
                    x.values, expected.values, relative: single ? 1e-2 : 1e-8, absolute: single ? 1e-2 : 1e-9, message)
                // Norms of b and of the guess, of the first residual and of the true one; two inner products in
                // every iteration but the one that carries the stop flag.
                let products = maps.onTheFly.productCount - before
                let scalars = report.iterations > 0 ? 4 + 2 * (report.iterations - 1) : 1
                checkEqual(counts.allReduce.calls, products + scalars, "\(message): allreduces")
                checkEqual(counts.broadcast.calls, report.iterations > 0 ? 1 : 0, "\(message): broadcasts")
                checkEqual(counts.allGather.calls, 0, "\(message): allgathers")
            }
        }
    },
    MPITest("sample space without T: one message per product") { world in
        for subject in shardedAnsatze {
            let problem = try ShardedProblem(
                subject.ansatz, RandomSamples(siteCount: 4, count: 17, weighted: false),
                ShardSizes.every(ranks: world.size)[2], on: world)
            let map = OnTheFlyKernelMap(problem.jacobian, means: problem.gradient.means, shift: 0.1)
            let x = deviates(map, world)
            let image = x.makeZero()
            let length = problem.state.trainedLayout.count + problem.jacobian.space.components + 1
            try checkEqual(
                world.counters.recording { try map.apply(x, into: image) }.records,
                [CollectiveRecord(kind: .allReduce, elements: length, bytes: 8 * length)], "\(subject)")
        }
    },
]
