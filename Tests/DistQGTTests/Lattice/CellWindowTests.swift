import DistQGT
import LatticeSymmetry
import Testing

@Suite struct CellWindowTests {
    @Test func windowsWrapAroundOrEnd() throws {
        let ring = try CellWindow(Lattice(.chain, extent: [4]), extent: [3])
        #expect(ring.cells == [3, 0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 0])
        let open = try CellWindow(Lattice(.chain, extent: [3], periodic: false), extent: [2])
        #expect(open.cells == [0, 1, 1, 2, 2, nil])
        let ladder = try CellWindow(Lattice(.honeycomb, extent: [3, 2], periodic: [true, false]), extent: [3, 2])
        #expect((ladder.sitesPerCell, ladder.cellCount, ladder.size) == (2, 6, 6))
        #expect(Array(ladder.cells.prefix(12)) == [4, 5, 0, 1, 2, 3, 5, nil, 1, nil, 3, nil])
    }

    @Test func patchesCoverTheLatticeOnce() throws {
        let patches = try CellPatches(Lattice(.square, extent: [4, 2], periodic: [true, false]), patch: [2, 1])
        #expect(patches.sites == [[0, 2], [1, 3], [4, 6], [5, 7]])
        // Along the open direction displacements are −1, 0, 1.
        #expect(patches.displacementCount == 6)
        #expect(patches.displacements == [1, 2, 4, 5, 0, 1, 3, 4, 4, 5, 1, 2, 3, 4, 0, 1])
        for kind in [Lattice.Kind.honeycomb, .kagome, .triangular] {
            let lattice = try Lattice(kind, extent: [4, 6])
            let patches = try CellPatches(lattice, patch: [2, 3])
            #expect(patches.sites.joined().sorted() == Array(0..<lattice.siteCount))
            #expect(patches.displacementCount == patches.count)
            for patch in 0..<4 {
                #expect(Set(patches.displacements[4 * patch..<4 * patch + 4]) == [0, 1, 2, 3])
            }
        }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let lattice = try Lattice(.square, extent: [4, 6])
        #expect(throws: LatticeError.doesNotFit(cells: 5, direction: 0, extent: 4)) {
            try CellWindow(lattice, extent: [5, 5])
        }
        #expect(throws: LatticeError.doesNotFit(cells: 0, direction: 1, extent: 6)) {
            try CellWindow(lattice, extent: [1, 0])
        }
        #expect(throws: LatticeError.doesNotFit(cells: 4, direction: 1, extent: 6)) {
            try CellPatches(lattice, patch: [2, 4])
        }
        #expect(throws: LatticeError.wrongNumberOfExtents(kind: "square", expected: 2, found: 1)) {
            try CellPatches(lattice, patch: [2])
        }
        #expect(throws: LatticeError.noCells) {
            try CellWindow(Lattice(graph: [[0, 1]]), extent: [1])
        }
    }
}
