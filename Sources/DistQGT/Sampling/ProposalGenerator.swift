/// A proposal rule made ready for the inner loop: nested mixtures flattened, tables laid out, limits
/// checked.
///
/// Every proposal owns `drawsPerProposal` consecutive draws of its chain's stream, whatever rule the
/// mixture chooses and whatever the configuration is. The acceptance decision owns the last of them.
package struct ProposalGenerator: Sendable {
    package let siteCount: Int
    package let maximumSites: Int
    /// Even, so that a proposal starts at a block of the generator.
    package let drawsPerProposal: Int
    private let fixesMagnetisation: Bool
    /// What proposals on other sites than spins 1/2 need to know; nil for spins 1/2.
    private let changes: LocalChanges?
    private var rules: [FlatRule] = []
    /// Whether moves are of several kinds; that of each is noted only then.
    private(set) var hasKinds = false
    private var pairs: [SIMD2<Int32>] = []

    private struct FlatRule: Sendable {
        /// Upper end of the rule's share of [0, 1).
        var threshold: Double
        /// Number of sites a local rule flips; 0 for a rule of pairs.
        var flips: Int
        var kind: MoveKind
        /// Whether a rule of pairs is a hop.
        var hops: Bool { kind == .hop }
        var firstPair: Int
        var pairCount: Int
    }

    /// - Parameter space: its conserved sums are conserved.
    /// - Throws: `SamplerError` for a rule that cannot be carried out.
    package init(rule: ProposalRule, in space: HilbertSpace) throws(SamplerError) {
        let siteCount = space.siteCount
        var rules: [FlatRule] = []
        var pairs: [SIMD2<Int32>] = []
        try Self.flatten(
            rule, weight: 1, siteCount: siteCount, fixesMagnetisation: space.magnetisation != nil,
            into: &rules, pairs: &pairs)
        var cumulative = 0.0
        for index in rules.indices {
            cumulative += rules[index].threshold
            rules[index].threshold = cumulative
        }
        self.siteCount = siteCount
        fixesMagnetisation = space.magnetisation != nil
        changes = space.isOfSpinsHalf ? nil : LocalChanges(space)
        for pair in pairs where space.localSpaces[Int(pair.x)] != space.localSpaces[Int(pair.y)] {
            throw .exchangeOfDifferentSites(first: Int(pair.x), second: Int(pair.y))
        }
        maximumSites = rules.map { $0.flips == 0 ? 2 : $0.flips }.max() ?? 0
        // The new state of a site that has more than one other is drawn, too.
        let drawsPerSite = space.isOfSpinsHalf ? 1 : 2
        let siteDraws = rules.map { $0.flips == 0 ? 1 : $0.flips * drawsPerSite }.max() ?? 0
        let draws = (rules.count > 1 ? 1 : 0) + siteDraws + 1
        drawsPerProposal = draws + draws % 2
        self.rules = rules
        hasKinds = Set(rules.map(\.kind)).count > 1
        self.pairs = pairs
    }

    private static func flatten(
        _ rule: ProposalRule, weight: Double, siteCount: Int, fixesMagnetisation: Bool,
        into rules: inout [FlatRule], pairs: inout [SIMD2<Int32>]
    ) throws(SamplerError) {
        switch rule {
        case .local(let flips):
            guard flips >= 1 else { throw .countTooSmall(name: "flips", value: flips, minimum: 1) }
            guard flips <= siteCount else { throw .flipsExceedSites(flips: flips, sites: siteCount) }
            guard !(fixesMagnetisation && flips % 2 == 1) else { throw .leavesSector(flips: flips) }
            rules.append(FlatRule(threshold: weight, flips: flips, kind: .local, firstPair: 0, pairCount: 0))
        case .exchange(let list), .hop(let list):
            guard !list.isEmpty else { throw .noPairs }
            let sites = 0..<Int32(clamping: siteCount)
            for pair in list where !sites.contains(pair.x) || !sites.contains(pair.y) || pair.x == pair.y {
                throw .pairOutOfRange(first: Int(pair.x), second: Int(pair.y), sites: siteCount)
            }
            rules.append(
                FlatRule(
                    threshold: weight, flips: 0, kind: rule.isHop ? .hop : .exchange, firstPair: pairs.count,
                    pairCount: list.count))
            pairs += list
        case .mixture(let members):
            guard !members.isEmpty else { throw .emptyMixture }
            for member in members where !(member.weight >= 0 && member.weight < .infinity) {
                throw .invalidWeight(member.weight)
            }
            let total = members.reduce(0) { $0 + $1.weight }
            guard total > 0, total < .infinity else { throw .invalidWeight(total) }
            for member in members where member.weight > 0 {
                try flatten(
                    member.rule, weight: weight * member.weight / total, siteCount: siteCount,
                    fixesMagnetisation: fixesMagnetisation, into: &rules, pairs: &pairs)
            }
        }
    }

    /// Draws one proposal.
    ///
    /// - Parameters:
    ///   - draws: from the proposal's first draw on.
    ///   - spins: the chain's configuration, `siteCount` values.
    ///   - place: has room for `maximumSites` sites.
    /// - Returns: the number of sites to change; 0 for a null proposal.
    @inline(__always)
    package func propose(
        _ draws: inout some UniformDraws, spins: UnsafePointer<Int8>, into place: ProposalBatch.Place
    ) -> Int32 {
        var chosen = 0
        if rules.count > 1 {
            let u = draws.uniform()
            while chosen < rules.count - 1, u >= rules[chosen].threshold { chosen += 1 }
        }
        let rule = rules[chosen]
        if hasKinds { place.kind.pointee = rule.kind.rawValue }
        if let changes { return propose(&draws, rule, changes, codes: spins, into: place) }
        if rule.flips == 0 {
            let pair = pairs[rule.firstPair + draws.integer(below: rule.pairCount)]
            let (first, second) = (spins[Int(pair.x)], spins[Int(pair.y)])
            place.change(0, site: pair.x, from: first, to: second)
            place.change(1, site: pair.y, from: second, to: first)
            return first == second ? 0 : 2
        }
        // A uniform subset with one draw per element (R. Floyd; Bentley and Floyd, CACM 30, 754 (1987)).
        var magnetisation: Int32 = 0
        for taken in 0..<rule.flips {
            let last = siteCount - rule.flips + taken
            var site = Int32(truncatingIfNeeded: draws.integer(below: last + 1))
            for earlier in 0..<taken where place.sites[earlier] == site {
                site = Int32(truncatingIfNeeded: last)
                break
            }
            let spin = spins[Int(site)]
            place.change(taken, site: site, from: spin, to: -spin)
            magnetisation += Int32(spin)
        }
        return fixesMagnetisation && magnetisation != 0 ? 0 : Int32(truncatingIfNeeded: rule.flips)
    }

    /// The same on any sites.
    private func propose(
        _ draws: inout some UniformDraws, _ rule: FlatRule, _ changes: LocalChanges, codes: UnsafePointer<Int8>,
        into place: ProposalBatch.Place
    ) -> Int32 {
        if rule.hops {
            // One draw for the pair and for one of two quanta.
            let drawn = draws.integer(below: 2 * rule.pairCount)
            let pair = pairs[rule.firstPair + drawn / 2]
            let (first, second) = (codes[Int(pair.x)], codes[Int(pair.y)])
            guard let (one, other) = changes.hop(drawn % 2, from: first, second, at: Int(pair.x)) else { return 0 }
            place.change(0, site: pair.x, from: first, to: one)
            place.change(1, site: pair.y, from: second, to: other)
            return changes.conserveSums(place, count: 2) ? 2 : 0
        }
        if rule.flips == 0 {
            let pair = pairs[rule.firstPair + draws.integer(below: rule.pairCount)]
            let (first, second) = (codes[Int(pair.x)], codes[Int(pair.y)])
            place.change(0, site: pair.x, from: first, to: second)
            place.change(1, site: pair.y, from: second, to: first)
            return first != second && changes.conserveSums(place, count: 2) ? 2 : 0
        }
        for taken in 0..<rule.flips {
            let last = siteCount - rule.flips + taken
            var site = Int32(truncatingIfNeeded: draws.integer(below: last + 1))
            for earlier in 0..<taken where place.sites[earlier] == site {
                site = Int32(truncatingIfNeeded: last)
                break
            }
            let former = codes[Int(site)]
            place.change(taken, site: site, from: former, to: changes.other(than: former, at: Int(site), &draws))
        }
        return changes.conserveSums(place, count: rule.flips) ? Int32(truncatingIfNeeded: rule.flips) : 0
    }
}
