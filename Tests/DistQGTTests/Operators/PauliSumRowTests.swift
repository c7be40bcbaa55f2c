import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

private func ising(_ edges: [Edge], _ n: Int, _ J: Double, _ h: Double) -> DenseOperator {
    var dense = DenseOperator(siteCount: n)
    for edge in edges { dense.add("ZZ", on: [edge.first, edge.second], J) }
    for site in 0..<n { dense.add("X", on: [site], -h) }
    return dense
}

private func exchange(
    _ dense: inout DenseOperator, _ edges: [Edge], _ J: Double, delta: Double, c: Double
) {
    for edge in edges {
        let sites = [edge.first, edge.second]
        dense.add("ZZ", on: sites, J * delta)
        dense.add("XX", on: sites, J * c)
        dense.add("YY", on: sites, J * c)
    }
}

@Test func pauliSumModelsMatchKroneckerProducts() throws {
    let lattice = try Lattice(.square, extent: [2, 3], periodic: [false, true])
    let edges = try lattice.edges(shell: 1)
    let edges2 = try lattice.edges(shell: 2)
    let n = lattice.siteCount

    let isingSum = try PauliSum.ising(J: -1.3, h: 0.7, edges: edges, siteCount: n)
    let isingRows = DenseOperator.rows(of: isingSum)
    #expect(ising(edges, n, -1.3, 0.7).largestDifference { isingRows[$0, $1] } < 1e-14)
    #expect(isingSum.isReal && isingSum.isHermitian && !isingSum.conservesMagnetisation)
    #expect(isingSum.flipSets == (0..<n).map { [$0] })

    for signRule in [false, true] {
        let c = signRule ? -1.0 : 1.0
        var dense = DenseOperator(siteCount: n)
        exchange(&dense, edges, 0.9, delta: 1, c: c)
        let heisenberg = try PauliSum.heisenberg(
            J: 0.9, signRule: signRule, edges: edges, siteCount: n)
        var rows = DenseOperator.rows(of: heisenberg)
        #expect(dense.largestDifference { rows[$0, $1] } < 1e-14)
        #expect(heisenberg.isReal && heisenberg.isHermitian && heisenberg.conservesMagnetisation)

        dense = DenseOperator(siteCount: n)
        exchange(&dense, edges, 1.1, delta: -0.4, c: c)
        rows = DenseOperator.rows(
            of: try PauliSum.xxz(
                J: 1.1, delta: -0.4, signRule: signRule, edges: edges, siteCount: n))
        #expect(dense.largestDifference { rows[$0, $1] } < 1e-14)

        dense = DenseOperator(siteCount: n)
        exchange(&dense, edges, 1, delta: 1, c: c)
        exchange(&dense, edges2, 0.5, delta: 1, c: -c)
        let j1j2 = try PauliSum.j1j2(
            J1: 1, J2: 0.5, signRule: (signRule, !signRule), edges: edges, edges2: edges2,
            siteCount: n)
        rows = DenseOperator.rows(of: j1j2)
        #expect(dense.largestDifference { rows[$0, $1] } < 1e-14)
        #expect(j1j2.conservesMagnetisation)
    }
}

@Test(arguments: 0..<12 as Range<UInt64>)
func pauliSumRandomStringsMatchKroneckerProducts(_ seed: UInt64) throws {
    var random = RandomPauliStrings(seed: seed)
    let n = 1 + Int(seed) % 7
    let strings = random.strings(siteCount: n, count: 17, isComplex: seed % 3 != 0)
    let dense = DenseOperator(strings, siteCount: n)
    let sum = try PauliSum.pauliStrings(strings, siteCount: n)
    let rows = DenseOperator.rows(of: sum)
    #expect(dense.largestDifference { rows[$0, $1] } < 1e-13)
    // The strings that are left describe the same operator.
    let again = DenseOperator(sum.strings, siteCount: n)
    #expect(dense.largestDifference { again[$0, $1] } < 1e-13)
    #expect(Set(sum.flipSets).count == sum.flipSets.count)
    #expect(sum.flipSets.allSatisfy { !$0.isEmpty && $0 == $0.sorted() })
}

@Test func pauliSumExchangeVanishesExactlyOnParallelSpins() throws {
    let sum = try PauliSum.heisenberg(J: 0.1, signRule: false, edges: [Edge(0, 2)], siteCount: 3)
    var row = [Double](repeating: .nan, count: 2)
    #expect(sum.row([1, -1, 1], into: &row) == Complex(0.1))
    #expect(row == [0, 0])
    #expect(sum.row([1, -1, -1], into: &row) == Complex(-0.1))
    #expect(row == [0.2, 0])
}

@Test func pauliSumAddsRepeatedStringsAndDropsCancelledOnes() throws {
    let sum = try PauliSum.pauliStrings(
        [
            PauliString("XY", coefficient: Complex(0.5)), PauliString("ZI", coefficient: 1),
            PauliString("XY", coefficient: Complex(0.25)), PauliString("ZI", coefficient: -1),
        ], siteCount: 2)
    #expect(sum.strings == [PauliString("XY", coefficient: Complex(0.75))])
    let nothing = try PauliSum.ising(J: 0, h: 0, edges: [Edge(0, 1)], siteCount: 2)
    #expect(nothing.flipSets.isEmpty && nothing.strings.isEmpty && nothing.isHermitian)
    var row: [Double] = []
    #expect(nothing.row([1, 1], into: &row) == .zero)
    // A bond that is listed twice is one bond.
    #expect(
        try PauliSum.ising(J: 1, h: 1, edges: [Edge(0, 1), Edge(1, 0)], siteCount: 2)
            == PauliSum.ising(J: 1, h: 1, edges: [Edge(0, 1)], siteCount: 2))
}

/// More sites than a word has bits, against products over the letters.
@Test(arguments: [63, 64, 65, 100, 130])
func pauliSumRowsOfManySitesMatchLetterByLetter(_ n: Int) throws {
    var random = RandomPauliStrings(seed: UInt64(n))
    let strings = random.strings(siteCount: n, count: 40)
    let sum = try PauliSum.pauliStrings(strings, siteCount: n)
    var row = [Double](repeating: .nan, count: 2 * sum.flipSets.count)
    for _ in 0..<5 {
        let spins = (0..<n).map { _ in random.stream.uniform() < 0.5 ? Int8(1) : -1 }
        var expected: [[Int]: Complex<Double>] = [:]
        for string in strings {
            var element = string.coefficient
            var flips: [Int] = []
            for (site, letter) in string.paulis.enumerated() {
                let s = Complex(Double(spins[site]))
                switch letter {
                case "X": flips.append(site)
                case "Y":
                    flips.append(site)
                    element *= Complex(0, -1) * s
                case "Z": element *= s
                default: break
                }
            }
            expected[flips, default: .zero] += element
        }
        let diagonal = sum.row(spins, into: &row)
        #expect((diagonal - (expected[[]] ?? .zero)).length < 1e-12)
        for (connection, flips) in sum.flipSets.enumerated() {
            let element = Complex(row[2 * connection], row[2 * connection + 1])
            #expect((element - (expected[flips] ?? .zero)).length < 1e-12)
        }
    }
}

@Test func pauliSumModelsOnManySitesMatchTheirBonds() throws {
    let lattice = try Lattice(.square, extent: [10, 10])
    let edges = try lattice.edges(shell: 1)
    let sum = try PauliSum.heisenberg(J: 1, signRule: true, edges: edges, siteCount: 100)
    #expect(sum.conservesMagnetisation && sum.isHermitian && sum.isReal)
    var random = RandomPauliStrings(seed: 4)
    let spins = (0..<100).map { _ in random.stream.uniform() < 0.5 ? Int8(1) : -1 }
    var row = [Double](repeating: .nan, count: 2 * sum.flipSets.count)
    let diagonal = sum.row(spins, into: &row)
    #expect(diagonal == Complex(Double(edges.reduce(0) { $0 + Int(spins[$1.first] * spins[$1.second]) })))
    #expect(sum.flipSets.map { Edge($0[0], $0[1]) }.sorted() == edges)
    for (connection, pair) in sum.flipSets.enumerated() {
        #expect(row[2 * connection] == (spins[pair[0]] == spins[pair[1]] ? 0 : -2))
        #expect(row[2 * connection + 1] == 0)
    }
}

@Test func pauliSumRefusesWhatIsNoOperator() {
    #expect(throws: OperatorError.wrongStringLength(paulis: "XX", siteCount: 3)) {
        try PauliSum.pauliStrings([PauliString("XX")], siteCount: 3)
    }
    #expect(throws: OperatorError.unknownPauli(letter: "x", paulis: "Ix")) {
        try PauliSum.pauliStrings([PauliString("Ix")], siteCount: 2)
    }
    #expect(throws: OperatorError.coefficientNotFinite(term: "XX")) {
        try PauliSum.pauliStrings(
            [PauliString("XX", coefficient: Complex(.nan, 0))], siteCount: 2)
    }
    #expect(throws: OperatorError.coefficientNotFinite(term: "J")) {
        try PauliSum.heisenberg(J: .infinity, signRule: false, edges: [], siteCount: 2)
    }
    #expect(throws: OperatorError.siteOutOfRange(site: 4, siteCount: 4)) {
        try PauliSum.ising(J: 1, h: 1, edges: [Edge(1, 4)], siteCount: 4)
    }
    #expect(throws: OperatorError.noSites(0)) {
        try PauliSum.pauliStrings([], siteCount: 0)
    }
}
