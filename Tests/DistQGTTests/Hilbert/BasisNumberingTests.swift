import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct BasisNumberingTests {
    @Test(arguments: 1...60)
    func numberingOfRandomSpacesIsThatOfTheFilteredProduct(seed: Int) throws {
        let random = RandomSpace(seed: UInt64(seed))
        let space = try HilbertSpace(random.localSpaces, conserving: random.sums)
        let numbering = try BasisNumbering(space)
        let expected = random.configurations()
        #expect(numbering.dimension == expected.count && space.dimension == expected.count)
        #expect(try numbering.everyConfiguration().spins == expected.flatMap { $0 })
        for (index, configuration) in expected.enumerated() {
            #expect(space.contains(configuration))
            #expect(try numbering.index(of: configuration) == index)
            #expect(try numbering.configuration(at: index) == configuration)
        }
        let part = expected.count / 3..<expected.count - expected.count / 4
        #expect(try numbering.configurations(in: part).spins == expected[part].flatMap { $0 })
        // What is not in the space has no place.
        let members = Set(expected)
        let whole = try BasisNumbering(HilbertSpace(random.localSpaces))
        let others = try (0..<whole.dimension).map { try whole.configuration(at: $0) }.filter { !members.contains($0) }
        #expect(others.count == whole.dimension - expected.count)
        #expect(others.allSatisfy { !space.contains($0) && numbering.rank(of: $0) == nil })
        var strange = expected[0]
        strange[0] = 5
        #expect(!space.contains(strange))
        #expect(throws: HilbertSpaceError.notInSpace) { try numbering.index(of: strange) }
        #expect(throws: HilbertSpaceError.notInSpace) { try numbering.index(of: expected[0] + [0]) }
        #expect(throws: HilbertSpaceError.indexOutOfRange(index: expected.count, dimension: expected.count)) {
            try numbering.configuration(at: expected.count)
        }
    }

    @Test func numberingOfFewMagnonsOnAThousandSpins() throws {
        let one = try BasisNumbering(HilbertSpace(siteCount: 1000, magnetisation: 998))
        #expect(one.dimension == 1000)
        // Up before down, site 0 slowest: the last site flips first.
        for index in [0, 1, 500, 999] {
            var expected = [Int8](repeating: 1, count: 1000)
            expected[999 - index] = -1
            #expect(try one.configuration(at: index) == expected)
            #expect(try one.index(of: expected) == index)
        }
        let three = try BasisNumbering(HilbertSpace(siteCount: 1000, magnetisation: -994))
        #expect(three.dimension == 1000 * 999 * 998 / 6)
        for index in [0, 1, 12_345_678, three.dimension - 1] {
            #expect(try three.index(of: three.configuration(at: index)) == index)
        }
        let steps = try three.configurations(in: 99_999_990..<100_000_010)
        for row in 0..<steps.count { #expect(try three.index(of: steps[row: row]) == 99_999_990 + row) }
    }

    @Test func numberingOfLargeSectorsOfMoreThanAWord() throws {
        // C(66, 33) is the last central binomial coefficient that 63 bits hold.
        let space = try HilbertSpace(siteCount: 66, magnetisation: 0)
        let numbering = try BasisNumbering(space)
        #expect(numbering.dimension == 7_219_428_434_016_265_740 && space.dimension == numbering.dimension)
        for index in [0, 1, 4_321_012_345_678_901_234, numbering.dimension - 1] {
            #expect(try numbering.index(of: numbering.configuration(at: index)) == index)
        }
        let larger = try HilbertSpace(siteCount: 68, magnetisation: 0)
        #expect(larger.dimension == nil)
        #expect(throws: HilbertSpaceError.tooManyStatesToNumber(siteCount: 68)) { try BasisNumbering(larger) }
        // As general sites, whose states are counted rather than known.
        let bosons = try HilbertSpace([LocalSpace](repeating: .bosons(maximum: 2), count: 40))
        #expect(throws: HilbertSpaceError.tooManyStatesToNumber(siteCount: 40)) { try BasisNumbering(bosons) }
        #expect(bosons.dimension == nil)
    }

    @Test func numberingOfFermionModesAscendsAsBinaryNumbers() throws {
        let sites = 6
        let modes = [LocalSpace](repeating: .mode, count: 2 * sites)
        let space = try HilbertSpace(
            modes,
            conserving: [
                .ofCodes(modes, sites: 0..<sites, total: 3), .ofCodes(modes, sites: sites..<2 * sites, total: 2),
            ])
        let numbering = try BasisNumbering(space)
        #expect(numbering.dimension == 20 * 15)
        let numbers = try (0..<numbering.dimension).map { index in
            try numbering.configuration(at: index).enumerated().reduce(0) { $0 + Int($1.element) << $1.offset }
        }
        #expect(numbers == numbers.sorted())
        #expect(numbers[0] == 0b000011_000111)
        #expect(Set(numbers).count == 300)
        // The same particles as four states of a site.
        let electrons = [LocalSpace](repeating: .electrons, count: sites)
        let values = [[0, 1, 0, 1], [0, 0, 1, 1]]
        let compact = try HilbertSpace(
            electrons,
            conserving: zip(values, [3, 2]).map { values, total in
                ConservedSum(sites: Array(0..<sites), values: .init(repeating: values, count: sites), total: total)
            })
        #expect(compact.dimension == 300)
    }

    @Test func numberingRefusesSpacesWithoutStates() throws {
        let spins = [LocalSpace](repeating: .spin(doubled: 2), count: 3)
        #expect(throws: HilbertSpaceError.totalOutOfReach(number: 0, total: 3)) {
            try HilbertSpace(spins, conserving: [.ofCodes(spins, sites: 0..<3, total: 3)])
        }
        #expect(throws: HilbertSpaceError.sumDoesNotFit(number: 0)) {
            try HilbertSpace(spins, conserving: [ConservedSum(sites: [0], values: [[1, 2]], total: 1)])
        }
        #expect(throws: HilbertSpaceError.sumDoesNotFit(number: 0)) {
            try HilbertSpace(spins, conserving: [ConservedSum(sites: [3], values: [[0, 0, 0]], total: 0)])
        }
        #expect(throws: HilbertSpaceError.localStatesWithoutCodes(site: 1)) {
            try HilbertSpace([.mode, .bosons(maximum: 128)])
        }
        #expect(throws: HilbertSpaceError.noSites(0)) { try HilbertSpace([]) }
        // Each alone can be.
        let both = try HilbertSpace(
            spins, conserving: [.ofCodes(spins, sites: 0..<3, total: 6), .ofCodes(spins, sites: 0..<1, total: 0)])
        #expect(throws: HilbertSpaceError.noStates) { try BasisNumbering(both) }
        // Spins 1/2 with a sum that is their magnetisation are the same space either way.
        let half = [LocalSpace](repeating: .spinHalf, count: 4)
        #expect(
            try HilbertSpace(half, conserving: [.ofCodes(half, sites: 0..<4, total: 2)])
                == HilbertSpace(siteCount: 4, magnetisation: 2))
    }
}
