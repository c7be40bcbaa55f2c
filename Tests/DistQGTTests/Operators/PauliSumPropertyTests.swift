import DistQGT
import LatticeSymmetry
import Numerics
import Testing

/// What a dense matrix says of an operator, up to rounding.
private struct DenseVerdict: Equatable {
    let isHermitian: Bool
    let isReal: Bool
    let conservesMagnetisation: Bool

    init(_ dense: DenseOperator) {
        isHermitian = dense.largestDifference { dense[$1, $0].conjugate } < 1e-12
        isReal = dense.elements.allSatisfy { abs($0.imaginary) < 1e-12 }
        conservesMagnetisation = (0..<dense.dimension).allSatisfy { row in
            (0..<dense.dimension).allSatisfy { column in
                DenseOperator.magnetisation(row, dense.siteCount)
                    == DenseOperator.magnetisation(column, dense.siteCount)
                    || dense[row, column].length < 1e-12
            }
        }
    }

    init(_ sum: PauliSum) {
        isHermitian = sum.isHermitian
        isReal = sum.isReal
        conservesMagnetisation = sum.conservesMagnetisation
    }
}

/// coefficient·Π σ± on `raised` and `lowered` times σᶻ on `signs`, as Pauli strings:
/// σ± = (X ± iY)/2.
private func ladder(
    raised: [Int], lowered: [Int], signs: [Int], siteCount: Int, coefficient: Complex<Double>
) -> [PauliString] {
    let sites = raised + lowered
    return (0..<1 << sites.count).map { choice in
        var letters = [Character](repeating: "I", count: siteCount)
        var factor = coefficient
        for site in signs { letters[site] = "Z" }
        for (index, site) in sites.enumerated() {
            if choice >> index & 1 == 0 {
                letters[site] = "X"
            } else {
                letters[site] = "Y"
                factor *= Complex(0, index < raised.count ? 1 : -1)
            }
            factor /= 2
        }
        return PauliString(String(letters), coefficient: factor)
    }
}

@Test(arguments: 0..<10 as Range<UInt64>)
func pauliSumPropertiesMatchTheDenseMatrix(_ seed: UInt64) throws {
    var random = RandomPauliStrings(seed: 100 + seed)
    let n = 5
    var cases: [[PauliString]] = [
        random.strings(siteCount: n, count: 6), random.strings(siteCount: n, count: 6, isComplex: false),
    ]
    // Ladder operators: balanced ones conserve Σσᶻ, others do not; with their adjoints they are
    // Hermitian.
    let a = random.coefficient(true)
    let hop = ladder(raised: [0], lowered: [3], signs: [1, 4], siteCount: n, coefficient: a)
    let back = ladder(raised: [3], lowered: [0], signs: [1, 4], siteCount: n, coefficient: a.conjugate)
    let pair = ladder(raised: [0, 2], lowered: [1, 4], signs: [3], siteCount: n, coefficient: a)
    let unbalanced = ladder(raised: [0, 2], lowered: [4], signs: [], siteCount: n, coefficient: a)
    let creation = ladder(raised: [0, 3], lowered: [], signs: [], siteCount: n, coefficient: a)
    cases += [hop, hop + back, pair, pair + hop, unbalanced, creation + hop]
    cases.append([PauliString("ZIZIZ", coefficient: Complex(0.3)), PauliString("IIIII", coefficient: a)])
    let verdicts = cases.map { DenseVerdict(DenseOperator($0, siteCount: n)) }
    for (strings, verdict) in zip(cases, verdicts) {
        #expect(try DenseVerdict(PauliSum.pauliStrings(strings, siteCount: n)) == verdict)
    }
    #expect(verdicts[3].isHermitian && verdicts[3].conservesMagnetisation)
    #expect(verdicts[4].conservesMagnetisation && !verdicts[6].conservesMagnetisation)
}

@Test func pauliSumConservationIsDecidedExactly() throws {
    // 0.1 + 0.2 is not 0.3: XX and YY differ in the last bit.
    let strings = [
        PauliString("XX", coefficient: Complex(0.1)), PauliString("XX", coefficient: Complex(0.2)),
        PauliString("YY", coefficient: Complex(0.3)),
    ]
    #expect(try !PauliSum.pauliStrings(strings, siteCount: 2).conservesMagnetisation)
    #expect(
        try PauliSum.pauliStrings(
            Array(strings.prefix(2))
                + strings.prefix(2).map {
                    PauliString("YY", coefficient: $0.coefficient)
                }, siteCount: 2
        ).conservesMagnetisation)
    // Heavy strings are decided without expanding them.
    let heavy = String(repeating: "X", count: 400)
    #expect(try !PauliSum.pauliStrings([PauliString(heavy)], siteCount: 400).conservesMagnetisation)
    // A conserving four-spin term gives exact zeros outside its support.
    let exchange = try PauliSum.pauliStrings(
        ladder(raised: [0, 1], lowered: [2, 3], signs: [], siteCount: 4, coefficient: Complex(0.1, 0.7))
            + ladder(raised: [0, 2], lowered: [1, 3], signs: [], siteCount: 4, coefficient: Complex(0.3)),
        siteCount: 4)
    #expect(exchange.conservesMagnetisation)
    var row = [Double](repeating: 0, count: 2)
    for index in 0..<16 where DenseOperator.magnetisation(index, 4) != 0 {
        _ = exchange.row(DenseOperator.spins(index, 4), into: &row)
        #expect(row == [0, 0])
    }
}

@Test(arguments: 0..<6 as Range<UInt64>)
func pauliSumMeanDiagonalMatchesTheEnumeratedBasis(_ seed: UInt64) throws {
    var random = RandomPauliStrings(seed: 200 + seed)
    let n = 3 + Int(seed)
    var strings = random.strings(siteCount: n, count: 8)
    strings += (0..<12).map { _ in
        let letters = (0..<n).map { _ in random.stream.uniform() < 0.5 ? Character("Z") : "I" }
        return PauliString(String(letters), coefficient: random.coefficient(true))
    }
    strings.append(PauliString(String(repeating: "Z", count: n), coefficient: Complex(0, 1)))
    let sum = try PauliSum.pauliStrings(strings, siteCount: n)
    let sectors: [Int?] = [nil] + stride(from: -n, through: n, by: 2).map { $0 }
    for magnetisation in sectors {
        let space = try HilbertSpace(siteCount: n, magnetisation: magnetisation)
        let basis = try BasisNumbering(space).everyConfiguration()
        var row = [Double](repeating: 0, count: 2 * sum.flipSets.count)
        var total = Complex<Double>.zero
        for index in 0..<basis.count {
            total += sum.row(Array(basis[row: index]), into: &row)
        }
        let mean = try sum.meanDiagonal(in: space)
        #expect((mean - total / Complex(Double(basis.count))).length < 1e-12)
        if magnetisation == nil { #expect(mean == sum.normalisedTrace) }
    }
}

@Test func pauliSumMeanDiagonalOfLargeSystems() throws {
    let n = 400
    let edges = (0..<n - 1).map { Edge($0, $0 + 1) }
    let sum = try PauliSum.heisenberg(J: 1, signRule: false, edges: edges, siteCount: n)
    let mean = try sum.meanDiagonal(in: HilbertSpace(siteCount: n, magnetisation: 0))
    // (M² − N)/(N(N − 1)) per bond.
    #expect((mean + Complex(Double(n - 1) / Double(n - 1))).length < 1e-12)
    let heavy = try PauliSum.pauliStrings(
        [PauliString(String(repeating: "Z", count: n), coefficient: 1)], siteCount: n)
    #expect(try heavy.meanDiagonal(in: HilbertSpace(siteCount: n, magnetisation: 0)) == 1)
    #expect(try heavy.meanDiagonal(in: HilbertSpace(siteCount: n, magnetisation: 2)) == -1)
    #expect(throws: OperatorError.siteCountsDiffer(operatorSites: n, spaceSites: 4)) {
        try sum.meanDiagonal(in: HilbertSpace(siteCount: 4))
    }
}
