/// How often the local states of a few sites occur together among all configurations of a space.
///
/// The other sites are added one after the other: a table over the values that the conserved sums have so far counts their
/// configurations. Sites that are alike, in their local states and in what these add to the sums, are exchangeable, so that
/// a table serves all choices of sites of the same kinds.
struct SectorMarginals {
    /// Values of the conserved sums that are counted at most.
    static let largestTable = 1 << 24
    /// Joint states of some sites that are listed at most.
    static let mostJointStates = 1 << 20

    /// A kind of sites.
    private struct Kind: Hashable {
        /// By local state what each sum gains, at least 0.
        let gains: [[Int]]
    }

    private let siteCount: Int
    private let kindOfSite: [Int]
    private let kinds: [Kind]
    /// What the sums have to gain in all.
    private let totals: [Int]
    private let strides: [Int]
    private let tableSize: Int
    /// By the sorted kinds of the sites that are left out.
    private var tables: [[Int]: [Double]] = [:]

    /// - Throws: `HilbertSpaceError.tooManyPartialSums`.
    init(_ space: HilbertSpace) throws(HilbertSpaceError) {
        siteCount = space.siteCount
        var gains = space.localSpaces.map { local in
            [[Int]](repeating: [Int](repeating: 0, count: space.conservedSums.count), count: local.dimension)
        }
        var totals = space.conservedSums.map(\.total)
        for (number, sum) in space.conservedSums.enumerated() {
            let least = sum.values.map { $0.min() ?? 0 }
            let most = sum.values.map { $0.max() ?? 0 }
            // Counted from the nearer end, so that the table is short.
            let fromAbove = most.reduce(0, +) - sum.total < sum.total - least.reduce(0, +)
            totals[number] = fromAbove ? most.reduce(0, +) - sum.total : sum.total - least.reduce(0, +)
            for (place, site) in sum.sites.enumerated() {
                for (state, value) in sum.values[place].enumerated() {
                    gains[site][state][number] = fromAbove ? most[place] - value : value - least[place]
                }
            }
        }
        var (numbers, kinds, kindOfSite) = ([Kind: Int](), [Kind](), [Int]())
        for gains in gains {
            let kind = Kind(gains: gains)
            if numbers[kind] == nil {
                numbers[kind] = kinds.count
                kinds.append(kind)
            }
            kindOfSite.append(numbers[kind] ?? 0)
        }
        var (strides, size) = ([Int](), 1)
        for total in totals {
            strides.append(size)
            let (product, overflow) = size.multipliedReportingOverflow(by: max(0, total) + 1)
            guard !overflow, product <= Self.largestTable else { throw .tooManyPartialSums(siteCount: siteCount) }
            size = product
        }
        self.totals = totals
        self.kinds = kinds
        self.kindOfSite = kindOfSite
        self.strides = strides
        tableSize = size
    }

    /// The probability of every joint state of some sites, where all configurations are equally likely.
    ///
    /// - Parameter sites: distinct.
    /// - Returns: one number for each product of their local states, those of the first site slowest.
    /// - Throws: `HilbertSpaceError.noStates`; `.tooManyPartialSums` where there are too many joint states.
    mutating func probabilities(of sites: [Int]) throws(HilbertSpaceError) -> [Double] {
        let table = counts(without: sites.map { kindOfSite[$0] }.sorted())
        var joint: [[Int]] = [totals]
        for site in sites {
            let gains = kinds[kindOfSite[site]].gains
            guard joint.count * gains.count <= Self.mostJointStates else {
                throw .tooManyPartialSums(siteCount: siteCount)
            }
            joint = joint.flatMap { rest in gains.map { gain in zip(rest, gain).map { $0 - $1 } } }
        }
        let counts = joint.map { rest in
            rest.allSatisfy { $0 >= 0 } ? table[zip(rest, strides).reduce(0) { $0 + $1.0 * $1.1 }] : 0
        }
        let sum = counts.reduce(0, +)
        guard sum > 0 else { throw .noStates }
        return counts.map { $0 / sum }
    }

    /// By the values of the sums how many configurations have them of all sites but some, up to a factor.
    private mutating func counts(without left: [Int]) -> [Double] {
        if let known = tables[left] { return known }
        var remaining = [Int](repeating: 0, count: kinds.count)
        for kind in kindOfSite { remaining[kind] += 1 }
        for kind in left { remaining[kind] -= 1 }
        var table = [Double](repeating: 0, count: tableSize)
        table[0] = 1
        for (kind, count) in remaining.enumerated() {
            for _ in 0..<count { table = added(kinds[kind], to: table) }
        }
        tables[left] = table
        return table
    }

    private func added(_ kind: Kind, to table: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: tableSize)
        for gain in kind.gains {
            let shift = zip(gain, strides).reduce(0) { $0 + $1.0 * $1.1 }
            guard zip(gain, totals).allSatisfy({ $0 <= $1 }) else { continue }
            // In rows of the first sum, whose values lie next to each other.
            let (width, first) = (totals.first.map { $0 + 1 } ?? 1, gain.first ?? 0)
            var rest = [Int](repeating: 0, count: max(0, totals.count - 1))
            for row in stride(from: 0, to: tableSize, by: width) {
                if rest.indices.allSatisfy({ rest[$0] >= gain[$0 + 1] }) {
                    for place in row + first..<row + width { result[place] += table[place - shift] }
                }
                for number in rest.indices {
                    rest[number] += 1
                    if rest[number] <= totals[number + 1] { break }
                    rest[number] = 0
                }
            }
        }
        // Counts up to a factor do not overflow.
        let largest = result.max() ?? 0
        if largest > 0x1p512 { for place in result.indices { result[place] *= 0x1p-512 } }
        return result
    }
}
