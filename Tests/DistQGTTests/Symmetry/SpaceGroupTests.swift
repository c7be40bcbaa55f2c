import DistQGT
import LatticeSymmetry
import Numerics
import Testing

/// A lattice with the order of the point group that it has.
struct SymmetricLattice: Sendable, CustomStringConvertible {
    let lattice: Lattice
    let pointOrder: Int

    var description: String {
        let boundaries = lattice.periodic.map { $0 ? "periodic" : "open" }
        return "\(lattice.kind) \(lattice.extent) \(boundaries)"
    }

    init(_ kind: Lattice.Kind, _ extent: [Int], _ pointOrder: Int, periodic: [Bool] = [true]) throws {
        lattice = try Lattice(kind, extent: extent, periodic: periodic)
        self.pointOrder = pointOrder
    }

    static func all() throws -> [SymmetricLattice] {
        [
            try .init(.chain, [1], 2), try .init(.chain, [2], 2), try .init(.chain, [5], 2), try .init(.chain, [8], 2),
            try .init(.chain, [6], 2, periodic: [false]),
            try .init(.square, [2, 2], 8), try .init(.square, [3, 3], 8), try .init(.square, [4, 4], 8),
            try .init(.square, [3, 4], 4), try .init(.square, [3, 3], 8, periodic: [false]),
            try .init(.square, [4, 3], 4, periodic: [false]), try .init(.square, [4, 4], 4, periodic: [true, false]),
            try .init(.triangular, [3, 3], 12), try .init(.triangular, [4, 4], 12), try .init(.triangular, [3, 4], 2),
            try .init(.triangular, [3, 3], 4, periodic: [false]),
            try .init(.triangular, [4, 3], 4, periodic: [true, false]),
            try .init(.triangular, [4, 4], 2, periodic: [true, false]),
            try .init(.honeycomb, [2, 2], 12), try .init(.honeycomb, [3, 3], 12), try .init(.honeycomb, [2, 3], 2),
            try .init(.honeycomb, [3, 3], 4, periodic: [false]),
            try .init(.kagome, [2, 2], 12), try .init(.kagome, [3, 3], 12),
            try .init(.kagome, [3, 3], 2, periodic: [true, false]),
            try .init(.cube, [2, 2, 2], 48), try .init(.cube, [3, 3, 3], 48), try .init(.cube, [3, 3, 2], 16),
            try .init(.cube, [2, 3, 4], 8), try .init(.cube, [3, 3, 3], 16, periodic: [true, true, false]),
            try .init(.cube, [2, 2, 2], 48, periodic: [false]),
        ]
    }
}

struct SpaceGroupTests {
    @Test func ordersOfFullyPeriodicLattices() throws {
        for length in 2...6 {
            #expect(SpaceGroup(try Lattice(.chain, extent: [length])).order(of: .spaceGroup) == 2 * length)
            for (kind, order) in [(Lattice.Kind.square, 8), (.triangular, 12), (.honeycomb, 12), (.kagome, 12)] {
                let group = SpaceGroup(try Lattice(kind, extent: [length, length]))
                #expect(group.order(of: .spaceGroup) == order * length * length)
            }
        }
        for length in 2...4 {
            let group = SpaceGroup(try Lattice(.cube, extent: [length, length, length]))
            #expect(group.order(of: .spaceGroup) == 48 * length * length * length)
        }
    }

    @Test(arguments: try SymmetricLattice.all())
    func partsHaveTheOrderThatTheyName(_ subject: SymmetricLattice) {
        let lattice = subject.lattice
        let spaceGroup = SpaceGroup(lattice)
        let translations = zip(lattice.extent, lattice.periodic).reduce(1) { $0 * ($1.1 ? $1.0 : 1) }
        #expect(spaceGroup.pointOperations.count == subject.pointOrder)
        #expect(spaceGroup.translationCount == translations)
        for part in SpaceGroup.Part.allCases {
            let group = spaceGroup.group(part)
            #expect(group.order == spaceGroup.order(of: part))
            #expect(group.translationCount * group.pointCount == group.order)
        }
    }

    @Test(arguments: try SymmetricLattice.all())
    func elementsMapBondsOntoBonds(_ subject: SymmetricLattice) throws {
        let lattice = subject.lattice
        guard lattice.siteCount > 1 else { return }
        let group = SpaceGroup(lattice).group(.spaceGroup)
        let shells = try (1...3).map { try Set(lattice.edges(shell: $0)) }
        for permutation in group.permutations {
            for edges in shells {
                #expect(Set(edges.map { Edge(permutation[$0.first], permutation[$0.second]) }) == edges)
            }
        }
    }

    @Test(arguments: try SymmetricLattice.all())
    func tablesAreThoseOfThePermutations(_ subject: SymmetricLattice) {
        for part in SpaceGroup.Part.allCases {
            let group = SpaceGroup(subject.lattice).group(part)
            let sites = 0..<group.siteCount
            #expect(group.permutations[0] == Array(sites))
            for (element, permutation) in group.permutations.enumerated() {
                #expect(permutation.sorted() == Array(sites))
                #expect(group.permutations[group.inverse[element]] == sites.map { permutation.firstIndex(of: $0) })
                #expect(group.symmetries[element] == group.permutations[group.inverse[element]])
            }
            // All pairs of a few elements with every other one.
            let some = Set([0, 1, group.pointCount, group.order / 2, group.order - 1]).filter { $0 < group.order }
            for a in some {
                for b in 0..<group.order {
                    for (left, right) in [(a, b), (b, a)] {
                        let inverse = group.permutations[group.inverse[left]]
                        let product = group.permutations[right].map { inverse[$0] }
                        #expect(group.permutations[group.quotient(left, right)] == product)
                    }
                }
            }
        }
    }

    @Test(arguments: try SymmetricLattice.all())
    func tablesObeyTheAxioms(_ subject: SymmetricLattice) {
        let group = SpaceGroup(subject.lattice).group(.spaceGroup)
        // a⁻¹a is the identity, b ↦ a⁻¹b is a bijection, and (a⁻¹b)⁻¹(a⁻¹c) = b⁻¹c.
        for a in stride(from: 0, to: group.order, by: max(1, group.order / 60)) {
            #expect(group.quotient(a, a) == 0 && group.quotient(0, a) == a)
            #expect(group.quotient(a, 0) == group.inverse[a])
            #expect(Set((0..<group.order).map { group.quotient(a, $0) }).count == group.order)
            for b in stride(from: 0, to: group.order, by: max(1, group.order / 40)) {
                let c = (7 * a + 3 * b + 1) % group.order
                #expect(group.quotient(group.quotient(a, b), group.quotient(a, c)) == group.quotient(b, c))
            }
        }
    }

    @Test(arguments: try SymmetricLattice.all())
    func elementsAreTranslationsAfterPointOperations(_ subject: SymmetricLattice) {
        let lattice = subject.lattice
        let group = SpaceGroup(lattice).group(.spaceGroup)
        let points = SpaceGroup(lattice).group(.pointGroup)
        let translations = SpaceGroup(lattice).group(.translation)
        let basis = lattice.kind.sitesPerCell
        for element in 0..<group.order {
            let (t, p) = (element / group.pointCount, element % group.pointCount)
            #expect(
                group.permutations[element] == points.permutations[p].map { translations.permutations[t][$0] })
        }
        if lattice.periodic.allSatisfy({ $0 }) {
            // Translation t carries the cell of site 0 to cell t.
            for t in 0..<translations.order { #expect(translations.permutations[t][0] == t * basis) }
        }
        for t in 0..<translations.order {
            for site in 0..<lattice.siteCount {
                let image = translations.permutations[t][site]
                #expect(lattice.basisIndices[image] == lattice.basisIndices[site])
                let moved = lattice.extent.indices.map { d in
                    (lattice.siteCoordinates[image][d] - lattice.siteCoordinates[site][d] + lattice.extent[d])
                        % lattice.extent[d]
                }
                let target = translations.permutations[t][0]
                let expected = lattice.extent.indices.map { d in
                    (lattice.siteCoordinates[target][d] - lattice.siteCoordinates[0][d] + lattice.extent[d])
                        % lattice.extent[d]
                }
                #expect(moved == expected)
            }
        }
    }

    @Test func orderOfPointOperations() throws {
        // The images of (1, 0) and (0, 1): permutations of the axes are slowest, the last axis' reflection fastest.
        let square = SpaceGroup(try Lattice(.square, extent: [5, 5])).group(.pointGroup)
        let images = square.permutations.map { [$0[5], $0[1]] }
        #expect(images == [[5, 1], [5, 4], [20, 1], [20, 4], [1, 5], [1, 20], [4, 5], [4, 20]])
        // Rotations by 60° come first, and the first reflection keeps the first lattice vector.
        let triangular = SpaceGroup(try Lattice(.triangular, extent: [5, 5]))
        #expect(
            triangular.pointOperations.map(\.symbol) == ["E", "C6", "C3", "C2", "C3", "C6"]
                + Array(repeating: "σ", count: 6))
        #expect(triangular.group(.pointGroup).permutations[1][5] == 1)
        #expect(triangular.group(.pointGroup).permutations[6][5] == 5)
        let cube = SpaceGroup(try Lattice(.cube, extent: [3, 3, 3]))
        #expect(cube.pointOperations.map(\.symbol)[..<8] == ["E", "σ", "σ", "C2", "σ", "C2", "C2", "i"])
        #expect(cube.pointOperations.filter { $0.determinant == 1 }.count == 24)
    }

    @Test func graphsHaveTheIdentityAlone() throws {
        let graph = SpaceGroup(try Lattice(graph: [[0, 1], [1, 2], [2, 0]]))
        for part in SpaceGroup.Part.allCases {
            let group = graph.group(part)
            #expect(group.permutations == [[0, 1, 2]] && group.inverse == [0] && group.productTable == [[0]])
        }
        #expect(try graph.characters(of: .spaceGroup) == [1])
    }

    @Test func tablesFromOutside() throws {
        let group = SpaceGroup(try Lattice(.square, extent: [3, 3])).group(.spaceGroup)
        let read = try SymmetryGroup(
            symmetries: group.symmetries, inverse: group.inverse, productTable: group.productTable)
        #expect(read.hasTables(of: group) && group.hasTables(of: read))
        #expect(read.pointCount == 72 && read.translationExtent == [1])
        func error(_ change: (inout [[Int]], inout [Int], inout [[Int]]) -> Void) -> SymmetryError? {
            var (symmetries, inverse, table) = (group.symmetries, group.inverse, group.productTable)
            change(&symmetries, &inverse, &table)
            do throws(SymmetryError) {
                _ = try SymmetryGroup(symmetries: symmetries, inverse: inverse, productTable: table)
                return nil
            } catch { return error }
        }
        #expect(error { symmetries, _, _ in symmetries[3][0] = 1 } == .notAPermutation(element: 3))
        #expect(error { symmetries, _, _ in symmetries[0].swapAt(1, 2) } == .identityNotFirst)
        #expect(error { _, inverse, _ in inverse.swapAt(5, 6) } == .notInverse(element: 5))
        #expect(error { _, inverse, _ in inverse[4] = 72 } == .notInverse(element: 4))
        #expect(error { _, inverse, _ in inverse.removeLast() } == .tableOfWrongSize(name: "inverse", expected: 72))
        #expect(error { _, _, table in table[2].swapAt(3, 4) } == .notTheQuotient(left: 2, right: 3))
        #expect(error { _, _, table in table[2][3] = -1 } == .notTheQuotient(left: 2, right: 3))
        #expect(
            error { _, _, table in table[9].removeLast() }
                == .tableOfWrongSize(name: "the product table", expected: 5184))
    }
}
