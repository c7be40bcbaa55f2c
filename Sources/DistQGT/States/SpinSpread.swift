import Communication

/// The spins that occur on each site.
struct SpinSpread {
    /// Of each site: 1 as soon as there was a spin up, then 1 as soon as there was one down.
    private var occurrences: [Int32]
    private let siteCount: Int

    /// - Parameter occurrences: those that there have been, 2 for each site; nil for none.
    init(siteCount: Int, occurrences: [Int]? = nil) {
        self.siteCount = siteCount
        self.occurrences = occurrences?.map { $0 == 0 ? 0 : 1 } ?? [Int32](repeating: 0, count: 2 * siteCount)
        precondition(self.occurrences.count == 2 * siteCount)
    }

    /// The occurrences of all that was added on all ranks. Collective: one allreduce.
    func occurrences(over communicator: Communicator) throws -> [Int] {
        var all = occurrences
        try communicator.allReduce(&all, .maximum)
        return all.map { Int($0) }
    }

    /// Local.
    mutating func add(_ configurations: Configurations) {
        precondition(configurations.siteCount == siteCount)
        occurrences.withUnsafeMutableBufferPointer { occurrences in
            configurations.spins.withUnsafeBufferPointer { spins in
                for first in stride(from: 0, to: spins.count, by: siteCount) {
                    for site in 0..<siteCount { occurrences[2 * site + (spins[first + site] < 0 ? 1 : 0)] = 1 }
                }
            }
        }
    }

    /// Whether all that was added on all ranks is one configuration. Collective: one allreduce.
    func isNarrow(over communicator: Communicator) throws -> Bool {
        let all = try occurrences(over: communicator)
        return (0..<siteCount).allSatisfy { all[2 * $0] + all[2 * $0 + 1] == 1 }
    }
}
