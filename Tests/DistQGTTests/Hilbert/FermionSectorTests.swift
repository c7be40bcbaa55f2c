import Communication
import DistQGT
import DistQGTTestSupport
import Testing

/// Which fermions a space has, how configurations are read, and the signs of their orders.
@Suite struct FermionSectorTests {
    private func sector(_ space: HilbertSpace) throws -> FermionSector { try #require(FermionSector(space)) }

    @Test func sectorsOfSpaces() throws {
        let electrons = try sector(.fermions(siteCount: 5, up: 3, down: 1))
        #expect(electrons.kind == .spinful && electrons.numbers?.up == 3 && electrons.numbers?.down == 1)
        #expect(electrons.count == 4 && electrons.modeCount == 10 && electrons.featureCount == 10)
        let single = try sector(.fermions(siteCount: 5, up: 1, down: 3, excludingDoubleOccupancy: true))
        #expect(single.kind == .spinful && single.numbers?.up == 1 && single.numbers?.down == 3)
        let modes = try sector(.spinlessFermions(siteCount: 6, count: 2))
        #expect(modes.kind == .spinless && modes.count == 2 && modes.modeCount == 6 && modes.featureCount == 6)
        let spins = try sector(HilbertSpace(siteCount: 6, magnetisation: 2))
        #expect(spins.kind == .spinsHalf && spins.numbers?.up == 4 && spins.numbers?.down == 2)
        #expect(spins.count == 6 && spins.modeCount == 12 && spins.featureCount == 6)
        let free = try sector(HilbertSpace(siteCount: 6))
        #expect(free.numbers == nil && free.count == 6)
        for none in [
            try HilbertSpace.spinlessFermions(siteCount: 4, count: nil),
            try .bosons(siteCount: 4, maximum: 1, total: 2),
            try .spins(siteCount: 4, doubled: 2, magnetisation: 0),
            try HilbertSpace([LocalSpace](repeating: .electrons, count: 3)),
        ] { #expect(FermionSector(none) == nil) }
    }

    /// What is conserved says which number is which, whatever the order; other sums are none.
    @Test func sectorsOfOtherSums() throws {
        let locals = [LocalSpace](repeating: .electrons, count: 3)
        func sum(_ spin: ElectronSpin, _ total: Int) -> ConservedSum {
            .electrons(spin, in: .electrons, siteCount: 3, total: total)
        }
        let turned = try sector(HilbertSpace(locals, conserving: [sum(.down, 1), sum(.up, 2)]))
        #expect(turned.numbers?.up == 2 && turned.numbers?.down == 1)
        #expect(FermionSector(try HilbertSpace(locals, conserving: [sum(.both, 3), sum(.up, 2)])) == nil)
        #expect(FermionSector(try HilbertSpace(locals, conserving: [sum(.both, 3)])) == nil)
        let modes = [LocalSpace](repeating: .mode, count: 4)
        #expect(
            FermionSector(try HilbertSpace(modes, conserving: [.ofCodes(modes, sites: [0, 1], total: 1)])) == nil)
        // Sites with and without double occupancy.
        let mixed = try HilbertSpace(
            [.electrons, .singleElectron],
            conserving: [
                ConservedSum(sites: [0, 1], values: [[0, 1, 0, 1], [0, 1, 0]], total: 1),
                ConservedSum(sites: [0, 1], values: [[0, 0, 1, 1], [0, 0, 1]], total: 1),
            ])
        #expect(try sector(mixed).count == 2)
    }

    @Test func occupationsOfElectrons() throws {
        for local in [LocalSpace.electrons, .singleElectron] {
            let space = try HilbertSpace([LocalSpace](repeating: local, count: 3))
            let encoder = Encoder(.occupations, of: space)
            #expect(space.defaultEncoding == .occupations && encoder.featureCount == 6 && encoder.siteCount == 3)
            let basis = try BasisNumbering(space).everyConfiguration()
            let features = encoder.encoded(basis.spins)
            for row in 0..<basis.count {
                let codes = Array(basis[row: row])
                let expected =
                    codes.map { Int8(ElectronSpin.up.count(in: $0)) }
                    + codes.map { Int8(ElectronSpin.down.count(in: $0)) }
                #expect(Array(features[6 * row..<6 * row + 6]) == expected)
            }
            let oneHot = Encoder(.oneHot, of: space)
            #expect(oneHot.featureCount == 3 * local.dimension)
            #expect(
                oneHot.encoded([0, 1, 2]).enumerated().filter { $0.element == 1 }.map(\.offset) == [
                    0, local.dimension + 1, 2 * local.dimension + 2,
                ])
            #expect(Encoder(.code, of: space).encoded([2, 1, 0]) == [2, 1, 0])
        }
        let spins = Encoder(.oneHot, of: try .spins(siteCount: 2, doubled: 2, magnetisation: nil))
        #expect(spins.encoded([2, -2, 0, 0]) == [1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0])
        #expect(try HilbertSpace.bosons(siteCount: 2, maximum: 3, total: nil).defaultEncoding == .code)
    }

    // MARK: Signs

    /// The sign that sorts a list.
    private func sortingSign(_ list: [Int]) -> Double {
        var inversions = 0
        for i in list.indices { for j in i + 1..<list.count where list[i] > list[j] { inversions += 1 } }
        return inversions % 2 == 0 ? 1 : -1
    }

    private func modes(_ codes: [Int8], _ sector: FermionSector) -> [Int] {
        let sites = sector.siteCount
        func holds(_ site: Int, _ spin: Int) -> Bool {
            sector.kind == .spinsHalf ? (codes[site] > 0) == (spin == 0) : Int(codes[site]) >> spin & 1 == 1
        }
        return (0..<2).flatMap { spin in (0..<sites).filter { holds($0, spin) }.map { spin * sites + $0 } }
    }

    private func basisSign(_ codes: [Int8]) -> Double {
        var pairs = 0
        for i in codes.indices { for j in i + 1..<codes.count where codes[i] < 0 && codes[j] > 0 { pairs += 1 } }
        return pairs % 2 == 0 ? 1 : -1
    }

    private static func spaces() throws -> [HilbertSpace] {
        [
            try .fermions(siteCount: 5, up: 3, down: 2), try .fermions(siteCount: 70, up: 30, down: 41),
            try .fermions(siteCount: 6, up: 2, down: 2, excludingDoubleOccupancy: true),
            try .spinlessFermions(siteCount: 7, count: 3), try .spinlessFermions(siteCount: 200, count: 90),
            try HilbertSpace(siteCount: 7), try HilbertSpace(siteCount: 6, magnetisation: 0),
            try HilbertSpace(siteCount: 64), try HilbertSpace(siteCount: 129, magnetisation: 3),
        ]
    }

    /// Transitions of up to four sites of random configurations.
    @Test func signsOfTransitions() throws {
        var generator = SplitMix64(seed: 4)
        var seen: [Int: Int] = [:]
        for space in try Self.spaces() {
            let sector = try sector(space)
            let occupation = ModeOccupation(sector)
            let initial = try InitialConfiguration(in: space)
            for trial in 0..<300 {
                var own = [Int8](repeating: 0, count: space.siteCount)
                own.withUnsafeMutableBufferPointer { initial.draw(seed: 3, chain: trial, into: $0) }
                var occupied = [Int32](repeating: -1, count: sector.count)
                #expect(occupation.load(own, occupied: &occupied) == sector.count)
                #expect(occupied.map { Int($0) } == modes(own, sector))
                let sites = Array(
                    (0..<space.siteCount).shuffled(using: &generator).prefix(Int.random(in: 1...4, using: &generator)))
                // Shuffled codes mostly conserve numbers; others mostly do not.
                var codes = sites.map { own[$0] }.shuffled(using: &generator)
                if trial % 3 == 0 {
                    codes = sites.map { space.localSpaces[$0].codes.randomElement(using: &generator) ?? 0 }
                }
                var other = own
                for (site, code) in zip(sites, codes) { other[site] = code }
                let (before, after) = (Set(modes(own, sector)), Set(modes(other, sector)))
                let (left, entered) = (before.subtracting(after).sorted(), after.subtracting(before).sorted())
                let places = sites.map { Int32($0) }
                let hops = occupation.hops(places, codes, count: sites.count)
                #expect(hops == (left.count != entered.count ? -2 : left.count > 2 ? -1 : left.count))
                seen[hops, default: 0] += 1
                if sector.kind == .spinsHalf {
                    #expect(
                        occupation.basisSign(places, codes, count: sites.count) == basisSign(own) * basisSign(other))
                }
                guard hops >= 0 else { continue }
                let (from, to) = ((0..<hops).map { occupation.emptied[$0] }, (0..<hops).map { occupation.filled[$0] })
                #expect(from.sorted() == left && to.sorted() == entered)
                let moved = modes(own, sector).map { mode in from.firstIndex(of: mode).map { to[$0] } ?? mode }
                #expect(occupation.sortingSign(hops: hops) == sortingSign(moved))
                // Asking changes nothing; accepting does.
                #expect(occupation.sortingSign(hops: hops) == sortingSign(moved))
                occupation.accept(places, codes, count: sites.count, hops: hops)
                #expect(occupation.hops(places, codes, count: sites.count) == 0)
                let back = sites.map { own[$0] }
                #expect(occupation.hops(places, back, count: sites.count) == hops)
                let (again, home) = (
                    (0..<hops).map { occupation.emptied[$0] }, (0..<hops).map { occupation.filled[$0] }
                )
                let returned = modes(other, sector).map { mode in again.firstIndex(of: mode).map { home[$0] } ?? mode }
                #expect(occupation.sortingSign(hops: hops) == sortingSign(returned))
            }
        }
        for hops in -2...2 { #expect((seen[hops] ?? 0) > 50) }
    }

    // MARK: Spread

    @Test func spreadOfCodes() throws {
        let alone = Communicator.alone()
        var spread = CodeSpread(siteCount: 3)
        #expect(try !spread.isNarrow(over: alone))
        spread.add(Configurations(siteCount: 3, spins: [-128, 0, 127, -128, 0, 127]))
        #expect(try spread.isNarrow(over: alone))
        // What was stored goes on.
        var other = CodeSpread(siteCount: 3, occurrences: try spread.occurrences(over: alone))
        #expect(try other.isNarrow(over: alone))
        other.add(Configurations(siteCount: 3))
        #expect(try other.isNarrow(over: alone))
        other.add(Configurations(siteCount: 3, spins: [-128, 1, 127]))
        #expect(try !other.isNarrow(over: alone))
        spread.add(Configurations(siteCount: 3, spins: [-128, 0, 126]))
        #expect(try !spread.isNarrow(over: alone))
    }
}
