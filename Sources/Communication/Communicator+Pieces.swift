extension Communicator {
    /// Calls `body` for consecutive pieces of at most ``pieceLimit`` of `count` elements, with the
    /// address and the number of elements of each, and throws the first error it returns.
    func inPieces(
        _ base: UnsafeMutableRawPointer?, count: Int, stride: Int, call: StaticString,
        _ body: (UnsafeMutableRawPointer, Int32) -> Int32
    ) throws(MPIError) {
        guard let base else { return }
        var start = 0
        while start < count {
            let piece = min(pieceLimit, count - start)
            counters.countMessage()
            try MPIError.check(body(base + start * stride, Int32(piece)), call)
            start += piece
        }
    }
}

/// How an uneven collective, whose messages differ in length from rank to rank, is cut into rounds
/// of which each has counts and displacements that fit an MPI count. The same on every rank.
struct Rounds {
    /// The most elements that a pair of ranks exchanges in one round.
    let length: Int
    let count: Int

    /// - Parameters:
    ///   - longest: the longest of the messages between two ranks.
    ///   - total: the most elements that any rank sends or receives.
    ///   - limit: the most elements in one MPI message.
    init(longest: Int, total: Int, size: Int, limit: Int) {
        if total <= limit {
            length = longest
            count = longest == 0 ? 0 : 1
        } else {
            length = max(1, limit / size)
            count = (longest + length - 1) / length
        }
    }

    /// The part of a message of `total` elements that travels in a round, possibly empty.
    func part(of total: Int, round: Int) -> Range<Int> {
        let start = min(round * length, total)
        return start..<min(start + length, total)
    }

    /// Counts and displacements of a round, packed one after the other in rank order.
    func layout(of totals: [Int], round: Int) -> (
        counts: [Int32], displacements: [Int32], total: Int
    ) {
        var counts: [Int32] = []
        var displacements: [Int32] = []
        counts.reserveCapacity(totals.count)
        displacements.reserveCapacity(totals.count)
        var offset = 0
        for total in totals {
            let count = part(of: total, round: round).count
            counts.append(Int32(count))
            displacements.append(Int32(offset))
            offset += count
        }
        return (counts, displacements, offset)
    }
}
