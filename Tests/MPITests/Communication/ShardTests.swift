import Communication
import DistQGT

let shardTests: [MPITest] = [
    MPITest("shard: the ranks' blocks cover a list in order") { world in
        for total in [0, 1, 2, 3, 4, 7, 12, 1001] {
            let shard = Shard.block(of: total, rank: world.rank, size: world.size)
            try checkEqual(world.allReduce(shard.count), total, "sum of counts")
            try checkEqual(
                world.allGather(Array(shard.range)), Array(0..<total), "concatenated indices")
            let most = try world.allReduce(shard.count, .maximum)
            let fewest = try world.allReduce(shard.count, .minimum)
            check(most - fewest <= 1, "\(total) items: \(fewest) to \(most) per rank")
        }
    }
]
