import DistQGT
import Testing

/// The sectors that are asked for by their numbers of particles.
@Suite struct SectorTests {
    private func error(_ make: () throws(HilbertSpaceError) -> HilbertSpace) -> HilbertSpaceError? {
        do {
            _ = try make()
            return nil
        } catch { return error }
    }

    @Test func dimensions() throws {
        #expect(try HilbertSpace.fermions(siteCount: 6, up: 3, down: 2).dimension == 300)
        #expect(
            try HilbertSpace.fermions(siteCount: 8, up: 3, down: 3, excludingDoubleOccupancy: true).dimension == 560)
        #expect(try HilbertSpace.spinlessFermions(siteCount: 10, count: 5).dimension == 252)
        #expect(try HilbertSpace.spinlessFermions(siteCount: 10, count: nil).dimension == 1024)
        #expect(try HilbertSpace.bosons(siteCount: 6, maximum: 3, total: 5).dimension == 216)
        #expect(try HilbertSpace.spins(siteCount: 8, doubled: 2, totalSz: 0).dimension == 1107)
        #expect(try HilbertSpace.spins(siteCount: 6, doubled: 3, totalSz: nil).dimension == 4096)
        #expect(try HilbertSpace.spins(siteCount: 4, doubled: 1, totalSz: 1).isOfSpinsHalf)
    }

    @Test func sectorsThatCannotExist() {
        #expect(
            error { () throws(HilbertSpaceError) in try .fermions(siteCount: 3, up: 4, down: 0) }
                == .particlesDoNotFit(name: "n_up", count: 4, most: 3))
        #expect(
            error { () throws(HilbertSpaceError) in try .fermions(siteCount: 3, up: 0, down: -1) }
                == .particlesDoNotFit(name: "n_down", count: -1, most: 3))
        #expect(
            error { () throws(HilbertSpaceError) in
                try .fermions(siteCount: 3, up: 2, down: 2, excludingDoubleOccupancy: true)
            } == .particlesDoNotFit(name: "n_up + n_down", count: 4, most: 3))
        #expect(
            error { () throws(HilbertSpaceError) in try .bosons(siteCount: 3, maximum: 2, total: 7) }
                == .particlesDoNotFit(name: "n", count: 7, most: 6))
        #expect(
            error { () throws(HilbertSpaceError) in try .bosons(siteCount: 3, maximum: 128, total: 7) }
                == .localStatesWithoutCodes(site: 0))
        #expect(
            error { () throws(HilbertSpaceError) in try .spins(siteCount: 3, doubled: 2, totalSz: 0.5) }
                == .totalSzParity(magnetisation: 1, largest: 6))
        #expect(
            error { () throws(HilbertSpaceError) in try .spins(siteCount: 3, doubled: 3, totalSz: 5.5) }
                == .totalSzTooLarge(magnetisation: 11, largest: 9))
        #expect(
            error { () throws(HilbertSpaceError) in try .spins(siteCount: 3, doubled: 3, totalSz: 0.25) }
                == .totalSzNotHalfInteger(0.25))
        #expect(error { () throws(HilbertSpaceError) in try .spinlessFermions(siteCount: 0, count: 0) } == .noSites(0))
    }
}
