import Communication
import DistQGT

let collectiveCounterTests: [MPITest] = [
    MPITest("counters: calls and bytes by kind") { world in
        try world.barrier()
        _ = try world.broadcast([1.0, 2.0, 3.0])
        _ = try world.allReduce(Float(1))
        var parameters = [Double](repeating: 1, count: 100)
        try world.allReduce(&parameters)
        let own = [Int32](repeating: 1, count: world.rank)
        _ = try world.gather(own)
        _ = try world.allGather(own)
        _ = try world.allToAll([[Int8]](repeating: [1, 2], count: world.size))

        let counts = world.counters.snapshot
        let expected: [CollectiveKind: (calls: Int, bytes: Int)] = [
            .barrier: (1, 0), .broadcast: (1, 24), .allReduce: (2, 804),
            .gather: (1, 4 * world.rank), .allGather: (1, 4 * world.rank),
            .allToAll: (1, 2 * world.size),
        ]
        for kind in CollectiveKind.allCases {
            checkEqual(counts[kind].calls, expected[kind]?.calls ?? -1, "calls of \(kind)")
            checkEqual(counts[kind].bytes, expected[kind]?.bytes ?? -1, "bytes of \(kind)")
        }
        checkEqual(counts.calls, 7)
        checkEqual((world.counters.snapshot - counts).calls, 0)
    },
    MPITest("counters: a recording tells scalars from parameter vectors") { world in
        var parameters = [Double](repeating: 1, count: 100)
        let records = try world.counters.recording {
            _ = try world.allReduce(1.0)
            try world.allReduce(&parameters)
            try world.barrier()
        }.records
        checkEqual(
            records,
            [
                CollectiveRecord(kind: .allReduce, elements: 1, bytes: 8),
                CollectiveRecord(kind: .allReduce, elements: 100, bytes: 800),
                CollectiveRecord(kind: .barrier, elements: 0, bytes: 0),
            ])
    },
]
