import Communication
import DistQGTTestSupport

/// What passes through memory that ranks share, against messages.
let nodeMemoryTests: [MPITest] = [
    MPITest("memory of a node: sums of any length are those of messages, the same bits on every rank") { world in
        let apart = try world.duplicate()
        try check(apart.nodeMemory() == nil, "a duplicate has none")
        // None, one line and less, several, and more than fit the window at once.
        for count in [0, 1, 7, 8, 9, 64, 1000, 32_768, 32_769, 70_001] {
            for round in 0..<3 {
                var generator = SplitMix64(seed: UInt64(100 * count + 10 * round + world.rank))
                let own = (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
                var sums = own
                try world.allReduce(&sums)
                var expected = own
                try apart.allReduce(&expected)
                checkClose(sums, expected, absolute: 1e-14 * Double(world.size), "\(count) numbers")
                let ofAll = try apart.allGather(sums.map(\.bitPattern))
                check(
                    ofAll.indices.allSatisfy { ofAll[$0] == ofAll[$0 % max(1, count)] }, "\(count) numbers: equal bits")
            }
        }
        try apart.free()
    },
    MPITest("memory of a node: concatenations of uneven parts, between sums") { world in
        for base in [0, 1, 5, 3000, 40_000] {
            let lengths = (0..<world.size).map { $0 % 3 == 1 ? 0 : base + $0 }
            let own = (0..<lengths[world.rank]).map { Double(1000 * world.rank + $0 % 1000) }
            var all = [Double](repeating: -1, count: max(1, lengths.reduce(0, +)))
            try own.withUnsafeBufferPointer { own in
                try all.withUnsafeMutableBufferPointer { all in
                    if let all = all.baseAddress { try world.allGather(own, lengths: lengths, into: all) }
                }
            }
            let expected = lengths.enumerated().flatMap { rank, count in
                (0..<count).map { Double(1000 * rank + $0 % 1000) }
            }
            checkEqual(Array(all.prefix(expected.count)), expected, "\(base)")
            try checkEqual(world.allReduce(Double(world.rank)), Double(world.size * (world.size - 1) / 2))
        }
    },
    MPITest("memory of a node: tasks are done once each") { world in
        guard let node = try world.nodeMemory(), let memory = try node.workspace(count: 500) else {
            // Hosts of one rank each share nothing.
            let ranks = try world.splitByNode()
            checkEqual(ranks.size, 1, "ranks of one node without memory")
            return try ranks.free()
        }
        for count in [0, 1, 3, 500] {
            if memory.rank == 0 { memory.pointer.update(repeating: 0, count: 500) }
            memory.barrier()
            memory.share(count) { memory.pointer[$0] += Double($0 + 1) }
            for task in 0..<500 { checkEqual(memory.pointer[task], task < count ? Double(task + 1) : 0) }
            memory.barrier()
        }
        // The same memory again, and more of it.
        try check(node.workspace(count: 100) === memory)
        let larger = try node.workspace(count: 2000)
        check(larger.map { $0.count >= 2000 } ?? false)
    },
]
