/// Which states the chains of a proposal rule can reach from one another, whatever wave function without zeros they
/// sample.
package enum ProposalReach: Sendable, Equatable {
    /// Every state from every other: the chains are ergodic.
    case everything
    /// No proposal ever changes a state.
    case nothing
    /// The parity of the number of up spins stays as it is.
    case parity
    /// A state and its mirror image, all spins flipped.
    case mirrorImages
    /// Exchanges keep Σ s of each of these parts of the sites (all of them ascending).
    case parts([[Int]])
}

extension ProposalRule {
    /// Which states can be reached, decided by counting: no state is visited.
    ///
    /// - With free magnetisation, flips of k < N sites generate every set of an even number of sites, and with an odd k
    ///   every set (two choices of k sites that share all but one differ by a pair).
    /// - With u up and d down spins, flips of k = 2j sites exchange j up with j down spins. They are null if j > min(u, d),
    ///   and only lead to the mirror image if j = u = d. Otherwise two of them make any single exchange of an up with a
    ///   down spin: the second one takes back all of the first but one pair, for which one more up or one more down spin
    ///   than j is needed.
    /// - Exchanges on the bonds of a connected graph sort spins in any way; on a graph of several parts Σ s of each stays.
    ///
    /// - Parameter magnetisation: Σ s of the sector, nil for the whole space.
    package func reach(siteCount: Int, magnetisation: Int?) -> ProposalReach {
        var flipNumbers: Set<Int> = []
        var pairs: [SIMD2<Int32>] = []
        collect(into: &flipNumbers, &pairs)
        var flipsAll = flipNumbers.contains(siteCount)
        if let magnetisation {
            let up = (siteCount + magnetisation) / 2
            let fewer = min(up, siteCount - up)
            if fewer == 0 { return .everything }
            let usable = flipNumbers.filter { $0 % 2 == 0 && $0 / 2 <= fewer }
            if usable.contains(where: { $0 < siteCount || siteCount == 2 }) { return .everything }
            flipsAll = usable.contains(siteCount)
            guard !pairs.isEmpty else { return flipsAll ? .mirrorImages : .nothing }
            let parts = Self.parts(of: pairs, siteCount: siteCount)
            let ways = Self.distributions(of: up, over: parts.map(\.count))
            // Of two ways to share the up spins out, each is the mirror image of the other.
            return ways == 1 || (flipsAll && ways == 2) ? .everything : .parts(parts)
        }
        let proper = flipNumbers.filter { $0 < siteCount }
        if proper.contains(where: { $0 % 2 == 1 }) || (flipsAll && siteCount == 1) { return .everything }
        if !proper.isEmpty { return flipsAll && siteCount % 2 == 1 ? .everything : .parity }
        guard !pairs.isEmpty else { return flipsAll ? .mirrorImages : .nothing }
        return .parts(Self.parts(of: pairs, siteCount: siteCount))
    }

    /// The numbers of sites that are flipped and the pairs that are exchanged, with a weight above 0.
    private func collect(into flipNumbers: inout Set<Int>, _ pairs: inout [SIMD2<Int32>]) {
        switch self {
        case .local(let flips): flipNumbers.insert(flips)
        case .exchange(let list): pairs += list
        case .mixture(let members):
            for member in members where member.weight > 0 { member.rule.collect(into: &flipNumbers, &pairs) }
        }
    }

    /// The connected parts of the graph of all sites and some pairs, in the order of their first sites.
    private static func parts(of pairs: [SIMD2<Int32>], siteCount: Int) -> [[Int]] {
        var parent = Array(0..<siteCount)
        func root(_ site: Int) -> Int {
            var site = site
            while parent[site] != site {
                parent[site] = parent[parent[site]]
                site = parent[site]
            }
            return site
        }
        for pair in pairs {
            let (one, other) = (root(Int(pair.x)), root(Int(pair.y)))
            parent[max(one, other)] = min(one, other)
        }
        var parts: [[Int]] = []
        var place: [Int: Int] = [:]
        for site in 0..<siteCount {
            let root = root(site)
            if let known = place[root] {
                parts[known].append(site)
            } else {
                place[root] = parts.count
                parts.append([site])
            }
        }
        return parts
    }

    /// In how many ways so many up spins can be shared out over parts of these sizes; 3 stands for more than two.
    private static func distributions(of up: Int, over sizes: [Int]) -> Int {
        var ways = [Int](repeating: 0, count: up + 1)
        ways[0] = 1
        for size in sizes {
            for total in stride(from: up, through: 0, by: -1) {
                ways[total] = (0...min(size, total)).reduce(0) { min(3, $0 + ways[total - $1]) }
            }
        }
        return ways[up]
    }
}
