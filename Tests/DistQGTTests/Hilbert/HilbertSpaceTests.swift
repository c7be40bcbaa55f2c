import DistQGT
import Testing

@Test func hilbertSpaceStartsWithAllUpAndFlipsTheLastSiteFirst() throws {
    let space = try BasisNumbering(HilbertSpace(siteCount: 3))
    #expect(space.dimension == 8)
    #expect(
        try space.configurations(in: 0..<4).spins
            == [1, 1, 1, 1, 1, -1, 1, -1, 1, 1, -1, -1])
    #expect(try space.configuration(at: 7) == [-1, -1, -1])
    #expect(try space.index(of: [-1, 1, 1]) == 4)
}

@Test func hilbertSpaceSectorKeepsTheOrderOfTheWholeSpace() throws {
    for siteCount in [1, 2, 5, 8] {
        let whole = try BasisNumbering(HilbertSpace(siteCount: siteCount))
        let all = try whole.configurations(in: 0..<whole.dimension)
        var total = 0
        for magnetisation in stride(from: -siteCount, through: siteCount, by: 2) {
            let sector = try BasisNumbering(HilbertSpace(siteCount: siteCount, magnetisation: magnetisation))
            let expected = (0..<all.count).map { all[row: $0] }
                .filter { $0.reduce(0) { $0 + Int($1) } == magnetisation }
            #expect(sector.dimension == expected.count)
            let listed = try sector.configurations(in: 0..<sector.dimension)
            #expect(listed.spins == expected.flatMap { $0 })
            for (index, spins) in expected.enumerated() {
                #expect(try sector.index(of: spins) == index)
                #expect(try sector.configuration(at: index) == Array(spins))
            }
            // Any contiguous part is that part of the whole list.
            let part = sector.dimension / 3..<sector.dimension
            #expect(
                try sector.configurations(in: part).spins
                    == expected[part].flatMap { $0 })
            total += sector.dimension
        }
        #expect(total == whole.dimension)
    }
}

@Test func hilbertSpaceNumbersLargeSectors() throws {
    let space = try BasisNumbering(HilbertSpace(siteCount: 62, magnetisation: 0))
    #expect(space.dimension == 465_428_353_255_261_088)
    for index in [0, 1, 12_345_678_901_234_567, space.dimension - 1] {
        #expect(try space.index(of: space.configuration(at: index)) == index)
    }
    let steps = try space.configurations(in: 99_999_999_999..<100_000_000_050)
    for row in 0..<steps.count {
        #expect(try space.index(of: steps[row: row]) == 99_999_999_999 + row)
    }
    #expect(try BasisNumbering(HilbertSpace(siteCount: 62)).dimension == 1 << 62)
}

@Test func hilbertSpaceRefusesImpossibleMagnetisations() throws {
    #expect(throws: HilbertSpaceError.magnetisationParity(magnetisation: 0, siteCount: 5)) {
        try HilbertSpace(siteCount: 5, magnetisation: 0)
    }
    #expect(throws: HilbertSpaceError.magnetisationTooLarge(magnetisation: -8, siteCount: 6)) {
        try HilbertSpace(siteCount: 6, magnetisation: -8)
    }
    #expect(throws: HilbertSpaceError.totalSzNotHalfInteger(0.3)) {
        try HilbertSpace(siteCount: 6, totalSz: 0.3)
    }
    #expect(throws: HilbertSpaceError.totalSzNotHalfInteger(.infinity)) {
        try HilbertSpace(siteCount: 6, totalSz: .infinity)
    }
    #expect(try HilbertSpace(siteCount: 5, totalSz: 1.5).magnetisation == 3)
    #expect(try HilbertSpace(siteCount: 5, totalSz: -0.5).downCount == 3)
    #expect(throws: HilbertSpaceError.noSites(0)) { try HilbertSpace(siteCount: 0) }

    let sector = try BasisNumbering(HilbertSpace(siteCount: 4, magnetisation: 0))
    #expect(throws: HilbertSpaceError.notInSpace) { try sector.index(of: [1, 1, 1, -1]) }
    #expect(throws: HilbertSpaceError.notInSpace) { try sector.index(of: [1, -1]) }
    #expect(throws: HilbertSpaceError.indexOutOfRange(index: 6, dimension: 6)) {
        try sector.configuration(at: 6)
    }
    let large = try HilbertSpace(siteCount: 100, magnetisation: 0)
    #expect(large.dimension == nil)
    #expect(large.contains((0..<100).map { $0 % 2 == 0 ? 1 : -1 }))
    #expect(throws: HilbertSpaceError.tooManyStatesToNumber(siteCount: 100)) { try BasisNumbering(large) }
    #expect(throws: HilbertSpaceError.tooManyStatesToNumber(siteCount: 63)) {
        try BasisNumbering(HilbertSpace(siteCount: 63))
    }
}
