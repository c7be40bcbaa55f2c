import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

/// Clusters that vectors span, against the points of the infinite lattice modulo the vectors.
@Suite struct SpannedClusterTests {
    struct Cluster: Sendable, CustomStringConvertible {
        let kind: Lattice.Kind
        let vectors: [[Int]]
        /// Point operations.
        let points: Int
        var description: String { "\(kind) \(vectors)" }
    }

    static let clusters = [
        Cluster(kind: .square, vectors: [[3, 1], [-1, 3]], points: 4),
        Cluster(kind: .square, vectors: [[-1, 3], [3, 1]], points: 4),
        Cluster(kind: .square, vectors: [[3, 3], [-3, 3]], points: 8),
        Cluster(kind: .square, vectors: [[4, 2], [-2, 3]], points: 2),
        Cluster(kind: .square, vectors: [[4, 0], [0, 4]], points: 8),
        Cluster(kind: .triangular, vectors: [[2, 1], [-1, 3]], points: 6),
        Cluster(kind: .honeycomb, vectors: [[2, 2], [-2, 4]], points: 12),
        Cluster(kind: .kagome, vectors: [[2, 1], [-1, 3]], points: 6),
        Cluster(kind: .cube, vectors: [[1, 1, 0], [0, 1, 1], [1, 0, 1]], points: 48),
        Cluster(kind: .chain, vectors: [[-7]], points: 2),
    ]

    private func determinant(_ v: [[Int]]) -> Int {
        if v.count == 1 { return v[0][0] }
        if v.count == 2 { return v[0][0] * v[1][1] - v[0][1] * v[1][0] }
        var sum = 0
        for k in 0..<3 {
            let (l, m) = ((k + 1) % 3, (k + 2) % 3)
            sum += v[0][k] * (v[1][l] * v[2][m] - v[1][m] * v[2][l])
        }
        return sum
    }

    @Test(arguments: clusters) func cellsAreClassesOfPoints(_ subject: Cluster) throws {
        let lattice = try Lattice(subject.kind, spannedBy: subject.vectors)
        let cells = abs(determinant(subject.vectors))
        let basis = subject.kind.sitesPerCell
        #expect(lattice.siteCount == cells * basis)
        #expect(lattice.siteCoordinates[0].allSatisfy { $0 == 0 })
        #expect(lattice.extent.reduce(1, *) == cells)
        var generator = SplitMix64(seed: 3)
        for cell in 0..<cells {
            let coordinate = lattice.siteCoordinates[cell * basis]
            #expect(lattice.cell(at: coordinate) == cell)
            // Any sum of the vectors leads back.
            var image = coordinate
            for vector in subject.vectors {
                let turns = Int.random(in: -5...5, using: &generator)
                for index in image.indices { image[index] += turns * vector[index] }
            }
            #expect(lattice.cell(at: image) == cell)
        }
        // As many classes as cells: no two cells are one.
        #expect(Set((0..<cells).map { lattice.siteCoordinates[$0 * basis] }).count == cells)
    }

    @Test(arguments: clusters) func bondsAndDistancesAreThoseOfNearestImages(_ subject: Cluster) throws {
        let lattice = try Lattice(subject.kind, spannedBy: subject.vectors)
        let reach = subject.vectors.count == 3 ? 2 : 4
        let turns = subject.vectors.indices.reduce([[Int]]([[]])) { lists, _ in
            lists.flatMap { list in (-reach...reach).map { list + [$0] } }
        }
        let cell = try #require(subject.kind.unitCell)
        var shifts: [[Double]] = []
        for turn in turns {
            var position = [Double](repeating: 0, count: turn.count)
            for (vector, count) in zip(subject.vectors, turn) {
                for (direction, cells) in vector.enumerated() {
                    for axis in position.indices {
                        position[axis] += Double(count * cells) * cell.vectors[direction][axis]
                    }
                }
            }
            shifts.append(position)
        }
        var shell: [Edge] = []
        var shortest = Double.infinity
        var lengths: [Edge: Double] = [:]
        for first in 0..<lattice.siteCount {
            for second in first + 1..<lattice.siteCount {
                let difference = zip(lattice.sitePositions[second], lattice.sitePositions[first]).map { $0 - $1 }
                var square = Double.infinity
                for shift in shifts {
                    var sum = 0.0
                    for axis in shift.indices {
                        sum += (difference[axis] + shift[axis]) * (difference[axis] + shift[axis])
                    }
                    square = min(square, sum)
                }
                let length = square.squareRoot()
                lengths[Edge(first, second)] = length
                shortest = min(shortest, length)
                #expect(abs((lattice.distance(first, second) ?? -1) - length) < 1e-12)
            }
        }
        shell = lengths.filter { $0.value < shortest + 1e-9 }.map(\.key).sorted()
        if lattice.siteCount > 2 { #expect(try lattice.edges(shell: 1) == shell) }
    }

    /// The tables of the group against its permutations, which map the bonds onto themselves.
    @Test(arguments: clusters) func groupsArePermutationsWithTheirTables(_ subject: Cluster) throws {
        let lattice = try Lattice(subject.kind, spannedBy: subject.vectors)
        let space = SpaceGroup(lattice)
        let cells = abs(determinant(subject.vectors))
        #expect(space.order(of: .translation) == cells)
        #expect(space.pointOperations.count == subject.points)
        let bonds = Set(try lattice.edges(shell: 1))
        for part in SpaceGroup.Part.allCases {
            let group = space.group(part)
            #expect(group.order == space.order(of: part))
            _ = try SymmetryGroup(
                symmetries: group.symmetries, inverse: group.inverse, productTable: group.productTable)
            for permutation in group.permutations + space.generators(of: part) {
                #expect(Set(bonds.map { Edge(permutation[$0.first], permutation[$0.second]) }) == bonds)
            }
        }
    }

    /// Characters of translations are homomorphisms, and as many different ones as there are cells.
    @Test(arguments: clusters) func momentaAreCharacters(_ subject: Cluster) throws {
        let lattice = try Lattice(subject.kind, spannedBy: subject.vectors)
        let space = SpaceGroup(lattice)
        let group = space.group(.translation)
        let momenta =
            subject.vectors.count == 2 ? [[0, 0], [1, 0], [0, 1], [2, -1], [1, 5]] : [subject.vectors[0]]
        for momentum in momenta {
            let characters = try space.characters(of: .translation, momentum: momentum)
            for a in 0..<group.order {
                for b in 0..<group.order {
                    let product = characters[a].conjugate * characters[b]
                    #expect((characters[group.quotient(a, b)] - product).length < 1e-12)
                }
            }
            // exp(−2πi m_i) = 1 along every spanning vector is what makes it one; the wave itself:
            guard subject.kind == .square else { continue }
            let v = subject.vectors.map { $0.map(Double.init) }
            let det: Double = v[0][0] * v[1][1] - v[0][1] * v[1][0]
            let m = momentum.map(Double.init)
            let first: Double = (m[0] * v[1][1] - m[1] * v[0][1]) / det
            let second: Double = (m[1] * v[0][0] - m[0] * v[1][0]) / det
            for cell in 0..<group.order {
                let x = lattice.siteCoordinates[cell].map(Double.init)
                let angle: Double = -2 * Double.pi * (first * x[0] + second * x[1])
                #expect((characters[cell] - Complex(.cos(angle), .sin(angle))).length < 1e-11)
            }
        }
        #expect(lattice.momenta.count == group.order)
    }

    /// Vectors along the lattice vectors make the lattice of those extents.
    @Test func straightVectorsAreExtents() throws {
        for kind in [Lattice.Kind.square, .triangular, .honeycomb, .kagome] {
            let straight = try Lattice(kind, extent: [3, 4])
            let spanned = try Lattice(kind, spannedBy: [[3, 0], [0, 4]])
            #expect(spanned.siteCoordinates == straight.siteCoordinates)
            for shell in 1...3 { #expect(try spanned.edges(shell: shell) == straight.edges(shell: shell)) }
            #expect(spanned.momenta == straight.momenta)
            for site in 0..<straight.siteCount { #expect(spanned.distance(0, site) == straight.distance(0, site)) }
            for part in SpaceGroup.Part.allCases {
                let (one, other) = (SpaceGroup(spanned).group(part), SpaceGroup(straight).group(part))
                #expect(one.hasTables(of: other))
            }
            let momentum = [2, 3]
            let one = try SpaceGroup(spanned).characters(of: .spaceGroup, momentum: momentum)
            let other = try SpaceGroup(straight).characters(of: .spaceGroup, momentum: momentum)
            #expect(zip(one, other).allSatisfy { ($0 - $1).length < 1e-12 })
        }
    }

    @Test func whatSpansNothing() {
        #expect(throws: LatticeError.dependentVectors([[1, 2], [2, 4]])) {
            try Lattice(.square, spannedBy: [[1, 2], [2, 4]])
        }
        #expect(throws: LatticeError.wrongNumberOfVectors(kind: "square", expected: 2, found: [[1, 2]])) {
            try Lattice(.square, spannedBy: [[1, 2]])
        }
        #expect(throws: LatticeError.clusterTooLarge(vectors: [[5, 0], [0, 5]], limit: 24)) {
            try Lattice(.square, spannedBy: [[5, 0], [0, 5]], atMost: 24)
        }
        #expect(throws: LatticeError.hasNoRows) {
            try CellWindow(Lattice(.square, spannedBy: [[3, 1], [-1, 3]]), extent: [1, 1])
        }
        #expect(throws: LatticeError.hasNoRows) {
            try Lattice(.square, spannedBy: [[3, 1], [-1, 3]]).phases(shell: 1, twist: [0.1, 0])
        }
    }
}
