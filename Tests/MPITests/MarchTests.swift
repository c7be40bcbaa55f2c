import Communication
import DistQGT
import DistQGTTestSupport

/// MARCH as it is written down, on dense matrices in one process.
private struct DenseMarch {
    let scaling: MomentScaling
    let shift: Double
    let momentum: Double
    private(set) var moments: [Double]
    private(set) var direction: [Double]

    init(_ scaling: MomentScaling, shift: Double, momentum: Double, parameters: Int) {
        (self.scaling, self.shift, self.momentum) = (scaling, shift, momentum)
        moments = [Double](repeating: 0, count: parameters)
        direction = moments
    }

    /// D = √v̂ + ε with v̂ = v √P/‖v‖, of mean square 1.
    var diagonal: [Double] {
        let norm = moments.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return moments.map {
            (norm > 0 ? ($0 * Double(moments.count).squareRoot() / norm).squareRoot() : 1) + scaling.epsilon
        }
    }

    /// δ = D⁻¹Oᵀ(O D⁻¹ Oᵀ + ‖T‖ 11ᵀ/N + λ)⁻¹(e − μ O φ), φ ← δ + μ φ, v ← β₂ v + δ².
    ///
    /// - Parameters:
    ///   - rows: O, centred and times √w; by sample, then component.
    ///   - roots: √w.
    mutating func step(_ rows: [[Double]], _ energies: [Double], roots: [Double], components: Int) {
        let diagonal = diagonal
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let scaled = rows.map { row in zip(row, diagonal).map { $0 / $1 } }
        var matrix = rows.map { left in scaled.map { product(left, $0) } }
        let trace = matrix.indices.reduce(0) { $0 + matrix[$1][$1] }
        for row in matrix.indices {
            for column in matrix.indices where row % components == column % components {
                matrix[row][column] += trace * roots[row / components] * roots[column / components]
            }
            matrix[row][row] += shift
        }
        let right = zip(rows, energies).map { $1 - momentum * product($0, direction) }
        let a = solvedByElimination(matrix, right)
        let solution = diagonal.indices.map { index in
            a.indices.reduce(0) { $0 + scaled[$1][index] * a[$1] }
        }
        direction = zip(solution, direction).map { $0 + momentum * $1 }
        moments = zip(moments, solution).map { scaling.decay * $0 + $1 * $1 }
    }
}

/// O and e of a problem in one process: centred, times √w.
private func dense(
    _ alone: ShardedProblem, _ samples: RandomSamples
) -> (rows: [[Double]], energies: [Double], roots: [Double], components: Int) {
    let count = alone.state.trainedLayout.count
    let components = alone.jacobian.space.components
    let total = samples.configurations.count
    let stored = alone.jacobian.rows()
    let weights = samples.probabilities ?? [Double](repeating: 1 / Double(total), count: total)
    var rows = stride(from: 0, to: stored.count, by: count).map { Array(stored[$0..<$0 + count]) }
    for component in 0..<components {
        for column in 0..<count {
            let mean = (0..<total).reduce(0) { $0 + weights[$1] * rows[$1 * components + component][column] }
            for sample in 0..<total {
                let row = sample * components + component
                rows[row][column] = weights[sample].squareRoot() * (rows[row][column] - mean)
            }
        }
    }
    var energies: [Double] = []
    for sample in 0..<total {
        for component in 0..<components {
            let mean = component == 0 ? samples.mean.real : samples.mean.imaginary
            energies.append(weights[sample].squareRoot() * (samples.energies[2 * sample + component] - mean))
        }
    }
    return (rows, energies, weights.map { $0.squareRoot() }, components)
}

private let subjects: [(String, any Ansatz)] = [
    ("rbm complex", RestrictedBoltzmannMachine(siteCount: 4, alpha: 1, options: LayerOptions(.complex128))),
    ("ffnn", FeedForward(siteCount: 4, widths: [5, 3])),
    (
        "product with a frozen factor",
        FactorProduct([
            .init("0", Frozen(Jastrow(siteCount: 4))), .init("1", RestrictedBoltzmannMachine(siteCount: 4, alpha: 1)),
        ])
    ),
]

private let solvers: [(any ReconfigurationSolver, ReconfigurationStrategy)] = {
    let tight = ConjugateGradient(tolerance: 1e-13, maximumIterations: 2000)
    return [
        (CholeskySolver(), .samples), (CholeskySolver(), .parameters), (ConjugateGradientSolver(tight), .parameters),
        (ConjugateGradientSolver(tight), .samples), (ConjugateGradientSolver(tight), .samplesByProducts),
    ]
}()

let marchTests: [MPITest] = [
    MPITest("MARCH: steps are those of its definition on dense matrices, by every solver") { world in
        for (subject, ansatz) in subjects {
            for shards in ShardSizes.every(ranks: world.size) where shards.total > 1 {
                for weighted in [false, true] {
                    let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: weighted)
                    let here = try ShardedProblem(ansatz, samples, shards, on: world)
                    let alone = try ShardedProblem(alone: ansatz, samples)
                    let (rows, energies, roots, components) = dense(alone, samples)
                    let range = shards.range(world.rank)
                    let local = Array(samples.energies[2 * range.lowerBound..<2 * range.upperBound])
                    for (solver, strategy) in solvers {
                        let scaling = MomentScaling(decay: 0.9, epsilon: 0.05)
                        var reference = DenseMarch(
                            scaling, shift: 0.02, momentum: 0.7, parameters: here.state.trainedLayout.count)
                        let moments = SecondMoments(scaling)
                        var previous: ParameterVector?
                        for step in 0..<3 {
                            reference.step(rows, energies, roots: roots, components: components)
                            let equation = ReconfigurationEquation(
                                jacobian: here.jacobian, gradient: here.gradient, localEnergies: local,
                                meanEnergy: samples.mean, diagonalShift: 0.02, momentum: previous == nil ? 0 : 0.7,
                                previous: previous, weights: moments.diagonal(like: here.gradient.forces),
                                liftsMean: true)
                            let direction = try equation.solve(solver, by: strategy).direction
                            moments.add(direction, previous: previous, momentum: previous == nil ? 0 : 0.7)
                            previous = direction
                            let name = "\(subject), \(shards.sizes), \(solver.name) \(strategy), step \(step)"
                            checkClose(direction.values, reference.direction, relative: 1e-8, absolute: 1e-11, name)
                            checkClose(
                                moments.values ?? [], reference.moments, relative: 1e-7, absolute: 1e-11,
                                "\(name): moments")
                        }
                        // What a checkpoint has of it goes on alike.
                        let restored = SecondMoments(scaling)
                        restored.restore(moments.values)
                        checkSameBits(
                            restored.diagonal(like: here.gradient.forces).values.map(\.bitPattern),
                            moments.diagonal(like: here.gradient.forces).values.map(\.bitPattern), subject)
                    }
                }
            }
        }
    },
    MPITest("A shift in mean eigenvalues is that of the dense T") { world in
        for (subject, ansatz) in subjects {
            for shards in ShardSizes.every(ranks: world.size) where shards.total > 1 {
                let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: true)
                let here = try ShardedProblem(ansatz, samples, shards, on: world)
                let alone = try ShardedProblem(alone: ansatz, samples)
                let (rows, _, _, _) = dense(alone, samples)
                let weights = here.jacobian.makeDomainVector()
                for index in 0..<weights.count { weights[index] = 1 + 0.5 * Double(index % 3) }
                for isWeighted in [false, true] {
                    var trace = 0.0
                    for row in rows {
                        for index in row.indices {
                            trace += row[index] * row[index] / (isWeighted ? weights[index] : 1)
                        }
                    }
                    let shift = 0.3 * trace / Double(rows.count)
                    let range = shards.range(world.rank)
                    func direction(
                        _ shift: Double, isRelative: Bool, _ way: (any ReconfigurationSolver, ReconfigurationStrategy)
                    ) throws -> [Double] {
                        try ReconfigurationEquation(
                            jacobian: here.jacobian, gradient: here.gradient,
                            localEnergies: Array(samples.energies[2 * range.lowerBound..<2 * range.upperBound]),
                            meanEnergy: samples.mean, diagonalShift: shift, weights: isWeighted ? weights : nil,
                            isShiftRelative: isRelative
                        ).solve(way.0, by: way.1).direction.values
                    }
                    let expected = try direction(shift, isRelative: false, solvers[1])
                    for way in solvers {
                        checkClose(
                            try direction(0.3, isRelative: true, way), expected, relative: 1e-9, absolute: 1e-12,
                            "\(subject), \(shards.sizes), \(way.0.name) \(way.1)")
                    }
                }
            }
        }
    },
    MPITest("T with its null vector lifted is the dense T with tr T times the projector") { world in
        for (subject, ansatz) in subjects {
            for shards in ShardSizes.every(ranks: world.size) where shards.total > 1 {
                let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: true)
                let here = try ShardedProblem(ansatz, samples, shards, on: world)
                let (rows, _, roots, components) = dense(try ShardedProblem(alone: ansatz, samples), samples)
                let trace = rows.joined().reduce(0) { $0 + $1 * $1 }
                var expected: [Double] = []
                for left in rows.indices {
                    for right in rows.indices {
                        var entry = zip(rows[left], rows[right]).reduce(0) { $0 + $1.0 * $1.1 }
                        if left % components == right % components {
                            entry += trace * roots[left / components] * roots[right / components]
                        }
                        expected.append(entry)
                    }
                }
                for construction in [SampleKernel.Construction.gram, .rows] {
                    checkClose(
                        try SampleKernel(here.jacobian, construction: construction, liftsMean: true).gathered(),
                        expected,
                        relative: 1e-11, absolute: 1e-12, "\(subject), \(shards.sizes), by \(construction)")
                }
            }
            // Sums in blocks: the same bits on any number of ranks.
            for blocks in [(5, 2), (17, 3)].map({ BlockPartition(total: $0.0, length: $0.1) }) {
                let samples = RandomSamples(siteCount: 4, count: blocks.total, weighted: false)
                func direction(_ communicator: Communicator, lifts: Bool) throws -> [Double] {
                    let problem = try ShardedProblem(ansatz, samples, blocks, on: communicator)
                    let range = blocks.shard(rank: communicator.rank, size: communicator.size).range
                    return try ReconfigurationEquation(
                        jacobian: problem.jacobian, gradient: problem.gradient,
                        localEnergies: Array(samples.energies[2 * range.lowerBound..<2 * range.upperBound]),
                        meanEnergy: samples.mean, diagonalShift: 0.02, liftsMean: lifts
                    ).solve(CholeskySolver(), by: .samples).direction.values
                }
                let here = try direction(world, lifts: true)
                checkSameBits(
                    here.map(\.bitPattern), try direction(.alone(), lifts: true).map(\.bitPattern),
                    "\(subject), \(blocks)")
                checkClose(
                    here, try direction(world, lifts: false), relative: 1e-9, absolute: 1e-12,
                    "\(subject), \(blocks): the direction does not know it")
            }
        }
    },
]
