import DistQGT
import DistQGTTestSupport
import Numerics
import Testing

/// Strings by sites, their sums and their rotations, against strings of one letter per site and dense matrices.
struct PauliSumTermTests {
    /// The same string by the sites that it acts on, in the order of `order`.
    private func bySites(_ string: PauliString, _ order: [Int]) -> PauliString {
        let letters = Array(string.paulis)
        let sites = order.filter { letters[$0] != "I" }
        guard !sites.isEmpty else { return PauliString("I", sites: [0], coefficient: string.coefficient) }
        return PauliString(String(sites.map { letters[$0] }), sites: sites, coefficient: string.coefficient)
    }

    @Test(arguments: [1, 2, 5, 63, 64, 65, 130])
    func stringsBySitesAreThoseOfOneLetterPerSite(_ n: Int) throws {
        var random = RandomPauliStrings(seed: UInt64(n))
        let strings = random.strings(siteCount: n, count: 30)
        let byLetters = try PauliSum.pauliStrings(strings, siteCount: n)
        #expect(try PauliSum.pauliStrings(strings.map { bySites($0, Array(0..<n)) }, siteCount: n) == byLetters)
        // In another order of the sites, and both forms mixed.
        let mixed = strings.enumerated().map { $0 % 2 == 0 ? bySites($1, (0..<n).reversed()) : $1 }
        #expect(try PauliSum.pauliStrings(mixed, siteCount: n) == byLetters)
        #expect(byLetters.stringCount == byLetters.strings.count)
    }

    @Test func repeatedStringsAdd() throws {
        let sum = try PauliSum.pauliStrings(
            [
                PauliString("XZ", sites: [2, 0], coefficient: Complex(0.5)),
                PauliString("ZIX", coefficient: Complex(0.25)),
                PauliString("ZX", sites: [0, 2]), PauliString("Y", sites: [1]),
                PauliString("IYI", coefficient: Complex(-1)),
            ], siteCount: 3)
        #expect(sum.strings == [PauliString("ZIX", coefficient: Complex(1.75))])
        #expect(!sum.isDiagonal)
        #expect(try PauliSum.pauliStrings([PauliString("ZZ", sites: [0, 2])], siteCount: 3).isDiagonal)
    }

    @Test func sumsAreThoseOfTheMatrices() throws {
        let n = 4
        var random = RandomPauliStrings(seed: 3)
        let (one, other) = (random.strings(siteCount: n, count: 9), random.strings(siteCount: n, count: 9))
        let sum = try PauliSum.pauliStrings(one, siteCount: n).adding(.pauliStrings(other, siteCount: n))
        let dense = DenseOperator(one + other, siteCount: n)
        let rows = DenseOperator.rows(of: sum)
        #expect(dense.largestDifference { rows[$0, $1] } < 1e-13)
        // What cancels is gone.
        let minus = one.map { PauliString($0.paulis, coefficient: -$0.coefficient) }
        #expect(
            try PauliSum.pauliStrings(one, siteCount: n).adding(.pauliStrings(minus, siteCount: n)).stringCount == 0)
    }

    /// U†AU with U = Π σᶻ over the turned sites.
    @Test func rotationsAreThoseOfTheMatrices() throws {
        let n = 4
        let signs = [1, -1, -1, 1]
        var random = RandomPauliStrings(seed: 4)
        let strings = random.strings(siteCount: n, count: 25)
        let rows = DenseOperator.rows(of: try PauliSum.pauliStrings(strings, siteCount: n).rotated(by: signs))
        let dense = DenseOperator(strings, siteCount: n)
        let numbering = try BasisNumbering(HilbertSpace(siteCount: n))
        func sign(_ state: Int) throws -> Double {
            let spins = try numbering.configurations(in: state..<state + 1).spins
            return zip(spins, signs).reduce(1) { $1.1 < 0 ? $0 * Double($1.0) : $0 }
        }
        for row in 0..<numbering.dimension {
            for column in 0..<numbering.dimension {
                let expected = try dense[row, column] * Complex(sign(row) * sign(column))
                #expect((rows[row, column] - expected).length < 1e-13)
            }
        }
    }

    @Test func stringsThatDoNotFitAreErrors() {
        let cases: [(PauliString, OperatorError)] = [
            (PauliString("XX", sites: [1]), .wrongStringLength(paulis: "XX", siteCount: 1)),
            (PauliString("XX", sites: [0, 3]), .siteOutOfRange(site: 3, siteCount: 3)),
            (PauliString("XX", sites: [-1, 0]), .siteOutOfRange(site: -1, siteCount: 3)),
            (PauliString("XX", sites: [2, 2]), .siteTwice(site: 2, paulis: "XX")),
            (PauliString("XZX", sites: [0, 1, 0]), .siteTwice(site: 0, paulis: "XZX")),
            (PauliString("XÄ", sites: [0, 1]), .unknownPauli(letter: "Ä", paulis: "XÄ")),
            (PauliString("X", sites: [0], coefficient: Complex(.nan)), .coefficientNotFinite(term: "X")),
        ]
        for (string, error) in cases {
            #expect(throws: error) { try PauliSum.pauliStrings([string], siteCount: 3) }
        }
    }
}
