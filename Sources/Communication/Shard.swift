/// One rank's contiguous part of a list of items that is spread over ranks.
public struct Shard: Sendable, Equatable {
    /// Global index of the first item.
    public let offset: Int
    /// Number of items; a rank may hold none.
    public let count: Int

    public init(offset: Int, count: Int) {
        self.offset = offset
        self.count = count
    }

    /// Global indices of the items.
    public var range: Range<Int> { offset..<(offset + count) }

    /// The block partition of `total` items over `size` ranks: consecutive blocks in rank order, of
    /// which the first `total % size` hold one item more than the others. Local.
    ///
    /// - Precondition: `total ≥ 0` and `0 ≤ rank < size`.
    public static func block(of total: Int, rank: Int, size: Int) -> Shard {
        precondition(total >= 0, "a list cannot hold \(total) items")
        precondition(rank >= 0 && rank < size, "rank \(rank) is not one of \(size) ranks")
        let (quotient, remainder) = total.quotientAndRemainder(dividingBy: size)
        return Shard(
            offset: rank * quotient + min(rank, remainder),
            count: quotient + (rank < remainder ? 1 : 0))
    }
}
