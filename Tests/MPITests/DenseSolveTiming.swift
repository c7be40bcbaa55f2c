import Communication
import DistQGT
import DistQGTTestSupport
import Foundation
import LinearAlgebra

/// How long all ranks together take for a dense system, by Cholesky factorisation, and the first of them alone:
///
///     mpirun -n R mpi-tests --time-dense-solve N [REPEATS]
///
/// prints one JSON object. `Benchmarks/dense_solve.py` runs it.
enum DenseSolveTiming {
    static func run(size: Int, repeats: Int, on world: Communicator) throws -> Int32 {
        let rows = Shard.block(of: size, rank: world.rank, size: world.size)
        let entries = RealBuffer(count: rows.count * size)
        for (index, row) in rows.range.enumerated() {
            for column in 0..<size { entries.pointer[index * size + column] = entry(row, column, of: size) }
        }
        let right = (0..<size).map { 1 + Double($0 % 7) }
        let apart = try world.duplicate()
        var times: [String: [Double]] = ["shared": [], "messages": [], "alone": []]
        var solutions: [String: [Double]] = [:]
        for _ in 0..<repeats {
            for (name, ranks) in [("shared", world), ("messages", apart)] where world.size > 1 {
                let matrix = try DistributedSymmetricMatrix(
                    communicator: ranks, size: size, rowCount: rows.count, rows: entries)
                try world.barrier()
                let start = MPIEnvironment.wallClock
                let (part, _) = try matrix.solveByCholesky(Array(right[rows.range]))
                try world.barrier()
                times[name]?.append(MPIEnvironment.wallClock - start)
                solutions[name] = try apart.allGather(part)
            }
            if world.rank == 0 {
                let whole = RealBuffer(count: size * size)
                for row in 0..<size {
                    for column in 0...row { whole.pointer[row * size + column] = entry(row, column, of: size) }
                }
                let matrix = SymmetricMatrix(size: size, lowerTriangle: whole.pointer)
                let start = MPIEnvironment.wallClock
                solutions["alone"] = matrix.solveByCholesky(right).solution
                times["alone"]?.append(MPIEnvironment.wallClock - start)
            }
            try world.barrier()
        }
        guard world.rank == 0 else { return 0 }
        func difference(_ name: String) -> Double {
            guard let found = solutions[name], let expected = solutions["alone"] else { return 0 }
            let largest = expected.reduce(0) { max($0, abs($1)) }
            return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
        }
        let seconds = times.filter { !$0.value.isEmpty }.map {
            "\"\($0.key)\": \($0.value.sorted()[$0.value.count / 2])"
        }
        print(
            "{\"n\": \(size), \"ranks\": \(world.size), \"seconds\": {\(seconds.sorted().joined(separator: ", "))}, "
                + "\"shared_difference\": \(difference("shared")), \"messages_difference\": \(difference("messages"))}")
        fflush(nil)
        return 0
    }

    /// Definite: pseudo-random numbers, and a diagonal that outweighs them.
    private static func entry(_ row: Int, _ column: Int, of size: Int) -> Double {
        let (low, high) = (UInt64(min(row, column)), UInt64(max(row, column)))
        var generator = SplitMix64(seed: high << 32 | low)
        let deviate = Double(generator.next() >> 11) * 0x1p-53 - 0.5
        return row == column ? 1 + deviate * 0.1 : deviate / Double(size).squareRoot()
    }
}
