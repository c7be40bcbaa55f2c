import DistQGT
import LatticeSymmetry
import Testing

private func pairs(_ edges: [Edge]) -> [[Int]] { edges.map { [$0.first, $0.second] } }

/// The bonds of the published 4 × 4 square lattice.
private let square4x4: [[Int]] = [
    [0, 1], [0, 3], [0, 4], [0, 12], [1, 2], [1, 5], [1, 13], [2, 3], [2, 6], [2, 14], [3, 7],
    [3, 15], [4, 5], [4, 7], [4, 8], [5, 6], [5, 9], [6, 7], [6, 10], [7, 11], [8, 9], [8, 11],
    [8, 12], [9, 10], [9, 13], [10, 11], [10, 14], [11, 15], [12, 13], [12, 15], [13, 14], [14, 15],
]
private let square4x4Diagonals: [[Int]] = [
    [0, 5], [0, 7], [0, 13], [0, 15], [1, 4], [1, 6], [1, 12], [1, 14], [2, 5], [2, 7], [2, 13],
    [2, 15], [3, 4], [3, 6], [3, 12], [3, 14], [4, 9], [4, 11], [5, 8], [5, 10], [6, 9], [6, 11],
    [7, 8], [7, 10], [8, 13], [8, 15], [9, 12], [9, 14], [10, 13], [10, 15], [11, 12], [11, 14],
]
private let square3x3: [[Int]] = [
    [0, 1], [0, 2], [0, 3], [0, 6], [1, 2], [1, 4], [1, 7], [2, 5], [2, 8], [3, 4], [3, 5], [3, 6],
    [4, 5], [4, 7], [5, 8], [6, 7], [6, 8], [7, 8],
]

@Test func latticeReproducesThePublishedEdges() throws {
    for length in [8, 10, 12, 16] {
        let chain = try Lattice(.chain, extent: [length])
        let nearest = ([[0, length - 1]] + (1..<length).map { [$0 - 1, $0] })
            .sorted { $0.lexicographicallyPrecedes($1) }
        #expect(try pairs(chain.edges(shell: 1)) == nearest)
    }
    let chain16: [[Int]] = [
        [0, 2], [0, 14], [1, 3], [1, 15], [2, 4], [3, 5], [4, 6], [5, 7], [6, 8], [7, 9], [8, 10],
        [9, 11], [10, 12], [11, 13], [12, 14], [13, 15],
    ]
    #expect(try pairs(Lattice(.chain, extent: [16]).edges(shell: 2)) == chain16)
    let square = try Lattice(.square, extent: [4, 4])
    #expect(try pairs(square.edges(shell: 1)) == square4x4)
    #expect(try pairs(square.edges(shell: 2)) == square4x4Diagonals)
    #expect(try pairs(Lattice(.square, extent: [3, 3]).edges(shell: 1)) == square3x3)
    #expect(square.siteCoordinates[7] == [1, 3])
}

@Test func latticeCountsAPairOnceHoweverShortThePeriod() throws {
    #expect(try pairs(Lattice(.chain, extent: [2]).edges(shell: 1)) == [[0, 1]])
    #expect(try pairs(Lattice(.chain, extent: [2], periodic: false).edges(shell: 1)) == [[0, 1]])
    #expect(try Lattice(.chain, extent: [1]).edges(shell: 1) == [])
    #expect(
        try pairs(Lattice(.square, extent: [2, 2]).edges(shell: 1))
            == [[0, 1], [0, 2], [1, 3], [2, 3]])
    #expect(try pairs(Lattice(.square, extent: [2, 2]).edges(shell: 2)) == [[0, 3], [1, 2]])
    // One row of a square lattice is a chain: no bond of a site with itself.
    #expect(
        try Lattice(.square, extent: [1, 5]).edges(shell: 1)
            == Lattice(.chain, extent: [5]).edges(shell: 1))
    // The six neighbours on a periodic 2 × 2 triangular lattice are three sites.
    #expect(try Lattice(.triangular, extent: [2, 2]).edges(shell: 1).count == 6)
}

@Test func latticeKeepsOpenBoundaries() throws {
    let strip = try Lattice(.square, extent: [3, 4], periodic: [true, false])
    #expect(try strip.edges(shell: 1).count == 12 + 9)
    #expect(try !strip.edges(shell: 1).contains(Edge(0, 3)))
    #expect(try strip.edges(shell: 1).contains(Edge(0, 8)))
    #expect(try Lattice(.cube, extent: [2, 3, 4], periodic: false).edges(shell: 1).count == 12 + 16 + 18)
}

@Test(arguments: [
    (Lattice.Kind.chain, [12], [2, 2, 2, 2]),
    (.square, [8, 8], [4, 4, 4, 8, 4]),
    (.triangular, [9, 9], [6, 6, 6, 12, 6]),
    (.honeycomb, [8, 8], [3, 6, 3, 6, 6]),
    (.kagome, [7, 7], [4, 4, 6, 8, 4]),
    (.cube, [6, 6, 6], [6, 12, 8, 6, 24]),
])
func latticeHasTheCoordinationNumbers(_ kind: Lattice.Kind, _ extent: [Int], _ numbers: [Int]) throws {
    let lattice = try Lattice(kind, extent: extent)
    #expect(lattice.siteCount == extent.reduce(1, *) * kind.sitesPerCell)
    for (index, number) in numbers.enumerated() {
        let neighbours = try lattice.neighbours(shell: index + 1)
        #expect(neighbours.allSatisfy { $0.count == number }, "shell \(index + 1)")
        #expect(
            try lattice.edges(shell: index + 1).count == lattice.siteCount * number / 2)
    }
}

@Test func latticeShellsAreThoseOfTheInfiniteLattice() throws {
    // The diagonals, of which an open strip of one row has none.
    #expect(try Lattice(.square, extent: [1, 5], periodic: false).edges(shell: 2) == [])
    #expect(
        try pairs(Lattice(.square, extent: [2, 3], periodic: false).edges(shell: 2))
            == [[0, 4], [1, 3], [1, 5], [2, 4]])
    // A second neighbour on a ring of three is the neighbour on the other side, on a ring of two the site itself.
    #expect(try pairs(Lattice(.chain, extent: [3]).edges(shell: 2)) == [[0, 1], [0, 2], [1, 2]])
    #expect(try Lattice(.chain, extent: [2]).edges(shell: 2) == [])
    // One row of a periodic square lattice: the diagonals lead along the row.
    #expect(
        try Lattice(.square, extent: [1, 5], periodic: true).edges(shell: 2)
            == Lattice(.chain, extent: [5]).edges(shell: 1))
    #expect(try Lattice(.honeycomb, extent: [1, 1], periodic: false).edges(shell: 2) == [])
    #expect(try Lattice(.cube, extent: [1, 1, 4], periodic: false).edges(shell: 2) == [])
    #expect(try Lattice(.cube, extent: [1, 2, 2], periodic: false).edges(shell: 2).count == 2)
    #expect(try Lattice(.chain, extent: [4], periodic: false).edges(shell: 9) == [])
}

/// Against distances between Cartesian positions, images included, in floating point.
@Test(arguments: Lattice.Kind.allCases.filter { $0 != .graph })
func latticeShellsMatchDistancesBetweenPositions(_ kind: Lattice.Kind) throws {
    let vectors: [[Double]]
    let extents: [[Int]]
    switch kind {
    case .chain: (vectors, extents) = ([[1]], [[1], [2], [3], [4], [7]])
    case .square: (vectors, extents) = ([[1, 0], [0, 1]], [[3, 5], [2, 4], [1, 3], [2, 2], [4, 4]])
    case .cube:
        (vectors, extents) = ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[3, 2, 4], [1, 1, 3]])
    default:
        (vectors, extents) = (
            [[1, 0], [0.5, 0.75.squareRoot()]], [[4, 4], [2, 3], [1, 6], [7, 2], [3, 3], [1, 1]]
        )
    }
    let lengths = try shellLengths(kind)
    for extent in extents {
        for flags in 0..<1 << extent.count {
            let periodic = extent.indices.map { flags >> $0 & 1 == 1 }
            let lattice = try Lattice(kind, extent: extent, periodic: periodic)
            var images: [[Double]] = [[Double](repeating: 0, count: extent.count)]
            for d in extent.indices where periodic[d] {
                images = images.flatMap { image in
                    (-8...8).map { turn in
                        image.indices.map {
                            image[$0] + Double(turn * extent[d]) * vectors[d][$0]
                        }
                    }
                }
            }
            var shells = [Set<Edge>](repeating: [], count: lengths.count)
            for i in 0..<lattice.siteCount {
                for j in i + 1..<lattice.siteCount {
                    let between = lattice.sitePositions[i].indices.map {
                        lattice.sitePositions[j][$0] - lattice.sitePositions[i][$0]
                    }
                    var nearest = Double.infinity
                    for image in images {
                        var square = 0.0
                        for d in between.indices {
                            square += (between[d] + image[d]) * (between[d] + image[d])
                        }
                        let distance = square.squareRoot()
                        nearest = min(nearest, distance)
                        for (shell, length) in lengths.enumerated() where abs(distance - length) < 1e-9 {
                            shells[shell].insert(Edge(i, j))
                        }
                    }
                    #expect(abs((lattice.distance(i, j) ?? -1) - nearest) < 1e-12)
                    #expect(lattice.distance(i, j) == lattice.distance(j, i))
                }
            }
            for (shell, expected) in shells.enumerated() {
                #expect(
                    try lattice.edges(shell: shell + 1) == expected.sorted(),
                    "\(kind) \(extent) \(periodic) shell \(shell + 1)")
            }
        }
    }
}

/// The first distances of the infinite lattice, from the middle cell of a large open one.
private func shellLengths(_ kind: Lattice.Kind) throws -> [Double] {
    let dimension = kind.dimension ?? 0
    let patch = try Lattice(kind, extent: [Int](repeating: 9, count: dimension), periodic: false)
    var squares: [Double] = []
    for site in 0..<patch.siteCount where patch.siteCoordinates[site].allSatisfy({ $0 == 4 }) {
        for other in 0..<patch.siteCount where other != site {
            squares.append(
                zip(patch.sitePositions[site], patch.sitePositions[other]).reduce(0) {
                    $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
                })
        }
    }
    var lengths: [Double] = []
    for square in squares.sorted() where square.squareRoot() > (lengths.last ?? 0) + 1e-9 {
        lengths.append(square.squareRoot())
    }
    let shells = 4
    #expect(lengths.count >= shells)
    return Array(lengths.prefix(shells))
}
