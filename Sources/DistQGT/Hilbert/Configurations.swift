/// A batch of spin configurations: `count` rows of `siteCount` values ±1, row-major.
public struct Configurations: Sendable, Equatable {
    public let siteCount: Int
    public var spins: [Int8]
    public var count: Int { siteCount == 0 ? 0 : spins.count / siteCount }

    /// - Precondition: `spins.count` is a multiple of `siteCount`.
    public init(siteCount: Int, spins: [Int8] = []) {
        precondition(siteCount > 0 && spins.count % siteCount == 0)
        self.siteCount = siteCount
        self.spins = spins
    }

    public init(siteCount: Int, repeating value: Int8, count: Int) {
        self.init(siteCount: siteCount, spins: [Int8](repeating: value, count: siteCount * count))
    }

    /// Some rows, in this order.
    func rows(_ indices: [Int]) -> Configurations {
        var spins: [Int8] = []
        spins.reserveCapacity(indices.count * siteCount)
        for index in indices { spins += self[row: index] }
        return Configurations(siteCount: siteCount, spins: spins)
    }

    /// Of ascending rows that are kept, those of each block of rows, numbered among the kept ones.
    static func ranges(of kept: [Int], in blocks: [Range<Int>]) -> [Range<Int>] {
        var next = 0
        return blocks.map { block in
            let first = next
            while next < kept.count, kept[next] < block.upperBound { next += 1 }
            return first..<next
        }
    }

    /// Row `index`, a copy of N values.
    public subscript(row index: Int) -> ArraySlice<Int8> {
        spins[index * siteCount..<(index + 1) * siteCount]
    }
}
