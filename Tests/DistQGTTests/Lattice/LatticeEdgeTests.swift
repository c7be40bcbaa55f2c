import DistQGT
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

/// Against distances between Cartesian positions, images included, in floating point.
@Test(arguments: Lattice.Kind.allCases.filter { $0 != .graph })
func latticeShellsMatchDistancesBetweenPositions(_ kind: Lattice.Kind) throws {
    let vectors: [[Double]]
    let extents: [[Int]]
    switch kind {
    case .chain: (vectors, extents) = ([[1]], [[3], [7]])
    case .square: (vectors, extents) = ([[1, 0], [0, 1]], [[3, 5], [2, 4], [1, 3]])
    case .cube:
        (vectors, extents) = ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[3, 2, 4]])
    default:
        (vectors, extents) = (
            [[1, 0], [0.5, 0.75.squareRoot()]], [[4, 4], [2, 3], [1, 6], [7, 2], [3, 3]]
        )
    }
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
            var distances: [Edge: Double] = [:]
            for i in 0..<lattice.siteCount {
                for j in i + 1..<lattice.siteCount {
                    let between = lattice.sitePositions[i].indices.map {
                        lattice.sitePositions[j][$0] - lattice.sitePositions[i][$0]
                    }
                    var square = Double.infinity
                    for image in images {
                        var sum = 0.0
                        for d in between.indices {
                            sum += (between[d] + image[d]) * (between[d] + image[d])
                        }
                        square = min(square, sum)
                    }
                    distances[Edge(i, j)] = square.squareRoot()
                    #expect(abs((lattice.distance(i, j) ?? -1) - square.squareRoot()) < 1e-12)
                    #expect(lattice.distance(i, j) == lattice.distance(j, i))
                }
            }
            var remaining = distances
            var shell = 1
            while let smallest = remaining.values.min() {
                let expected = remaining.filter { $0.value < smallest + 1e-9 }.keys.sorted()
                #expect(
                    try lattice.edges(shell: shell) == expected,
                    "\(kind) \(extent) \(periodic) shell \(shell)")
                remaining = remaining.filter { $0.value >= smallest + 1e-9 }
                shell += 1
            }
            if shell > 1 {
                #expect(throws: LatticeError.shellDoesNotExist(shell: shell, existing: shell - 1)) {
                    try lattice.edges(shell: shell)
                }
            }
        }
    }
}
