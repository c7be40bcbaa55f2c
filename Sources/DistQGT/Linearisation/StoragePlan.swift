/// Places arrays whose lifetimes are known into one region: arrays that are alive together never
/// overlap. First fit in order of birth.
package struct StoragePlan: Sendable {
    package struct Interval {
        let id: Int
        let size: Int
        /// First and last time step at which the array is in use, inclusive.
        let start: Int
        let end: Int
    }

    /// Offset by id; −1 where no array was asked for.
    package private(set) var offsets: [Int]
    /// Size of the region.
    package private(set) var total = 0

    package init(_ intervals: [Interval], idCount: Int) {
        offsets = .init(repeating: -1, count: idCount)
        var placed: [(interval: Interval, offset: Int)] = []
        for interval in intervals.sorted(by: { ($0.start, $0.id) < ($1.start, $1.id) }) {
            let neighbours =
                placed
                .filter { $0.interval.end >= interval.start && $0.interval.start <= interval.end }
                .sorted { $0.offset < $1.offset }
            var offset = 0
            for neighbour in neighbours {
                if neighbour.offset - offset >= interval.size { break }
                offset = max(offset, neighbour.offset + neighbour.interval.size)
            }
            placed.append((interval, offset))
            offsets[interval.id] = offset
            total = max(total, offset + interval.size)
        }
    }

    /// The same plan seen by the members of groups: member i lies where group `groups[i]` does (−1: nowhere).
    package func spread(over groups: [Int]) -> StoragePlan {
        var copy = self
        copy.offsets = groups.map { $0 < 0 ? -1 : offsets[$0] }
        return copy
    }
}
