import Communication
import DistQGT
import LinearAlgebra
import Measurement

/// Dense solves of a matrix whose rows are spread over the ranks: by rank 0 alone, to which it is sent, and by all.
enum DenseSolveTimings {
    /// Collective.
    static func table(upTo largest: Int, on world: Communicator, _ stopwatch: Stopwatch) throws -> String {
        var lines: [[String]] = []
        var size = 256
        while size <= largest {
            let matrix = Rows(size, on: world)
            var line = ["\(size)"]
            for method in Method.allCases {
                // An eigensystem takes some fifty times as long.
                guard method == .cholesky || size <= largest / 2 else {
                    line += ["", ""]
                    continue
                }
                line.append(Figures.milliseconds(try stopwatch.seconds { try matrix.solveOnFirstRank(method) }))
                line.append(Figures.milliseconds(try stopwatch.seconds { try matrix.solveOnAllRanks(method) }))
            }
            lines.append(line)
            size = size * 3 / 2 <= largest && size.nonzeroBitCount == 1 ? size * 3 / 2 : (size + 2) / 3 * 4
        }
        return Figures.table(
            [
                "milliseconds, by rows", "Cholesky, one rank", "Cholesky, all", "pinv_smooth, one rank",
                "pinv_smooth, all",
            ],
            lines)
    }

    enum Method: CaseIterable { case cholesky, smoothPseudoInverse }

    /// This rank's rows of a diagonally dominant matrix, and its part of a right-hand side.
    private struct Rows {
        let world: Communicator
        let size: Int
        let shard: Shard
        let entries: RealBuffer
        let right: [Double]

        init(_ size: Int, on world: Communicator) {
            self.world = world
            self.size = size
            shard = .block(of: size, rank: world.rank, size: world.size)
            entries = RealBuffer(count: shard.count * size)
            for row in shard.range {
                for column in 0..<size {
                    let distance = Double(abs(row - column))
                    entries.pointer[(row - shard.offset) * size + column] =
                        row == column ? 4 : 1 / (1 + distance * distance)
                }
            }
            right = shard.range.map { 1 / Double(1 + $0) }
        }

        func solveOnAllRanks(_ method: Method) throws {
            let matrix = try DistributedSymmetricMatrix(
                communicator: world, size: size, rowCount: shard.count, rows: entries)
            switch method {
            case .cholesky: _ = try matrix.solveByCholesky(right)
            case .smoothPseudoInverse:
                _ = try matrix.solveBySmoothPseudoInverse(right, cutoff: 1e-14, smoothTolerance: 1e-14)
            }
        }

        func solveOnFirstRank(_ method: Method) throws {
            let whole = try world.gather(Array(entries.buffer))
            let wholeRight = try world.gather(right)
            var solution = [Double](repeating: 0, count: size)
            if let whole, let wholeRight {
                let matrix = SymmetricMatrix(size: size, entries: whole)
                switch method {
                case .cholesky: solution = matrix.solveByCholesky(wholeRight).solution
                case .smoothPseudoInverse:
                    solution =
                        matrix.solveBySmoothPseudoInverse(
                            wholeRight, cutoff: 1e-14, smoothTolerance: 1e-14
                        ).solution
                }
            }
            _ = try world.broadcast(solution)
        }
    }
}
