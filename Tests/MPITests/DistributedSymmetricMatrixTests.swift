import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra

/// How n rows are dealt out to the ranks, by name.
private func distributions(_ n: Int, ranks: Int) -> [(name: String, counts: [Int])] {
    var uneven = (0..<ranks).map { $0 % 2 == 0 ? n / (2 * ranks) : 0 }
    uneven[0] += n - uneven.reduce(0, +)
    return [
        ("even", (0..<ranks).map { Shard.block(of: n, rank: $0, size: ranks).count }),
        ("uneven", uneven),
        ("last", (0..<ranks).map { $0 == ranks - 1 ? n : 0 }),
    ]
}

/// A system that every rank knows whole, and this rank's rows of it.
private struct System {
    let size: Int
    let entries: [Double]
    let right: [Double]
    let shift: Double
    let rows: Range<Int>

    init(_ entries: [Double], _ right: [Double], shift: Double, _ counts: [Int], _ rank: Int) {
        size = right.count
        self.entries = entries
        self.right = right
        self.shift = shift
        let first = counts[..<rank].reduce(0, +)
        rows = first..<first + counts[rank]
    }

    var alone: SymmetricMatrix { SymmetricMatrix(size: size, entries: entries, addedDiagonal: [shift]) }

    func distributed(_ world: Communicator) throws -> DistributedSymmetricMatrix {
        try DistributedSymmetricMatrix(
            communicator: world, size: size, rowCount: rows.count,
            entries: Array(entries[rows.lowerBound * size..<rows.upperBound * size]), addedDiagonal: [shift])
    }
}

private enum Method: CaseIterable {
    case cholesky, pseudoInverse

    func solve(_ matrix: SymmetricMatrix, _ b: [Double]) -> (solution: [Double], report: SolverReport) {
        switch self {
        case .cholesky: matrix.solveByCholesky(b)
        case .pseudoInverse: matrix.solveBySmoothPseudoInverse(b, cutoff: 1e-10, smoothTolerance: 1e-8)
        }
    }

    func solve(
        _ matrix: DistributedSymmetricMatrix, _ b: [Double]
    ) throws -> (solution: [Double], report: SolverReport) {
        switch self {
        case .cholesky: try matrix.solveByCholesky(b)
        case .pseudoInverse: try matrix.solveBySmoothPseudoInverse(b, cutoff: 1e-10, smoothTolerance: 1e-8)
        }
    }
}

/// Both methods twice in turn, on one rank and on all: the same outcome on every rank, the same solution to 1e-10.
private func checkSolves(_ system: System, on world: Communicator, _ name: String) throws {
    let alone = system.alone
    let distributed = try system.distributed(world)
    for method in Method.allCases + Method.allCases {
        let message = "\(name): \(method)"
        let (expected, expectedReport) = method.solve(alone, system.right)
        let (solution, report) = try method.solve(distributed, Array(system.right[system.rows]))
        checkEqual(report.outcome, expectedReport.outcome, message)
        checkEqual(report.iterations, expectedReport.iterations, message)
        checkClose(
            try world.allGather(solution), expected, relative: 1e-10, message)
        let residuals = try world.allGather([report.residual])
        check(residuals.allSatisfy { $0 == residuals[0] || $0.isNaN && residuals[0].isNaN }, message)
        checkEqual(report.residual.isNaN, expectedReport.residual.isNaN, message)
        if !report.residual.isNaN {
            checkClose(
                report.residual, expectedReport.residual, relative: 1e-8, absolute: 1e-13, "\(message): residual")
        }
    }
}

private func forEachDistribution(
    of sizes: [Int], on world: Communicator,
    _ body: (_ size: Int, _ counts: [Int], _ name: String, inout SplitMix64) throws -> Void
) throws {
    for size in sizes {
        for (name, counts) in distributions(size, ranks: world.size) {
            var generator = SplitMix64(seed: UInt64(size))
            try body(size, counts, "\(size) rows, \(name)", &generator)
        }
    }
}

/// In memory that all ranks share, and with messages alone.
let distributedSymmetricMatrixTests = [false, true].flatMap { tests(byMessages: $0) }

private func tests(byMessages: Bool) -> [MPITest] {
    let way = byMessages ? "by messages" : "in shared memory"
    return [
        MPITest("distributed matrix: definite systems, \(way)", sharesMemory: !byMessages) { world in
            // Fewer rows than ranks, one block, several blocks, several rounds of blocks on each rank.
            try forEachDistribution(of: [1, 2, 3, 5, 31, 130, 300], on: world) { size, counts, name, generator in
                let map = DenseSymmetricMap(
                    eigenvalues: (0..<size).map { _ in Double.random(in: 0.01..<10, using: &generator) },
                    using: &generator)
                let right = (0..<size).map { _ in generator.normalDeviate() }
                for shift in [0, 0.5] {
                    let system = System(map.entries, right, shift: shift, counts, world.rank)
                    try checkSolves(system, on: world, "\(name), shift \(shift)")
                    let report = try system.distributed(world).solveByCholesky(Array(right[system.rows])).report
                    checkEqual(report.outcome, .converged)
                }
            }
        },
        MPITest("distributed matrix: singular and indefinite systems, \(way)", sharesMemory: !byMessages) { world in
            try forEachDistribution(of: [2, 5, 130], on: world) { size, counts, name, generator in
                let right = (0..<size).map { _ in generator.normalDeviate() }
                // A row and a column of zeros: a pivot that is exactly 0.
                var dead = DenseSymmetricMap(eigenvalues: (0..<size).map { 1 + Double($0) }, using: &generator).entries
                for index in 0..<size {
                    dead[index * size + size / 2] = 0
                    dead[size / 2 * size + index] = 0
                }
                let unshifted = System(dead, right, shift: 0, counts, world.rank)
                try checkSolves(unshifted, on: world, "\(name), dead row")
                try checkEqual(
                    unshifted.distributed(world).solveByCholesky(Array(right[unshifted.rows])).report.outcome,
                    .notPositiveDefinite)
                try checkSolves(
                    System(dead, right, shift: 0.1, counts, world.rank), on: world, "\(name), dead row, shift")
                let indefinite = DenseSymmetricMap(
                    eigenvalues: (0..<size).map { $0 % 2 == 0 ? 1 + Double($0) : -2 }, using: &generator)
                try checkSolves(
                    System(indefinite.entries, right, shift: 0, counts, world.rank), on: world, "\(name), indefinite")
                // Rank one: all but one direction are left out.
                let vector = (0..<size).map { _ in generator.normalDeviate() }
                let outer = vector.flatMap { x in vector.map { x * $0 } }
                let (solution, report) = try System(outer, right, shift: 0, counts, world.rank).distributed(world)
                    .solveBySmoothPseudoInverse(
                        Array(right[unshifted.rows]), cutoff: 1e-10, smoothTolerance: 0)
                checkEqual(report.outcome, .converged)
                let square = vector.reduce(0) { $0 + $1 * $1 }
                let overlap = zip(vector, right).reduce(0) { $0 + $1.0 * $1.1 }
                checkClose(
                    try world.allGather(solution), vector.map { $0 * overlap / (square * square) }, relative: 1e-10,
                    "\(name), rank one")
            }
        },
        MPITest(
            "distributed matrix: numbers that are not finite, a vanishing right-hand side, \(way)",
            sharesMemory: !byMessages
        ) { world in
            try forEachDistribution(of: [1, 5, 70], on: world) { size, counts, name, generator in
                let map = DenseSymmetricMap(eigenvalues: [Double](repeating: 2, count: size), using: &generator)
                let right = (0..<size).map { _ in generator.normalDeviate() }
                for value in [Double.nan, .infinity] {
                    // In one row only, and so on one rank only.
                    var broken = map.entries
                    broken[size * size - 1] = value
                    try checkSolves(
                        System(broken, right, shift: 0.1, counts, world.rank), on: world, "\(name), \(value) in A")
                    var brokenRight = right
                    brokenRight[0] = value
                    try checkSolves(
                        System(map.entries, brokenRight, shift: 0.1, counts, world.rank), on: world,
                        "\(name), \(value) in b")
                    try checkSolves(
                        System(map.entries, right, shift: value, counts, world.rank), on: world,
                        "\(name), shift \(value)")
                }
                try checkSolves(
                    System(map.entries, [Double](repeating: 0, count: size), shift: 0.1, counts, world.rank), on: world,
                    "\(name), b = 0")
            }
            // No rows at all.
            try checkSolves(
                System([], [], shift: 0.1, [Int](repeating: 0, count: world.size), world.rank), on: world, "no rows")
        },
        MPITest("distributed matrix: T and S of a network, \(way)", sharesMemory: !byMessages) { world in
            try forEachShardedProblem(on: world, shardedAnsatze.filter { !$0.ansatz.dataType.isSingle }) {
                _, name, here, alone in
                let shift = 0.05
                // Sample space: the right-hand side is any vector on the samples.
                let kernel = try SampleKernel(here.jacobian)
                let own = here.jacobian.logPsi
                let right = stride(from: 0, to: own.count, by: 2 / here.jacobian.space.components).map { own[$0] }
                let reference = SymmetricMatrix(
                    size: kernel.size, entries: try SampleKernel(alone.jacobian).gathered(), addedDiagonal: [shift])
                let matrix = try DistributedSymmetricMatrix(
                    communicator: world, size: kernel.size, rowCount: kernel.rowCount, rows: kernel.entries,
                    addedDiagonal: [shift])
                checkEqual(matrix.rows.offset, kernel.firstRow, name)
                for method in Method.allCases {
                    checkClose(
                        try world.allGather(method.solve(matrix, right).solution),
                        method.solve(reference, try world.allGather(right)).solution, relative: 1e-10,
                        "\(name), T: \(method)")
                }
                // Parameter space.
                let tensor = try QuantumGeometricTensor(here.jacobian, means: here.gradient.means, diagonalShift: shift)
                let (rows, entries) = try tensor.materialisedRows()
                let dense = try tensor.materialised()
                let count = here.state.trainedLayout.count
                let rowsOfDense = Array(dense[rows.offset * count..<(rows.offset + rows.count) * count])
                checkClose(Array(entries.buffer), rowsOfDense, absolute: 1e-14, "\(name): rows of S")
                let forces = here.gradient.forces.values
                let distributed = try DistributedSymmetricMatrix(
                    communicator: world, size: count, rowCount: rows.count, rows: entries)
                for method in Method.allCases {
                    checkClose(
                        try world.allGather(method.solve(distributed, Array(forces[rows.range])).solution),
                        method.solve(SymmetricMatrix(size: count, entries: dense), forces).solution, relative: 1e-10,
                        "\(name), S: \(method)")
                }
            }
        },
    ]
}
