import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

/// `projectsToNothing` and `stateCount` against the projector as a matrix on the basis.
struct SectorStateTests {
    /// Σ_a χ_a g_a, with a parity also over the flip, between the states of a sector, row by row.
    private func projector(
        _ group: SymmetryGroup, _ characters: [Complex<Double>], parity: Int?, downCount: Int?
    ) -> [[Complex<Double>]] {
        let sites = group.siteCount
        let mask = (1 << sites) - 1
        let states = (0..<1 << sites).filter { state in downCount.map { state.nonzeroBitCount == $0 } ?? true }
        return states.map { state in
            var images: [Int: Complex<Double>] = [:]
            for element in 0..<group.order {
                let image = (0..<sites).reduce(0) { $0 | (state >> $1 & 1) << group.permutations[element][$1] }
                images[image, default: 0] += characters[element]
                if let parity { images[~image & mask, default: 0] += characters[element] * Complex(Double(parity)) }
            }
            return states.map { images[$0] ?? .zero }
        }
    }

    /// By elimination with complete pivoting.
    private func rank(_ matrix: [[Complex<Double>]]) -> Int {
        var rows = matrix
        var rank = 0
        while !rows.isEmpty {
            let places = rows.indices.flatMap { row in rows[row].indices.map { (row, $0) } }
            guard let (pivot, column) = places.max(by: { rows[$0.0][$0.1].length < rows[$1.0][$1.1].length }),
                rows[pivot][column].length > 1e-9
            else { break }
            let line = rows.remove(at: pivot)
            for row in rows.indices {
                let factor = rows[row][column] / line[column]
                if factor == 0 { continue }
                for place in line.indices { rows[row][place] -= factor * line[place] }
            }
            rank += 1
        }
        return rank
    }

    @Test(
        arguments: try [
            Lattice(.chain, extent: [6], periodic: [true]), Lattice(.chain, extent: [5], periodic: [false]),
            Lattice(.square, extent: [3, 2], periodic: [true, true]),
            Lattice(.square, extent: [2, 2], periodic: [true, true]),
        ])
    func emptySectorsAreThoseOfTheProjector(_ lattice: Lattice) throws {
        let spaceGroup = SpaceGroup(lattice)
        var outcomes: [Bool: Int] = [:]
        for part in SpaceGroup.Part.allCases {
            let group = spaceGroup.group(part)
            for momentum in part == .pointGroup ? [0] : Array(0..<lattice.extent[0]) {
                let components = [momentum] + Array(repeating: 0, count: lattice.extent.count - 1)
                for irrep in 0..<(part == .translation ? 1 : 8) {
                    guard
                        let characters = try? spaceGroup.characters(
                            of: part, momentum: part == .pointGroup ? nil : components,
                            irrep: part == .translation ? nil : .index(irrep))
                    else { continue }
                    for parity in [nil, 1, -1] as [Int?] {
                        let downCounts: [Int?] = [nil] + Array(0...lattice.siteCount)
                        for downCount in downCounts {
                            let found = group.projectsToNothing(
                                characters: characters, parity: parity, downCount: downCount)
                            let matrix = projector(group, characters, parity: parity, downCount: downCount)
                            let entry = matrix.joined().map(\.length).max() ?? 0
                            #expect(
                                group.stateCount(characters: characters, parity: parity, downCount: downCount)
                                    == rank(matrix))
                            #expect(
                                found == (entry < 1e-9),
                                "\(part) \(momentum) \(irrep) \(String(describing: parity)) \(String(describing: downCount))"
                            )
                            outcomes[found, default: 0] += 1
                        }
                    }
                }
            }
        }
        #expect(outcomes.values.allSatisfy { $0 > 5 } && outcomes.count == 2)
    }

    /// Numbers that are the characters of no representation.
    @Test func anyCharactersAreJudged() throws {
        let group = SpaceGroup(try Lattice(.chain, extent: [6], periodic: [true])).group(.translation)
        var generator = SplitMix64(seed: 7)
        for _ in 0..<10 {
            let characters = (0..<6).map { _ in Complex(Double.random(in: -1...1, using: &generator)) }
            #expect(!group.projectsToNothing(characters: characters, parity: nil, downCount: 3))
        }
        // A projector has characters of a representation.
        #expect(
            group.stateCount(characters: [1, 2, 0, 0, 0, 0].map { Complex<Double>($0) }, parity: nil, downCount: 3)
                == nil)
        // All down: any translation is the identity there, and the sum is 0.
        let characters = [2, -1, -1, 0, 1, -1].map { Complex<Double>($0) }
        #expect(group.projectsToNothing(characters: characters, parity: nil, downCount: 6))
        #expect(!group.projectsToNothing(characters: characters, parity: nil, downCount: 5))
    }

    /// The size of the basis does not matter.
    @Test func largeLatticesAreCounted() throws {
        let spaceGroup = SpaceGroup(try Lattice(.chain, extent: [1000], periodic: [true]))
        let group = spaceGroup.group(.translation)
        let characters = try spaceGroup.characters(of: .translation, momentum: [1])
        #expect(!group.projectsToNothing(characters: characters, parity: nil, downCount: 1))
        #expect(group.projectsToNothing(characters: characters, parity: nil, downCount: 0))
        #expect(!group.projectsToNothing(characters: characters, parity: -1, downCount: 500))
    }
}
