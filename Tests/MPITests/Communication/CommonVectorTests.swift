import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra

/// Vectors that the ranks of a node have in common, against each rank's own.
let commonVectorTests: [MPITest] = [
    MPITest("vectors in common: every operation has the bits of a rank's own vectors") { world in
        guard let memory = world.replicatedMemory else {
            return try checkEqual(world.nodeMemory() == nil, true, "ranks share memory and have no vectors in common")
        }
        // Less than a tile, whole tiles, and more tiles than ranks.
        for count in [1, 511, 512, 513, 5000] {
            let layout = ParameterLayout(leaves: [Leaf(name: "a", shape: [count], isComplex: false)])
            var generator = SplitMix64(seed: UInt64(count))
            let values = (0..<3).map { _ in (0..<count).map { _ in generator.normalDeviate() } }
            func results(in memory: (any ReplicatedMemory)?) -> [[Double]] {
                let vectors = values.map { values in
                    let vector = ParameterVector(layout, in: memory)
                    vector.setEach { values[$0] }
                    return vector
                }
                let (x, y, z) = (vectors[0], vectors[1], vectors[2])
                let products = ParameterVector.dots([(x, y), (y, y), (x, z)])
                x.add(0.3, times: y)
                y.scale(by: -1.5, adding: x)
                z.assign(product: x, y)
                let largest = z.largestMagnitude()
                let inverse = z.makeZero()
                inverse.assign(from: y)
                inverse.invert(atLeast: 0.1)
                inverse.scale(by: 2)
                let norm = inverse.norm()
                let kept = [x, y, z, inverse]
                for vector in kept { vector.publish() }
                return kept.map(\.values) + [products, [largest, norm]]
            }
            checkEqual(results(in: memory), results(in: nil), "\(count) numbers")
        }
    },
    MPITest("vectors in common: sums of terms, parts delivered once in a node, memory handed out again") { world in
        guard let memory = world.replicatedMemory else { return }
        for count in [1, 7, 512, 1300, 20_000] {
            guard let sum = NodeSum(world, count: count) else { return check(false, "no sum") }
            for round in 0..<3 {
                var generator = SplitMix64(seed: UInt64(100 * count + 10 * round + world.rank))
                let own = (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
                sum.terms.update(from: own, count: count)
                let result = memory.makeBuffer(count: count)
                try sum.sum { part, sums in (result.pointer + part.lowerBound).update(from: sums, count: part.count) }
                var expected = own
                try world.allReduce(&expected)
                checkEqual(Array(result.buffer), expected, "\(count) numbers: the bits of an allreduce")
            }
        }
        // What everyone has let go of is taken first; what somebody holds is not.
        var first: RealBuffer? = memory.makeBuffer(count: 300_000)
        let address = first?.pointer
        let second = memory.makeBuffer(count: 300_000)
        check(second.pointer != address)
        first = nil
        memory.barrier()
        checkEqual(memory.makeBuffer(count: 250_000).pointer, address, "memory is handed out again")
        check(memory.makeBuffer(count: 300_000).buffer.allSatisfy { $0 == 0 }, "zeros")
    },
    MPITest("vectors in common: a solve makes no message inside a node") { world in
        guard try world.sharesAllMemory(), world.replicatedMemory != nil else { return }
        let shards = ShardSizes.every(ranks: world.size)[2]
        let ansatz = RestrictedBoltzmannMachine(siteCount: 6, alpha: 2, options: LayerOptions(.complex128))
        let problem = try ShardedProblem(
            ansatz, RandomSamples(siteCount: 6, count: shards.total, weighted: false), shards, on: world)
        let tensor = try QuantumGeometricTensor(
            problem.jacobian, means: problem.gradient.means, diagonalShift: 0.1)
        let x = problem.gradient.forces.makeZero()
        let (report, counts) = try world.counters.counting {
            try ConjugateGradient(tolerance: 1e-8, maximumIterations: 100).solve(
                tensor, problem.gradient.forces, into: x)
        }
        checkEqual(report.outcome, .converged)
        check(counts.allReduce.calls > 1)
        // The broadcast of the outcome alone is one.
        checkEqual(counts.messages, counts.broadcast.calls, "messages")
    },
]
