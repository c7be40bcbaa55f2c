import DistQGT
import LatticeSymmetry
import Numerics
import Testing

struct CharacterTests {
    /// Every momentum of a lattice.
    private func momenta(_ lattice: Lattice) -> [[Int]] {
        zip(lattice.extent, lattice.periodic).reduce([[]]) { momenta, direction in
            momenta.flatMap { momentum in (0..<(direction.1 ? direction.0 : 1)).map { momentum + [$0] } }
        }
    }

    @Test(arguments: try SymmetricLattice.all())
    func littleGroupsHaveAllTheirOneDimensionalRepresentations(_ subject: SymmetricLattice) {
        let spaceGroup = SpaceGroup(subject.lattice)
        let points = spaceGroup.group(.pointGroup)
        for momentum in momenta(subject.lattice) {
            let little = spaceGroup.littleGroup(of: momentum)
            let members = little.operations.map { spaceGroup.pointOperations.firstIndex(of: $0) ?? -1 }
            #expect(members.first == 0 && !members.contains(-1))
            let order = members.count
            #expect(spaceGroup.pointOperations.count % order == 0)
            // There are as many as the commutator subgroup has cosets.
            func product(_ a: Int, _ b: Int) -> Int { points.quotient(points.inverse[a], b) }
            var commutators: Set<Int> = [0]
            for a in members {
                for b in members {
                    commutators.insert(product(product(a, b), product(points.inverse[a], points.inverse[b])))
                }
            }
            var size = 0
            while size != commutators.count {
                size = commutators.count
                commutators.formUnion(commutators.flatMap { a in commutators.map { product(a, $0) } })
            }
            #expect(little.irreps.count == order / commutators.count)
            #expect(Set(little.names).count == little.irreps.count)
            #expect(little.irreps[0].characters.allSatisfy { $0 == 1 })
            for (i, left) in little.irreps.enumerated() {
                for (j, right) in little.irreps.enumerated() {
                    let overlap = zip(left.characters, right.characters).reduce(0) { $0 + $1.0 * $1.1 }
                    #expect(overlap == (i == j ? order : 0))
                }
                for (a, first) in members.enumerated() {
                    for (b, second) in members.enumerated() {
                        let number = members.firstIndex(of: product(first, second)) ?? 0
                        #expect(left.characters[number] == left.characters[a] * left.characters[b])
                    }
                }
            }
        }
    }

    /// All sectors of a lattice that are not empty, as characters.
    private func sectors(_ spaceGroup: SpaceGroup, _ part: SpaceGroup.Part) throws -> [[Complex<Double>]] {
        try momenta(spaceGroup.lattice).flatMap { momentum -> [[Complex<Double>]] in
            if part == .pointGroup, momentum.contains(where: { $0 != 0 }) { return [] }
            let count = part == .translation ? 1 : spaceGroup.littleGroup(of: momentum).irreps.count
            return try (0..<count).compactMap { index in
                do {
                    return try spaceGroup.characters(of: part, momentum: momentum, irrep: .index(index))
                } catch SymmetryError.emptySector { return nil }
            }
        }
    }

    @Test(arguments: try SymmetricLattice.all().filter { $0.lattice.siteCount * $0.pointOrder < 500 })
    func charactersMultiplyAndAreOrthogonal(_ subject: SymmetricLattice) throws {
        let spaceGroup = SpaceGroup(subject.lattice)
        for part in SpaceGroup.Part.allCases {
            let group = spaceGroup.group(part)
            let sectors = try sectors(spaceGroup, part)
            #expect(!sectors.isEmpty)
            for characters in sectors {
                #expect(characters.count == group.order && characters[0] == 1)
                let little = characters.indices.filter { characters[$0] != 0 }
                for a in little.prefix(30) {
                    for b in little {
                        let expected = characters[a].conjugate * characters[b]
                        #expect((characters[group.quotient(a, b)] - expected).length < 1e-12)
                    }
                }
            }
            for (i, left) in sectors.enumerated() {
                for (j, right) in sectors.enumerated().prefix(40) {
                    let overlap = zip(left, right).reduce(Complex<Double>(0)) { $0 + $1.0.conjugate * $1.1 }
                    let expected = i == j ? Double(left.count { $0 != 0 }) : 0
                    #expect((overlap - Complex(expected)).length < 1e-9)
                }
            }
        }
    }

    @Test func namesOfRepresentations() throws {
        let square = SpaceGroup(try Lattice(.square, extent: [4, 4]))
        #expect(square.littleGroup(of: [0, 0]).names == ["A1", "A2", "B1", "B2"])
        // E, σ(y), σ(x), C2, then the exchange of the axes after each of them.
        #expect(
            square.littleGroup(of: [0, 0]).irreps.map(\.characters) == [
                [1, 1, 1, 1, 1, 1, 1, 1], [1, -1, -1, 1, -1, 1, 1, -1], [1, 1, 1, 1, -1, -1, -1, -1],
                [1, -1, -1, 1, 1, -1, -1, 1],
            ])
        #expect(square.littleGroup(of: [2, 2]).names == ["A1", "A2", "B1", "B2"])
        #expect(square.littleGroup(of: [2, 0]).names == ["A1", "A2", "B1", "B2"])
        #expect(square.littleGroup(of: [2, 0]).operations.count == 4)
        #expect(square.littleGroup(of: [1, 0]).names == ["A'", "A''"])
        #expect(square.littleGroup(of: [1, 3]).names == ["A'", "A''"])
        let triangular = SpaceGroup(try Lattice(.triangular, extent: [6, 6]))
        #expect(triangular.littleGroup(of: [0, 0]).names == ["A1", "A2", "B1", "B2"])
        #expect(triangular.littleGroup(of: [3, 0]).operations.count == 4)
        // The corner of the Brillouin zone.
        #expect(triangular.littleGroup(of: [2, 4]).operations.count == 6)
        #expect(triangular.littleGroup(of: [2, 4]).names == ["A1", "A2"])
        #expect(triangular.littleGroup(of: [1, 0]).operations.count == 2)
        #expect(triangular.littleGroup(of: [1, 2]).operations.count == 2)
        let hexagonal = try #require(triangular.littleGroup(of: [0, 0]).irreps.first { $0.name == "B1" })
        #expect(hexagonal.characters == [1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1])
        let cube = SpaceGroup(try Lattice(.cube, extent: [4, 4, 4]))
        #expect(cube.littleGroup(of: [0, 0, 0]).names == ["A1g", "A1u", "A2g", "A2u"])
        #expect(
            cube.littleGroup(of: [0, 0, 2]).names
                == ["A1g", "A1u", "A2g", "A2u", "B1g", "B1u", "B2g", "B2u"])
        #expect(cube.littleGroup(of: [1, 0, 0]).names == ["A1", "A2", "B1", "B2"])
        #expect(cube.littleGroup(of: [1, 1, 1]).names == ["A1", "A2"])
        #expect(cube.littleGroup(of: [1, 1, 0]).names == ["A1", "A2", "B1", "B2"])
        #expect(cube.littleGroup(of: [1, 2, 0]).names == ["A1", "A2", "B1", "B2"])
        #expect(cube.littleGroup(of: [1, 1, 2]).operations.count == 4)
        let box = SpaceGroup(try Lattice(.cube, extent: [2, 3, 4]))
        #expect(box.littleGroup(of: [0, 0, 0]).names == ["Ag", "Au", "B1g", "B1u", "B2g", "B2u", "B3g", "B3u"])
        let b1g = try #require(box.littleGroup(of: [0, 0, 0]).irreps.first { $0.name == "B1g" })
        // E, σ(z), σ(y), C2(x), σ(x), C2(y), C2(z), i: even under the half-turn about z.
        #expect(b1g.characters == [1, 1, -1, -1, -1, -1, 1, 1])
        #expect(SpaceGroup(try Lattice(.chain, extent: [6])).littleGroup(of: [0]).names == ["A'", "A''"])
        #expect(SpaceGroup(try Lattice(.chain, extent: [6])).littleGroup(of: [1]).names == ["A"])
        #expect(SpaceGroup(try Lattice(.triangular, extent: [3, 4])).littleGroup(of: [0, 0]).names == ["A", "B"])
    }

    @Test func charactersOfTranslations() throws {
        let chain = SpaceGroup(try Lattice(.chain, extent: [8]))
        let one = try chain.characters(of: .translation, momentum: [1])
        for t in 0..<8 {
            let angle = -2 * Double.pi * Double(t) / 8
            #expect((one[t] - Complex(.cos(angle), .sin(angle))).length < 1e-15)
        }
        // Without rounding where that is possible, and periodic in the momentum.
        #expect(try chain.characters(of: .translation, momentum: [4]) == [1, -1, 1, -1, 1, -1, 1, -1])
        #expect(one[2] == Complex(0, -1) && one[4] == -1 && one[6] == .i)
        #expect(try chain.characters(of: .translation, momentum: [-7]) == one)
        let square = SpaceGroup(try Lattice(.square, extent: [2, 4]))
        let k = try square.characters(of: .spaceGroup, momentum: [1, 1], irrep: .name("A'"))
        // k is kept by E and σ(x) of E, σ(y), σ(x), C2.
        #expect(Array(k[..<8]) == [1, 0, 1, 0, Complex(0, -1), 0, Complex(0, -1), 0])
        #expect(Array(k[16..<20]) == [-1, 0, -1, 0])
    }

    @Test func requestsThatMakeNoSense() throws {
        let square = SpaceGroup(try Lattice(.square, extent: [3, 4], periodic: [true, false]))
        func error(_ part: SpaceGroup.Part, _ momentum: [Int]?, _ irrep: IrrepChoice?) -> SymmetryError? {
            do throws(SymmetryError) {
                _ = try square.characters(of: part, momentum: momentum, irrep: irrep)
                return nil
            } catch { return error }
        }
        #expect(error(.translation, [1], nil) == .wrongNumberOfMomentumComponents(expected: 2, found: 1))
        #expect(error(.translation, [1, 2], nil) == .momentumAlongOpenDirection(direction: 1, component: 2))
        #expect(error(.pointGroup, [1, 0], nil) == .momentumWithoutTranslations)
        #expect(error(.spaceGroup, [0, 0], .name("E")) == .unknownIrrep(name: "E", known: ["A1", "A2", "B1", "B2"]))
        #expect(error(.spaceGroup, [1, 0], .name("B1")) == .unknownIrrep(name: "B1", known: ["A'", "A''"]))
        #expect(error(.translation, nil, .index(1)) == .irrepOutOfRange(index: 1, known: ["A"]))
        #expect(error(.spaceGroup, nil, .index(-1)) == .irrepOutOfRange(index: -1, known: ["A1", "A2", "B1", "B2"]))
        // On two sites a reflection moves nothing, and nothing is odd under it.
        let pair = SpaceGroup(try Lattice(.chain, extent: [2]))
        #expect(throws: SymmetryError.emptySector(element: 1)) {
            try pair.characters(of: .spaceGroup, momentum: [0], irrep: .name("A''"))
        }
    }

    @Test func invarianceOfHamiltonians() throws {
        let lattice = try Lattice(.square, extent: [4, 4])
        let group = SpaceGroup(lattice)
        let all = group.generators(of: .spaceGroup)
        let edges = try lattice.edges(shell: 1)
        #expect(try PauliSum.heisenberg(J: 1, signRule: true, edges: edges, siteCount: 16).isInvariant(under: all))
        let broken = try PauliSum.heisenberg(J: 1, signRule: false, edges: Array(edges.dropLast()), siteCount: 16)
        #expect(!broken.isInvariant(under: all))
        #expect(broken.isInvariantUnderSpinFlip)
        // A field on one column: translations along it remain.
        let strings = (0..<4).map {
            PauliString(
                String(repeating: "I", count: $0) + "Z" + String(repeating: "I", count: 15 - $0),
                coefficient: Complex(0.3))
        }
        let field = try PauliSum.pauliStrings(strings, siteCount: 16)
        #expect(!field.isInvariantUnderSpinFlip)
        #expect(group.generators(of: .translation).map { field.isInvariant(under: [$0]) } == [false, true])
    }
}
