import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra

/// A geometric tensor whose products one rank gets wrong: what mixed processors do in the last bits, and worse.
///
/// For ranks with vectors of their own, as those of different nodes have them: what is in common cannot differ.
private final class DisturbedTensor: SymmetricMap {
    private let tensor: QuantumGeometricTensor
    private let disturb: (_ product: Int, _ image: ParameterVector) -> Void
    private(set) var productCount = 0

    init(_ tensor: QuantumGeometricTensor, _ disturb: @escaping (Int, ParameterVector) -> Void) {
        self.tensor = tensor
        self.disturb = disturb
    }

    func makeDomainVector() -> ParameterVector { tensor.makeDomainVector() }
    func makeCodomainVector() -> ParameterVector { tensor.makeCodomainVector() }
    func apply(_ x: ParameterVector, into y: ParameterVector, stopFlag: inout Double) throws {
        try tensor.apply(x, into: y, stopFlag: &stopFlag)
        productCount += 1
        disturb(productCount, y)
    }
    func valueOfFirstRank(_ value: Double) throws -> Double { try tensor.valueOfFirstRank(value) }
}

/// The same on every rank. Collective.
private func checkAgreement<Value: MPIScalar & Equatable>(
    _ value: Value, _ world: Communicator, _ message: String
) throws {
    try checkEqual(world.allGather([value]), [Value](repeating: value, count: world.size), message)
}

private func checkAgreement(_ report: SolverReport, _ world: Communicator, _ message: String) throws {
    try checkAgreement(report.iterations, world, "\(message): iterations")
    // The outcome's name as a number, for the message.
    let outcome = report.outcome.rawValue.utf8.reduce(0) { ($0 &* 31) &+ Int($1) }
    try checkAgreement(outcome, world, "\(message): outcome")
}

let conjugateGradientTests: [MPITest] = [
    MPITest("conjugate gradients: the solution of one process, and one report on all ranks") { world in
        try forEachShardedProblem(on: world) { subject, name, here, alone in
            let single = subject.ansatz.dataType.isSingle
            let solver = ConjugateGradient(
                tolerance: single ? 1e-5 : 1e-12, maximumIterations: 500, residualInterval: 5)
            func solve(
                _ problem: ShardedProblem, _ centring: QuantumGeometricTensor.Centring
            ) throws -> (ParameterVector, SolverReport) {
                let s = try QuantumGeometricTensor(
                    problem.jacobian, means: problem.gradient.means, diagonalShift: 0.1, centring: centring)
                let x = s.makeDomainVector()
                return (x, try solver.solve(s, problem.gradient.forces, into: x))
            }
            let (expected, expectedReport) = try solve(alone, .fused)
            checkEqual(expectedReport.outcome, .converged, name)
            for centring in QuantumGeometricTensor.Centring.allCases {
                let (solution, report) = try solve(here, centring)
                let message = "\(name), \(centring.rawValue)"
                checkEqual(report.outcome, .converged, message)
                check(report.residual <= solver.tolerance, message)
                try checkAgreement(report, world, message)
                // The order of sums may move the end a little, the more so the more iterations there are.
                let slack = max(1, expectedReport.iterations / 10)
                check(
                    abs(report.iterations - expectedReport.iterations) <= slack,
                    "\(message): \(report.iterations) iterations, alone \(expectedReport.iterations)")
                checkClose(
                    solution.values, expected.values, relative: single ? 1e-3 : 1e-10, absolute: single ? 1e-5 : 1e-12,
                    message)
                let everywhere = try world.allGather(solution.values)
                for rank in 0..<world.size {
                    let range = rank * solution.count..<(rank + 1) * solution.count
                    checkClose(
                        Array(everywhere[range]), solution.values, relative: single ? 1e-3 : 1e-10,
                        absolute: 1e-14, "\(message): rank \(rank)")
                }
            }
        }
    },
    MPITest("conjugate gradients: ranks that round differently stop together", sharesMemory: false) { world in
        let samples = RandomSamples(siteCount: 4, count: 17, weighted: false)
        let shards = ShardSizes.every(ranks: world.size)[2]
        let problem = try ShardedProblem(shardedAnsatze[1].ansatz, samples, shards, on: world)
        for size in [1e-15, 1e-9] {
            var generator = SplitMix64(seed: UInt64(100 + world.rank))
            let s = try DisturbedTensor(QuantumGeometricTensor(problem.jacobian, diagonalShift: 0.01)) { _, image in
                for index in 0..<image.count { image[index] *= 1 + size * generator.normalDeviate() }
            }
            let x = s.makeDomainVector()
            let report = try ConjugateGradient(tolerance: 1e-6, maximumIterations: 500, residualInterval: 3)
                .solve(s, problem.gradient.forces, into: x)
            checkEqual(report.outcome, .converged, "rounding of \(size)")
            try checkAgreement(report, world, "rounding of \(size)")
            try checkAgreement(s.productCount, world, "rounding of \(size): products")
        }
    },
    MPITest("conjugate gradients: a rank that meets a negative curvature alone follows rank 0", sharesMemory: false) {
        world in
        let samples = RandomSamples(siteCount: 4, count: 17, weighted: false)
        let shards = ShardSizes.every(ranks: world.size)[2]
        let problem = try ShardedProblem(shardedAnsatze[1].ansatz, samples, shards, on: world)
        // Just where the residual is replaced, just before and just after.
        for failing in 2...4 {
            for factor in [-1, Double.nan] {
                let s = try DisturbedTensor(QuantumGeometricTensor(problem.jacobian, diagonalShift: 0.01)) {
                    product, image in
                    if product == failing && world.rank == world.size - 1 { image.scale(by: factor) }
                }
                let x = s.makeDomainVector()
                let report = try ConjugateGradient(tolerance: 1e-6, maximumIterations: 60, residualInterval: 3)
                    .solve(s, problem.gradient.forces, into: x)
                let message = "product \(failing) times \(factor)"
                // With directions that differ between ranks the solution means nothing; the ranks must end together.
                // Product 4 is the residual that replaces the recursive one: a wrong sign there shows later, or never.
                if world.size == 1, failing < 4 || factor.isNaN {
                    checkEqual(report.outcome, factor == -1 ? .notPositiveDefinite : .notFinite, message)
                }
                try checkAgreement(report, world, message)
                try checkAgreement(s.productCount, world, "\(message): products")
            }
        }
    },
    MPITest("conjugate gradients: with the Jacobi preconditioner, the same solution and one report") { world in
        try forEachShardedProblem(on: world) { subject, name, here, alone in
            let single = subject.ansatz.dataType.isSingle
            let solver = ConjugateGradient(
                tolerance: single ? 1e-5 : 1e-12, maximumIterations: 500, residualInterval: 5)
            func tensor(_ problem: ShardedProblem) throws -> (QuantumGeometricTensor, ParameterVector) {
                let diagonalOfS = try DiagonalOfS.compute(problem.jacobian, means: problem.gradient.means)
                let scaled = diagonalOfS.makeZero()
                scaled.add(0.1, times: diagonalOfS)
                return (
                    try QuantumGeometricTensor(
                        problem.jacobian, means: problem.gradient.means, diagonalShift: 0.02, diagonal: scaled),
                    diagonalOfS
                )
            }
            let (expectedTensor, _) = try tensor(alone)
            let expected = expectedTensor.makeDomainVector()
            let plain = try solver.solve(expectedTensor, alone.gradient.forces, into: expected)
            checkEqual(plain.outcome, .converged, name)
            let (s, diagonalOfS) = try tensor(here)
            let preconditioner = try s.jacobiPreconditioner(diagonalOfS: diagonalOfS)
            let x = s.makeDomainVector()
            let (report, counts) = try world.counters.counting {
                try solver.solve(s, here.gradient.forces, into: x, preconditioner: preconditioner)
            }
            checkEqual(report.outcome, .converged, name)
            try checkAgreement(report, world, name)
            // One allreduce per product, and the broadcast of the outcome: vectors are replicated.
            checkEqual(counts.allReduce.calls, s.productCount, "\(name): allreduces")
            // In single precision the true residual may say that rounding wants the iteration started again, which one CPU
            // does and another does not: then there is an outcome for each start.
            let outcomes = counts.broadcast.calls
            checkEqual(counts.calls, s.productCount + outcomes, "\(name): collectives")
            check(
                report.iterations == 0 ? outcomes == 0 : single ? 1...2 ~= outcomes : outcomes == 1,
                "\(name): \(outcomes) broadcasts of the outcome")
            checkClose(
                x.values, expected.values, relative: single ? 2e-3 : 1e-9, absolute: single ? 1e-4 : 1e-11, name)
        }
    },
]
