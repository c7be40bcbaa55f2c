import LinearAlgebra

/// From the word of a configuration to its place in the basis, fast enough for the inner loop of
/// H·x.
protocol StateRanking {
    func rank(_ state: UInt64) -> Int
}

/// The whole space: the word is the place.
struct WholeSpaceRanking: StateRanking {
    @inline(__always) func rank(_ state: UInt64) -> Int { Int(truncatingIfNeeded: state) }
}

/// A sector, by two tables over the halves of the word (Lin, Phys. Rev. B 42, 6561 (1990)): the
/// place of the first state with a given upper half, plus the place of the lower half among those
/// with as many spins down.
final class TableRanking: StateRanking {
    /// Tables of 2^22 entries at most.
    static let maximumSites = 44

    private let lowerBits: UInt64
    private let lowerMask: UInt64
    private let tables: Buffer<UInt32>
    private let upper: UnsafeMutablePointer<UInt32>
    private let lower: UnsafeMutablePointer<UInt32>

    /// - Precondition: a sector of at most 2^32 states of at most `maximumSites` spins.
    init?(_ space: SpinWordNumbering) {
        guard let down = space.downCount, space.siteCount <= TableRanking.maximumSites,
            space.dimension <= Int(UInt32.max)
        else { return nil }
        let low = space.siteCount / 2
        let high = space.siteCount - low
        lowerBits = UInt64(low)
        lowerMask = (1 << UInt64(low)) - 1
        tables = Buffer(uninitialisedCount: (1 << high) + (1 << low))
        upper = tables.pointer
        lower = tables.pointer + (1 << high)
        // Place among the patterns with as many set bits: one counter per number of set bits.
        var placed = [UInt32](repeating: 0, count: low + 1)
        for pattern in 0..<1 << low {
            let ones = pattern.nonzeroBitCount
            (lower + pattern).initialize(to: placed[ones])
            placed[ones] += 1
        }
        var first = 0
        for pattern in 0..<1 << high {
            (upper + pattern).initialize(to: UInt32(truncatingIfNeeded: first))
            let rest = down - pattern.nonzeroBitCount
            if rest >= 0 { first += Binomials.choose(low, rest) }
        }
    }

    @inline(__always) func rank(_ state: UInt64) -> Int {
        Int(upper[Int(truncatingIfNeeded: state >> lowerBits)])
            + Int(lower[Int(truncatingIfNeeded: state & lowerMask)])
    }
}

/// A sector with too many spins for tables (few of them down, or it would not fit in memory).
struct CombinatorialRanking: StateRanking {
    let space: SpinWordNumbering
    @inline(__always) func rank(_ state: UInt64) -> Int { space.rank(of: state) }
}
