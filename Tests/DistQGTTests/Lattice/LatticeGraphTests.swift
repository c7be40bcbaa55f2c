import DistQGT
import LatticeSymmetry
import Testing

@Test func latticeGraphShellsCountBonds() throws {
    // A square with a tail, and a separate pair.
    let graph = try Lattice(
        graph: [[1, 0], [1, 2], [2, 3], [3, 0], [3, 4], [0, 1], [5, 6]])
    #expect(graph.siteCount == 7)
    #expect(
        try graph.edges(shell: 1)
            == [Edge(0, 1), Edge(0, 3), Edge(1, 2), Edge(2, 3), Edge(3, 4), Edge(5, 6)])
    #expect(try graph.edges(shell: 2) == [Edge(0, 2), Edge(0, 4), Edge(1, 3), Edge(2, 4)])
    #expect(try graph.edges(shell: 3) == [Edge(1, 4)])
    #expect(throws: LatticeError.shellDoesNotExist(shell: 4, existing: 3)) {
        try graph.edges(shell: 4)
    }
    #expect(try graph.bondDistances(from: 4) == [2, 3, 2, 1, 0, -1, -1])
    #expect(
        try graph.pairs(withinBonds: 2) == (graph.edges(shell: 1) + graph.edges(shell: 2)).sorted())
    #expect(try graph.sublattices() == [0, 1, 0, 1, 0, 0, 1])
    #expect(graph.distance(0, 1) == nil)
    #expect(try Lattice(graph: [], siteCount: 3).edges(shell: 1) == [])
}

@Test func latticePairsWithinBondsOfAChainAreItsShells() throws {
    let chain = try Lattice(.chain, extent: [9])
    let expected = try (chain.edges(shell: 1) + chain.edges(shell: 2) + chain.edges(shell: 3)).sorted()
    #expect(try chain.pairs(withinBonds: 3) == expected)
}

@Test func latticeKnowsItsSublattices() throws {
    #expect(try Lattice(.chain, extent: [5]).sublattices() == nil)
    #expect(try Lattice(.chain, extent: [5], periodic: false).sublattices() == [0, 1, 0, 1, 0])
    #expect(try Lattice(.square, extent: [4, 3], periodic: [true, false]).sublattices() != nil)
    #expect(try Lattice(.square, extent: [4, 3]).sublattices() == nil)
    #expect(try Lattice(.triangular, extent: [4, 4]).sublattices() == nil)
    #expect(try Lattice(.kagome, extent: [4, 4]).sublattices() == nil)
    let honeycomb = try Lattice(.honeycomb, extent: [3, 3])
    #expect(try honeycomb.sublattices() == (0..<18).map { $0 % 2 })
}

@Test func latticeRefusesWhatIsNoLattice() {
    #expect(throws: LatticeError.extentNotPositive(direction: 1, extent: 0)) {
        try Lattice(.square, extent: [4, 0])
    }
    #expect(throws: LatticeError.wrongNumberOfExtents(kind: "square", expected: 2, found: 1)) {
        try Lattice(.square, extent: [4])
    }
    #expect(
        throws: LatticeError.wrongNumberOfPeriodicFlags(kind: "cube", expected: 3, found: 2)
    ) {
        try Lattice(.cube, extent: [4, 4, 4], periodic: [true, false])
    }
    #expect(throws: LatticeError.tooManySites(extent: [.max, 2])) {
        try Lattice(.square, extent: [.max, 2])
    }
    #expect(throws: LatticeError.extentsDoNotDescribeAGraph) { try Lattice(.graph, extent: [4]) }
    #expect(throws: LatticeError.edgeOutOfRange(first: 0, second: 5, siteCount: 4)) {
        try Lattice(graph: [[0, 1], [0, 5]], siteCount: 4)
    }
    #expect(throws: LatticeError.edgeOutOfRange(first: -1, second: 2, siteCount: 3)) {
        try Lattice(graph: [[-1, 2]])
    }
    #expect(throws: LatticeError.selfLoop(site: 2)) { try Lattice(graph: [[2, 2]]) }
    #expect(throws: LatticeError.edgeNotAPair(index: 0, sites: [1, 2, 3])) {
        try Lattice(graph: [[1, 2, 3]])
    }
    #expect(throws: LatticeError.siteCountNotPositive(0)) { try Lattice(graph: []) }
    #expect(throws: LatticeError.shellNotPositive(0)) {
        try Lattice(.chain, extent: [4]).edges(shell: 0)
    }
    #expect(throws: LatticeError.unknownKind("hexagon")) { try Lattice.kind(named: "hexagon") }
    #expect(LatticeError.unknownKind("hexagon").description.contains("honeycomb"))
    #expect(throws: Never.self) { try Lattice.kind(named: "kagome") }
}
