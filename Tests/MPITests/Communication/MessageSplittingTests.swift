import DistQGT

/// Piece limits below, at and above what the ranks hold, and smaller than the number of ranks.
private let limits = [1, 2, 3, 5, 7, 16, 1000]

let messageSplittingTests: [MPITest] = [
    MPITest("splitting: broadcast and allreduce in pieces", sharesMemory: false) { world in
        for limit in limits {
            world.pieceLimit = limit
            for count in [0, 1, 7, 15, 32] {
                let pieces = (count + limit - 1) / limit
                var values = (0..<count).map { Double($0 * (world.rank + 1)) }
                let reduction = try world.counters.counting { try world.allReduce(&values) }
                let factor = world.size * (world.size + 1) / 2
                checkEqual(values, (0..<count).map { Double($0 * factor) }, "limit \(limit)")
                checkEqual(reduction.counts.messages, pieces, "pieces of the allreduce")
                checkEqual(reduction.counts.allReduce.calls, 1)
                checkEqual(reduction.counts.allReduce.bytes, 8 * count)

                let root = world.size - 1
                var buffer = (0..<count).map { Float($0 + 100 * world.rank) }
                let broadcast = try world.counters.counting {
                    try buffer.withUnsafeMutableBufferPointer {
                        try world.broadcast($0, from: root)
                    }
                }
                checkEqual(buffer, (0..<count).map { Float($0 + 100 * root) }, "limit \(limit)")
                checkEqual(broadcast.counts.messages, pieces, "pieces of the broadcast")
                checkEqual(broadcast.counts.broadcast.calls, 1)
                checkEqual(broadcast.counts.broadcast.bytes, 4 * count)
            }
        }
    },
    MPITest("splitting: gather and allgather whose displacements pass the limit", sharesMemory: false) { world in
        for limit in limits {
            world.pieceLimit = limit
            for scale in [0, 1, 4, 9] {
                // Rank 1, if there is one, holds nothing.
                func part(_ rank: Int) -> [Int32] {
                    (0..<(rank == 1 ? 0 : scale * (rank + 1))).map { Int32(100 * rank + $0) }
                }
                let expected = (0..<world.size).flatMap(part)
                let all = try world.counters.counting { try world.allGather(part(world.rank)) }
                checkEqual(all.result, expected, "limit \(limit), scale \(scale)")
                checkEqual(all.counts.calls, 1)
                checkEqual(all.counts.allGather.bytes, 4 * part(world.rank).count)
                if expected.count > limit {
                    let longest = (0..<world.size).map { part($0).count }.max() ?? 0
                    let length = max(1, limit / world.size)
                    let rounds = (longest + length - 1) / length
                    checkEqual(all.counts.messages, 1 + rounds, "lengths, then rounds")
                } else {
                    check(all.counts.messages <= 2, "lengths, then one message")
                }
                let lengths = (0..<world.size).map { part($0).count }
                let inPlace = try world.counters.counting {
                    try allGathered(part(world.rank), lengths: lengths, on: world)
                }
                checkEqual(inPlace.result, expected, "limit \(limit), scale \(scale)")
                checkEqual(inPlace.counts.messages, all.counts.messages - 1, "no lengths")
                let root = world.size / 2
                let gathered = try world.gather(part(world.rank), to: root)
                checkEqual(gathered, world.rank == root ? expected : nil, "limit \(limit)")
            }
        }
    },
    MPITest("splitting: all-to-all in rounds", sharesMemory: false) { world in
        func message(from source: Int, to target: Int, scale: Int) -> [Int64] {
            (0..<(scale * ((source + 3 * target) % 4))).map {
                Int64(10_000 * source + 1000 * target + $0)
            }
        }
        for limit in limits {
            world.pieceLimit = limit
            for scale in [0, 1, 6] {
                let toEach = (0..<world.size).map {
                    message(from: world.rank, to: $0, scale: scale)
                }
                let exchange = try world.counters.counting { try world.allToAll(toEach) }
                checkEqual(
                    exchange.result,
                    (0..<world.size).map { message(from: $0, to: world.rank, scale: scale) },
                    "limit \(limit), scale \(scale)")
                checkEqual(exchange.counts.calls, 1)
                checkEqual(exchange.counts.allToAll.bytes, 8 * toEach.reduce(0) { $0 + $1.count })
            }
        }
    },
]
