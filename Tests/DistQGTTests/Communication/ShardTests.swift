import Communication
import DistQGT
import Testing

@Suite struct ShardTests {
    @Test("Shard: blocks cover the list in order and differ by at most one item")
    func shardBlocksCover() {
        for size in 1...9 {
            for total in 0...40 {
                let shards = (0..<size).map { Shard.block(of: total, rank: $0, size: size) }
                #expect(shards.flatMap { Array($0.range) } == Array(0..<total))
                let counts = shards.map(\.count)
                #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
                // The longer blocks come first, total % size of them.
                #expect(counts == counts.sorted(by: >))
                if total % size != 0 {
                    #expect(counts.filter { $0 == total / size + 1 }.count == total % size)
                }
            }
        }
    }

    @Test("Shard: the last ranks are empty when there are more ranks than items")
    func shardEmptyRanks() {
        let counts = (0..<7).map { Shard.block(of: 3, rank: $0, size: 7).count }
        #expect(counts == [1, 1, 1, 0, 0, 0, 0])
        #expect(Shard.block(of: 3, rank: 6, size: 7) == Shard(offset: 3, count: 0))
    }

    @Test("Shard: totals beyond 32 bits")
    func shardLargeTotals() {
        let total = 10_000_000_019
        let last = Shard.block(of: total, rank: 9_999, size: 10_000)
        #expect(last.range.upperBound == total)
        #expect(last.count == 1_000_000)
    }
}
