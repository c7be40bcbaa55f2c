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
        var (hops, exchanges): ([SIMD2<Int32>], [SIMD2<Int32>]) = ([], [])
        collect(into: &flipNumbers, hops: &hops, exchanges: &exchanges)
        // Of spins 1/2 they are the same.
        let pairs = hops + exchanges
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

    /// Which states of a space of other sites than spins 1/2 can be reached, as far as is known: `.nothing` stands for
    /// not all of them.
    ///
    /// - Without conserved sums, changes of one site lead everywhere, and those of two where all have a third state.
    /// - Where the number of particles, of electrons of each spin, or Σ 2m is conserved on sites that are all alike, changes
    ///   of two sites make every hop and every exchange.
    /// - Hops along a bond also exchange what its sites hold, one quantum after the other. So on the bonds of a connected
    ///   graph all states are sorted in any way, and a hop along one of them carries quanta between any two sites.
    /// - Where sites hold one electron at most, spins do not pass each other by hops: exchanges have to connect all sites.
    package func generalReach(in space: HilbertSpace) -> ProposalReach {
        let reach = generalReachOfMany(in: space)
        return reach != .everything && space.dimension == 1 ? .everything : reach
    }

    /// The same of a space with several states.
    private func generalReachOfMany(in space: HilbertSpace) -> ProposalReach {
        var flipNumbers: Set<Int> = []
        var (hops, exchanges): ([SIMD2<Int32>], [SIMD2<Int32>]) = ([], [])
        collect(into: &flipNumbers, hops: &hops, exchanges: &exchanges)
        let (local, siteCount) = (space.localSpaces[0], space.siteCount)
        if space.conservedSums.isEmpty {
            let leadsEverywhere =
                flipNumbers.contains(1)
                || flipNumbers.contains(2) && space.localSpaces.allSatisfy { $0.dimension > 2 }
            return leadsEverywhere ? .everything : .nothing
        }
        let electrons = space.electronNumbers
        guard space.localSpaces.allSatisfy({ $0 == local }), electrons != nil || space.codeSum != nil else {
            return .nothing
        }
        if flipNumbers.contains(2) { return .everything }
        let parts = Self.parts(of: hops + exchanges, siteCount: siteCount)
        // One kind of particles, at most one on a site: hops and exchanges are the same.
        let isOfOneKind =
            electrons.map { [$0.up, $0.down].contains { $0 == 0 || $0 == siteCount } } ?? (local.dimension == 2)
        if !isOfOneKind {
            if local != .singleElectron, hops.isEmpty { return .nothing }
            if local == .singleElectron, parts.count == 1,
                Self.parts(of: exchanges, siteCount: siteCount).count > 1
            {
                return .nothing
            }
        }
        if hops.isEmpty, exchanges.isEmpty { return .nothing }
        return parts.count == 1 ? .everything : .parts(parts)
    }

    /// The numbers of sites that are flipped and the pairs that are exchanged or hopped along, with a weight above 0.
    private func collect(
        into flipNumbers: inout Set<Int>, hops: inout [SIMD2<Int32>], exchanges: inout [SIMD2<Int32>]
    ) {
        switch self {
        case .local(let flips): flipNumbers.insert(flips)
        case .exchange(let list): exchanges += list
        case .hop(let list): hops += list
        case .mixture(let members):
            for member in members where member.weight > 0 {
                member.rule.collect(into: &flipNumbers, hops: &hops, exchanges: &exchanges)
            }
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
