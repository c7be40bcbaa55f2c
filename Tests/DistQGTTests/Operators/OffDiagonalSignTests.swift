import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

/// Signs of off-diagonal elements, and rotations that change them, against dense matrices.
@Suite struct OffDiagonalSignTests {
    /// Signs of the elements between states of the space, for each set of flipped sites that occurs.
    private func denseSigns(_ sum: PauliSum, in space: HilbertSpace) -> [[Int]: (positive: Bool, negative: Bool)] {
        let dense = DenseOperator(sum.strings, siteCount: sum.siteCount)
        var found: [[Int]: (positive: Bool, negative: Bool)] = [:]
        let states = (0..<dense.dimension).filter { state in
            space.magnetisation.map { DenseOperator.magnetisation(state, sum.siteCount) == $0 } ?? true
        }
        for row in states {
            for column in states where row != column && dense[row, column].length > 1e-12 {
                // Site 0 is the leading bit.
                let sites = (0..<sum.siteCount).filter { (row ^ column) >> (sum.siteCount - 1 - $0) & 1 == 1 }
                var signs = found[sites] ?? (false, false)
                if dense[row, column].real > 0 { signs.positive = true } else { signs.negative = true }
                found[sites] = signs
            }
        }
        return found
    }

    private func ring(_ count: Int) -> [Edge] { (0..<count).map { Edge($0, ($0 + 1) % count) } }

    private func sums() throws -> [PauliSum] {
        var generator = SplitMix64(seed: 4)
        var sums: [PauliSum] = [
            try .heisenberg(J: 1, signRule: false, edges: ring(5), siteCount: 5),
            try .heisenberg(J: -1, signRule: false, edges: ring(4), siteCount: 4),
            try .xxz(J: 1, delta: 0.5, signRule: true, edges: ring(4), siteCount: 4),
            try .ising(J: -1, h: -0.5, edges: ring(4), siteCount: 4),
        ]
        // Real sums: an even number of Y in each string.
        for _ in 0..<20 {
            let strings = (0..<6).map { _ -> PauliString in
                while true {
                    let letters = String((0..<4).map { _ in "IXYZ".randomElement(using: &generator) ?? "I" })
                    if letters.count(where: { $0 == "Y" }) % 2 == 0 {
                        return PauliString(
                            letters, coefficient: .init(Double.random(in: -1...1, using: &generator), 0))
                    }
                }
            }
            sums.append(try .pauliStrings(strings, siteCount: 4))
        }
        return sums
    }

    @Test func signsAreThoseOfTheDenseMatrix() throws {
        for sum in try sums() {
            let sectors =
                sum.conservesMagnetisation
                ? [nil] + stride(from: -sum.siteCount, through: sum.siteCount, by: 2).map { $0 } : [nil]
            for magnetisation in sectors {
                let space = try HilbertSpace(siteCount: sum.siteCount, magnetisation: magnetisation)
                let dense = denseSigns(sum, in: space)
                for signs in sum.offDiagonalSigns(in: space) {
                    let expected = dense[signs.flippedSites] ?? (false, false)
                    #expect(signs.hasPositive == expected.positive, "\(sum.strings) \(signs)")
                    #expect(signs.hasNegative == expected.negative, "\(sum.strings) \(signs)")
                }
            }
        }
    }

    /// More spins than are looked at one by one.
    @Test func longStringsHaveBothSigns() throws {
        let space = try HilbertSpace(siteCount: 14)
        let hopping = String(repeating: "Z", count: 12)
        let both = try PauliSum.pauliStrings([PauliString("X\(hopping)X")], siteCount: 14)
        #expect(both.offDiagonalSigns(in: space).map(\.hasPositive) == [true])
        #expect(both.offDiagonalSigns(in: space).map(\.hasNegative) == [true])
        let negative = try PauliSum.pauliStrings(
            [
                PauliString("X\(hopping)X", coefficient: Complex(0.5)),
                PauliString("XIIIIIIIIIIIIX", coefficient: Complex(-2)),
            ], siteCount: 14)
        #expect(negative.offDiagonalSigns(in: space).map(\.hasPositive) == [false])
        #expect(negative.offDiagonalSigns(in: space).map(\.hasNegative) == [true])
    }

    @Test func rotationsMakeEveryElementNegative() throws {
        var found = 0
        for sum in try sums() {
            let space = try HilbertSpace(siteCount: sum.siteCount)
            guard let sites = sum.signRotation(sum.offDiagonalSigns(in: space)) else { continue }
            found += 1
            // σˣ and σʸ change their sign on these sites.
            let strings = sum.strings.map { string in
                let changes = zip(0..., string.paulis).count { sites.contains($0.0) && "XY".contains($0.1) }
                return PauliString(
                    string.paulis, coefficient: changes % 2 == 0 ? string.coefficient : -string.coefficient)
            }
            let rotated = try PauliSum.pauliStrings(strings, siteCount: sum.siteCount)
            #expect(denseSigns(rotated, in: space).values.allSatisfy { !$0.positive })
        }
        #expect(found >= 3)
        // An odd ring is frustrated, an even one is not.
        for (count, exists) in [(5, false), (6, true)] {
            let sum = try PauliSum.heisenberg(J: 1, signRule: false, edges: ring(count), siteCount: count)
            let signs = sum.offDiagonalSigns(in: try HilbertSpace(siteCount: count, magnetisation: count % 2))
            #expect((sum.signRotation(signs) != nil) == exists)
        }
    }
}
