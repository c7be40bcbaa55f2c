import DistQGT

/// A random space of few sites of several kinds, with sums that some configuration has.
package struct RandomSpace {
    package let localSpaces: [LocalSpace]
    package let sums: [ConservedSum]

    package init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let kinds: [LocalSpace] = [.spinHalf, .spin(doubled: 2), .spin(doubled: 3), .bosons(maximum: 3), .electrons]
        let mixes = seed % 2 == 0
        let one: LocalSpace = seed % 5 == 0 ? .mode : kinds[Int.random(in: 0..<kinds.count, using: &random)]
        let localSpaces = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            mixes ? kinds[Int.random(in: 0..<kinds.count, using: &random)] : one
        }
        let member = localSpaces.map { Int.random(in: 0..<$0.dimension, using: &random) }
        sums = (0..<Int(seed % 4)).map { _ in
            let sites = localSpaces.indices.filter { _ in Int.random(in: 0..<3, using: &random) > 0 }
            let values = sites.map { site in
                (0..<localSpaces[site].dimension).map { _ in Int.random(in: -2...2, using: &random) }
            }
            let total = zip(sites, values).reduce(0) { $0 + $1.1[member[$1.0]] }
            return ConservedSum(sites: sites, values: values, total: total)
        }
        self.localSpaces = localSpaces
    }

    /// All configurations that have the sums, by counting through all products of local states.
    package func configurations() -> [[Int8]] {
        var all: [[Int]] = [[]]
        // The site that is added last is the fastest.
        let order = localSpaces.allSatisfy { $0 == .mode } ? localSpaces.indices.reversed() : Array(localSpaces.indices)
        for site in order { all = all.flatMap { states in (0..<localSpaces[site].dimension).map { states + [$0] } } }
        return all.map { states in
            var bySite = [Int](repeating: 0, count: states.count)
            for (site, state) in zip(order, states) { bySite[site] = state }
            return bySite
        }
        .filter { states in
            sums.allSatisfy { sum in zip(sum.sites, sum.values).reduce(0) { $0 + $1.1[states[$1.0]] } == sum.total }
        }
        .map { states in states.indices.map { localSpaces[$0].codes[states[$0]] } }
    }
}
