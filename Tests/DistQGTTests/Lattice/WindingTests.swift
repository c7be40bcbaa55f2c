import LatticeSymmetry
import Testing

@Suite struct WindingTests {
    @Test func aRingIsCrossedOnce() throws {
        let ring = try Lattice(.chain, extent: [5])
        let edges = try ring.edges(shell: 1)
        for (edge, winding) in zip(edges, try ring.windings(shell: 1)) {
            // The bond (0, 4): the step from 4 to 0 goes upwards.
            #expect(winding == [edge.second - edge.first == 1 ? 0 : 1])
        }
        #expect(try ring.phases(shell: 1, twist: [0.7]).reduce(0, +) == 0.7)
        let second = try Lattice(.chain, extent: [6])
        for (edge, winding) in zip(try second.edges(shell: 2), try second.windings(shell: 2)) {
            #expect(winding == [edge.second - edge.first == 2 ? 0 : 1])
        }
    }

    /// From a site of a square lattice straight on: the windings add up to one turn.
    @Test(arguments: [Lattice.Kind.square, .triangular])
    func windingsOfASquareLattice(_ kind: Lattice.Kind) throws {
        let lattice = try Lattice(kind, extent: [4, 3])
        let windings = Dictionary(
            uniqueKeysWithValues: zip(try lattice.edges(shell: 1), try lattice.windings(shell: 1)))
        func winding(from: (Int, Int), to: (Int, Int)) -> [Int?] {
            let (a, b) = (from.0 * 3 + from.1, to.0 * 3 + to.1)
            let found = windings[Edge(a, b)] ?? []
            return a > b ? found : found.map { $0.map { -$0 } }
        }
        #expect(winding(from: (3, 1), to: (0, 1)) == [1, 0])
        #expect(winding(from: (0, 1), to: (3, 1)) == [-1, 0])
        #expect(winding(from: (1, 2), to: (1, 0)) == [0, 1])
        #expect(winding(from: (1, 0), to: (1, 2)) == [0, -1])
        #expect(winding(from: (1, 0), to: (2, 0)) == [0, 0])
        if kind == .triangular {
            // A step (1, −1) over both boundaries.
            #expect(winding(from: (3, 0), to: (0, 2)) == [1, -1])
        }
    }

    @Test func whatCannotBeTwisted() throws {
        let short = try Lattice(.square, extent: [2, 3])
        #expect(try short.windings(shell: 1).contains { $0[0] == nil })
        #expect(throws: LatticeError.twistAmbiguous(shell: 1, direction: 0, extent: 2)) {
            try short.phases(shell: 1, twist: [0.1, 0.2])
        }
        #expect(try short.phases(shell: 1, twist: [0, 0.2]).contains(0.2))
        let four = try Lattice(.chain, extent: [4])
        #expect(throws: LatticeError.twistAmbiguous(shell: 2, direction: 0, extent: 4)) {
            try four.phases(shell: 2, twist: [0.1])
        }
        let open = try Lattice(.square, extent: [3, 3], periodic: [true, false])
        #expect(throws: LatticeError.twistOfOpenBoundary(direction: 1)) {
            try open.phases(shell: 1, twist: [0.1, 0.2])
        }
        #expect(throws: LatticeError.wrongNumberOfTwistAngles(kind: "square", expected: 2, found: 1)) {
            try open.phases(shell: 1, twist: [0.1])
        }
        #expect(throws: LatticeError.twistNotFinite(direction: 0)) {
            try open.phases(shell: 1, twist: [.nan, 0])
        }
        #expect(throws: LatticeError.noCells) { try Lattice(graph: [[0, 1]]).phases(shell: 1, twist: [0.1]) }
    }
}
