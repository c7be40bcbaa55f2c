import Communication

/// The next generation from the last: each walker's copies, on the ranks that have their numbers. Of the copies of a walker the
/// first goes on where it was going; the others are left undecided.
///
/// A copy that stays on its rank is no message. Numbers follow the order of the walkers, so that between two neighbouring ranks
/// as many walkers go as the ranks before have copies too many or too few, and the generation is the same on any number of ranks.
struct PopulationBranching {
    /// On this rank, walkers from and to other ranks.
    private(set) var sent = 0

    /// Collective: point to point.
    ///
    /// - Parameters:
    ///   - last: this rank's walkers of the last generation.
    ///   - next: overwritten; this rank's walkers of the next.
    ///   - copyStarts: of each rank the number of the first copy of its walkers, and M.
    ///   - starts: of each rank the number of the first walker that it is to have, and M.
    ///   - boundaries: of each local walker the number of its first copy, and the last number + 1.
    init(
        from last: WalkerPopulation, into next: WalkerPopulation, copyStarts: [Int], starts: [Int],
        over communicator: Communicator, boundaries: [Int]
    ) throws {
        let rank = communicator.rank
        let own = starts[rank]..<starts[rank + 1]
        precondition(next.count == own.count, "\(own.count) walkers in a place of \(next.count)")
        let sends = Self.parts(copyStarts[rank]..<copyStarts[rank + 1], starts, except: rank)
        let receives = Self.parts(own, copyStarts, except: rank)
        let bytes = last.messageBytes
        sent = sends.reduce(0) { $0 + $1.count }
        var message = [UInt8](repeating: 0, count: sent * bytes)
        message.withUnsafeMutableBytes { message in
            var place = 0
            for walker in 0..<last.count {
                let numbers = boundaries[walker]..<boundaries[walker + 1]
                for number in numbers {
                    let isFirst = number == numbers.lowerBound
                    if own.contains(number) {
                        next.copy(walker, of: last, to: number - own.lowerBound)
                        if !isFirst { next.rows[number - own.lowerBound].move = WalkerPopulation.undecided }
                    } else if let base = message.baseAddress {
                        last.write(walker, isFirst: isFirst, into: base + place)
                        place += bytes
                    }
                }
            }
        }
        let scaled = { (parts: [ExchangedPart]) in parts.map { ExchangedPart(rank: $0.rank, count: $0.count * bytes) } }
        let received = try communicator.exchange(message, to: scaled(sends), from: scaled(receives))
        received.withUnsafeBytes { received in
            var place = 0
            for part in receives {
                let first = max(own.lowerBound, copyStarts[part.rank])
                for number in first..<first + part.count {
                    if let base = received.baseAddress { next.read(base + place, to: number - own.lowerBound) }
                    place += bytes
                }
            }
        }
    }

    /// The ranks, but for one, whose numbers overlap with a range, and by how many.
    private static func parts(_ range: Range<Int>, _ starts: [Int], except rank: Int) -> [ExchangedPart] {
        (0..<starts.count - 1).compactMap { other in
            let overlap = range.clamped(to: starts[other]..<starts[other + 1])
            return other == rank || overlap.isEmpty ? nil : ExchangedPart(rank: other, count: overlap.count)
        }
    }
}
