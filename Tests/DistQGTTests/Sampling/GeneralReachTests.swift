import DistQGT
import DistQGTTestSupport
import Testing

/// Draws one of so many equal shares of all numbers each.
private struct GridDraws: UniformDraws {
    let shares: [Int]
    let digits: [Int]
    private var position = 0

    init(shares: [Int], digits: [Int]) {
        self.shares = shares
        self.digits = digits
    }

    mutating func next() -> UInt64 {
        defer { position += 1 }
        guard position < shares.count else { return 0 }
        return UInt64((Double(digits[position]) + 0.5) / Double(shares[position]) * 0x1p64)
    }
}

/// How often a rule proposes to go from each state to each other, and what can be reached so, by trying all draws.
struct ProposalMatrix {
    let numbering: BasisNumbering
    /// By state the number of draws that lead to each other one.
    private(set) var counts: [[Int: Int]] = []
    let isConserving: Bool

    /// - Parameter rule: no mixture.
    init(_ rule: ProposalRule, in space: HilbertSpace) throws {
        numbering = try BasisNumbering(space)
        let generator = try ProposalGenerator(rule: rule, in: space)
        let batch = ProposalBatch(count: 1, maximumSites: generator.maximumSites)
        // Of each draw what its bounds divide.
        let shares: [Int]
        switch rule {
        case .local(let flips):
            let states = space.localSpaces.map { $0.dimension - 1 }.reduce(1) { $0 / Self.divisor($0, $1) * $1 }
            shares = (0..<flips).flatMap { [space.siteCount - flips + 1 + $0, states] }
        case .exchange(let pairs): shares = [pairs.count]
        case .hop(let pairs): shares = [2 * pairs.count]
        case .mixture: preconditionFailure("one rule")
        }
        let patterns = shares.reduce(1, *)
        var isConserving = true
        for state in 0..<numbering.dimension {
            let own = try numbering.configuration(at: state)
            var found: [Int: Int] = [:]
            for pattern in 0..<patterns {
                var (digits, rest) = ([Int](), pattern)
                for share in shares {
                    digits.append(rest % share)
                    rest /= share
                }
                var draws = GridDraws(shares: shares, digits: digits)
                batch.siteCounts[0] = generator.propose(&draws, spins: own, into: batch.place(of: 0))
                var other = own
                batch.apply(chain: 0, to: &other)
                isConserving = isConserving && space.contains(other) && (batch.siteCounts[0] == 0 || own != other)
                found[try numbering.index(of: other), default: 0] += 1
            }
            counts.append(found)
        }
        self.isConserving = isConserving
    }

    private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }

    var isSymmetric: Bool {
        counts.indices.allSatisfy { state in
            counts[state].allSatisfy { other, count in counts[other][state] == count }
        }
    }

    /// Whether all states hang together by the proposals of some rules.
    static func connects(_ matrices: [ProposalMatrix], dimension: Int) -> Bool {
        var reached: Set<Int> = [0]
        var waiting = [0]
        while let state = waiting.popLast() {
            for matrix in matrices {
                for other in matrix.counts[state].keys where reached.insert(other).inserted { waiting.append(other) }
            }
        }
        return reached.count == dimension
    }
}

/// Proposals on any sites: symmetric, within the sector, and whether they reach all of it.
@Suite struct GeneralReachTests {
    static func spaces() throws -> [(String, HilbertSpace)] {
        [
            ("electrons", try .fermions(siteCount: 3, up: 2, down: 1)),
            ("electrons of one spin", try .fermions(siteCount: 4, up: 2, down: 0)),
            ("no electrons", try .fermions(siteCount: 3, up: 0, down: 0)),
            ("full electrons", try .fermions(siteCount: 3, up: 3, down: 1)),
            ("single electrons", try .fermions(siteCount: 4, up: 1, down: 2, excludingDoubleOccupancy: true)),
            ("full single electrons", try .fermions(siteCount: 4, up: 2, down: 2, excludingDoubleOccupancy: true)),
            (
                "single electrons of one spin",
                try .fermions(siteCount: 4, up: 0, down: 2, excludingDoubleOccupancy: true)
            ),
            ("modes", try .spinlessFermions(siteCount: 5, count: 2)),
            ("free modes", try .spinlessFermions(siteCount: 4, count: nil)),
            ("bosons", try .bosons(siteCount: 4, maximum: 2, total: 4)),
            ("three bosons", try .bosons(siteCount: 3, maximum: 3, total: 3)),
            ("hard-core bosons", try .bosons(siteCount: 4, maximum: 1, total: 2)),
            ("free bosons", try .bosons(siteCount: 3, maximum: 2, total: nil)),
            ("spins 1", try .spins(siteCount: 4, doubled: 2, magnetisation: 0)),
            ("free spins 1", try .spins(siteCount: 3, doubled: 2, magnetisation: nil)),
            ("polarised spins 1", try .spins(siteCount: 4, doubled: 2, magnetisation: 8)),
            ("spins 3/2", try .spins(siteCount: 3, doubled: 3, magnetisation: 1)),
            (
                "electrons of any spin",
                try HilbertSpace(
                    [LocalSpace](repeating: .electrons, count: 3),
                    conserving: [.electrons(.both, in: .electrons, siteCount: 3, total: 2)])
            ),
            (
                "bosons of two parts",
                try HilbertSpace(
                    [LocalSpace](repeating: .bosons(maximum: 2), count: 4),
                    conserving: [
                        .ofCodes([LocalSpace](repeating: .bosons(maximum: 2), count: 4), sites: [0, 1], total: 2),
                        .ofCodes([LocalSpace](repeating: .bosons(maximum: 2), count: 4), sites: [2, 3], total: 1),
                    ])
            ),
            (
                "different sites",
                try HilbertSpace(
                    [.spin(doubled: 2), .spin(doubled: 2), .spin(doubled: 1), .spin(doubled: 1)],
                    conserving: [
                        .ofCodes(
                            [.spin(doubled: 2), .spin(doubled: 2), .spin(doubled: 1), .spin(doubled: 1)], sites: 0..<4,
                            total: 0)
                    ])
            ),
        ]
    }

    private static func pairs(
        _ space: HilbertSpace, density: Double, _ generator: inout SplitMix64
    ) -> [SIMD2<Int32>] {
        (0..<space.siteCount).flatMap { i in (0..<i).map { SIMD2(Int32(i), Int32($0)) } }.filter {
            space.localSpaces[Int($0.x)] == space.localSpaces[Int($0.y)]
                && Double.random(in: 0..<1, using: &generator) < density
        }
    }

    @Test func proposalsAreSymmetricAndStayInTheSector() throws {
        var generator = SplitMix64(seed: 5)
        for (name, space) in try Self.spaces() {
            var rules: [ProposalRule] = [.local(flips: 1), .local(flips: 2)]
            for density in [0.3, 0.6, 1.1] {
                let pairs = Self.pairs(space, density: density, &generator)
                if !pairs.isEmpty { rules += [.hop(pairs: pairs), .exchange(pairs: pairs + pairs.prefix(1))] }
            }
            for rule in rules {
                let matrix = try ProposalMatrix(rule, in: space)
                #expect(matrix.isSymmetric && matrix.isConserving, "\(name), \(rule)")
            }
        }
    }

    @Test func reachIsNoMoreThanASearchFinds() throws {
        var generator = SplitMix64(seed: 12)
        var refusals: Set<String> = []
        var outcomes: [Bool: Int] = [:]
        for (name, space) in try Self.spaces() {
            let flips = try [1, 2].map { try ProposalMatrix(.local(flips: $0), in: space) }
            for _ in 0..<60 {
                var rules: [ProposalRule] = []
                let density = Double.random(in: 0.15...0.8, using: &generator)
                let (hops, exchanges) = (
                    Self.pairs(space, density: density, &generator), Self.pairs(space, density: density, &generator)
                )
                if Bool.random(using: &generator), !hops.isEmpty { rules.append(.hop(pairs: hops)) }
                if Bool.random(using: &generator), !exchanges.isEmpty { rules.append(.exchange(pairs: exchanges)) }
                var matrices = try rules.map { try ProposalMatrix($0, in: space) }
                for number in 0..<2 where Int.random(in: 0..<5, using: &generator) == 0 {
                    rules.append(.local(flips: number + 1))
                    matrices.append(flips[number])
                }
                if rules.isEmpty { continue }
                let expected = ProposalMatrix.connects(matrices, dimension: matrices[0].numbering.dimension)
                // What is never chosen does not count.
                let never: [WeightedRule] = hops.isEmpty ? [] : [WeightedRule(weight: 0, rule: .hop(pairs: hops))]
                let mixture = ProposalRule.mixture(
                    rules.map { WeightedRule(weight: 1, rule: .mixture([WeightedRule(weight: 2, rule: $0)])) } + never)
                let found = mixture.generalReach(in: space)
                outcomes[expected, default: 0] += 1
                if found == .everything {
                    #expect(expected, "\(name), \(rules)")
                } else if expected {
                    refusals.insert(name)
                }
            }
        }
        // As far as is known: other sums, and hops of single electrons around each other.
        let unusual: Set = ["bosons of two parts", "different sites", "electrons of any spin", "single electrons"]
        #expect(refusals.isSubset(of: unusual))
        #expect(outcomes.values.allSatisfy { $0 > 100 })
    }

    @Test func whatIsNamed() throws {
        let chain: [SIMD2<Int32>] = [SIMD2(0, 1), SIMD2(1, 2), SIMD2(2, 3)]
        let space = try HilbertSpace.fermions(siteCount: 4, up: 1, down: 2, excludingDoubleOccupancy: true)
        func mixture(_ rules: ProposalRule...) -> ProposalRule {
            .mixture(rules.map { WeightedRule(weight: 1, rule: $0) })
        }
        // Spins do not pass each other on a chain by hops, nor where exchanges do not reach.
        #expect(ProposalRule.hop(pairs: chain).generalReach(in: space) == .nothing)
        #expect(mixture(.hop(pairs: chain), .exchange(pairs: [chain[0]])).generalReach(in: space) == .nothing)
        #expect(mixture(.hop(pairs: [chain[0]]), .exchange(pairs: chain)).generalReach(in: space) == .everything)
        #expect(
            mixture(.hop(pairs: [chain[0]]), .exchange(pairs: [chain[2]])).generalReach(in: space)
                == .parts([[0, 1], [2, 3]]))
        let bosons = try HilbertSpace.bosons(siteCount: 4, maximum: 2, total: 3)
        #expect(ProposalRule.exchange(pairs: chain).generalReach(in: bosons) == .nothing)
        #expect(mixture(.hop(pairs: [chain[1]]), .exchange(pairs: chain)).generalReach(in: bosons) == .everything)
        #expect(ProposalRule.local(flips: 2).generalReach(in: bosons) == .everything)
        #expect(ProposalRule.local(flips: 3).generalReach(in: bosons) == .nothing)
    }

    /// Codes at the end of their type do not wrap around.
    @Test func hopsOfTheLargestCodes() throws {
        let space = try HilbertSpace.spins(siteCount: 2, doubled: 127, magnetisation: nil)
        let generator = try ProposalGenerator(rule: .hop(pairs: [SIMD2(0, 1)]), in: space)
        let batch = ProposalBatch(count: 1, maximumSites: 2)
        for (own, expected) in [
            ([127, -127], [[125, -125]]), ([-127, 127], [[-125, 125]]), ([127, 5], [[125, 7]]),
        ]
            as [([Int8], [[Int8]])]
        {
            var found: [[Int8]] = []
            for digit in 0..<2 {
                var draws = GridDraws(shares: [2], digits: [digit])
                batch.siteCounts[0] = generator.propose(&draws, spins: own, into: batch.place(of: 0))
                var other = own
                batch.apply(chain: 0, to: &other)
                if other != own { found.append(other) }
            }
            #expect(found == expected)
        }
    }
}
