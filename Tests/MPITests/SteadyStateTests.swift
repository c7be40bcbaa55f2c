import AllocationCounter
import DistQGT
import DistQGTTestSupport

/// Allocations of the fourth step of an optimisation; the steps before have grown what grows once.
private func allocations(_ vmc: GroundStateDriver) throws -> Int {
    for _ in 0..<3 { _ = try vmc.advance() }
    let before = allocation_count()
    _ = try vmc.advance()
    return allocation_count() - before
}

/// A fixed number of iterations: a tolerance that is not reached.
private var settings: UpdateSettings {
    var settings = UpdateSettings()
    settings.learningRate = 1e-3
    settings.solver = ConjugateGradient(tolerance: 1e-300, maximumIterations: 5)
    return settings
}

let steadyStateTests: [MPITest] = [
    // What a step takes from the heap (arrays of its report, its statistics, its vectors) is a fixed number of pieces,
    // whatever the numbers of samples, chunks, chains, proposals.
    MPITest("steady state: no allocation per sample, chunk, chain or proposal") { world in
        guard allocations_are_counted() != 0 else { return }
        let problem = try SmallProblem.heisenberg(sites: 6, signRule: true)
        func counted(_ ansatz: any Ansatz, chains: Int, samples: Int) throws -> Int {
            try allocations(problem.metropolis(ansatz, chains: chains, samples: samples, settings, on: world))
        }
        let ansatze: [(String, any Ansatz)] = [
            ("rbm", RestrictedBoltzmannMachine(siteCount: 6, alpha: 2, options: LayerOptions(.complex128))),
            ("ffnn", FeedForward(siteCount: 6, widths: [8, 8])),
        ]
        for (name, ansatz) in ansatze {
            let few = try counted(ansatz, chains: 8 * world.size, samples: 256 * world.size)
            for (chains, samples) in [(8, 2048), (64, 2048), (64, 16384)] {
                let many = try counted(ansatz, chains: chains * world.size, samples: samples * world.size)
                check(
                    many <= few + 16,
                    "\(name): \(few) allocations at 256 samples, \(many) at \(samples) in \(chains) chains")
            }
        }
    },
    MPITest("steady state: no allocation per operation of the tape and product") { world in
        guard allocations_are_counted() != 0 else { return }
        let problem = try SmallProblem.heisenberg(sites: 6, signRule: true)
        let samples = RandomSamples(siteCount: 6, count: 40, weighted: false)
        for layers in [1, 6] {
            let sharded = try ShardedProblem(
                FeedForward(siteCount: problem.siteCount, widths: [Int](repeating: 8, count: layers)), samples,
                ShardSizes(sizes: (0..<world.size).map { $0 == 0 ? 40 : 0 }), on: world)
            let tensor = try QuantumGeometricTensor(
                sharded.jacobian, means: sharded.gradient.means, diagonalShift: 0.01)
            let (v, image) = (sharded.vector(), sharded.vector().makeZero())
            try tensor.apply(v, into: image)
            let before = allocation_count()
            for _ in 0..<10 { try tensor.apply(v, into: image) }
            let perProduct = Double(allocation_count() - before) / 10
            // The message itself (MPI's requests, on several ranks) takes some.
            check(perProduct <= (world.size == 1 ? 0 : 40), "\(layers) layers: \(perProduct) allocations per product")
        }
    },
]
