import Communication

/// The range of the codes that occur on each site.
package struct CodeSpread {
    /// Of each site the largest code + 129 and the largest of 129 − code; 0 as long as there was none.
    private var occurrences: [Int32]
    private let siteCount: Int

    /// - Parameter occurrences: those that there have been, 2 for each site; nil for none.
    package init(siteCount: Int, occurrences: [Int]? = nil) {
        self.siteCount = siteCount
        self.occurrences =
            occurrences?.map { Int32(truncatingIfNeeded: $0) } ?? [Int32](repeating: 0, count: 2 * siteCount)
        precondition(self.occurrences.count == 2 * siteCount)
    }

    /// The occurrences of all that was added on all ranks. Collective: one allreduce.
    package func occurrences(over communicator: Communicator) throws -> [Int] {
        var all = occurrences
        try communicator.allReduce(&all, .maximum)
        return all.map { Int($0) }
    }

    /// Local.
    package mutating func add(_ configurations: Configurations) {
        precondition(configurations.siteCount == siteCount)
        occurrences.withUnsafeMutableBufferPointer { occurrences in
            configurations.spins.withUnsafeBufferPointer { spins in
                for first in stride(from: 0, to: spins.count, by: siteCount) {
                    for site in 0..<siteCount {
                        let code = Int32(spins[first + site])
                        occurrences[2 * site] = max(occurrences[2 * site], 129 + code)
                        occurrences[2 * site + 1] = max(occurrences[2 * site + 1], 129 - code)
                    }
                }
            }
        }
    }

    /// Whether all that was added on all ranks is one configuration. Collective: one allreduce.
    package func isNarrow(over communicator: Communicator) throws -> Bool {
        let all = try occurrences(over: communicator)
        return (0..<siteCount).allSatisfy { all[2 * $0] > 0 && all[2 * $0] + all[2 * $0 + 1] == 258 }
    }
}
