import DistQGT
import DistQGTTestSupport
import Numerics
import Testing

/// Random products of fermion operators.
struct RandomFermionStrings {
    var stream: RandomStream

    init(seed: UInt64) { stream = RandomStream(seed: seed, index: 0, purpose: .parameters) }

    /// Products of up to five factors with repeated modes.
    mutating func strings(_ modes: FermionModes, count: Int) -> [FermionString] {
        (0..<count).map { _ in
            let factors = (0..<stream.integer(below: 6)).map { _ in
                let mode = stream.integer(below: modes.modeCount)
                return stream.integer(below: 2) == 0 ? FermionString.Factor.creation(mode) : .annihilation(mode)
            }
            return FermionString(factors, coefficient: Complex(stream.normal(), stream.normal()))
        }
    }
}

extension FermionString {
    var adjoint: FermionString {
        FermionString(
            factors.reversed().map { $0.creates ? .annihilation($0.mode) : .creation($0.mode) },
            coefficient: coefficient.conjugate)
    }
}

@Suite struct FermionStringTests {
    private static let allModes: [FermionModes] = [
        .spinless(siteCount: 5), .spinful(siteCount: 3), .spinful(siteCount: 3, excludingDoubleOccupancy: true),
    ]

    @Test(arguments: FermionStringTests.allModes)
    func randomStringsAreProductsOfJordanWignerMatrices(_ modes: FermionModes) throws {
        let dense = JordanWigner(modes: modes)
        for seed in 1...6 as ClosedRange<UInt64> {
            var random = RandomFermionStrings(seed: seed)
            var strings = random.strings(modes, count: 12)
            if seed % 2 == 0 { strings += strings.map(\.adjoint) }
            let sum = try FermionSum(strings, modes: modes)
            var expected = dense.zero
            for string in strings { expected += dense.matrix(string) }
            #expect(sum.isHermitian == (seed % 2 == 0))
            #expect(!sum.isReal)
            let space = try HilbertSpace(modes.localSpaces)
            #expect(try expected.largestDifference(sum, in: space, index: dense.index) < 1e-12)
        }
    }

    /// Masks over several words, against operators that act one after the other.
    @Test(arguments: [
        FermionModes.spinless(siteCount: 200), .spinful(siteCount: 33), .spinful(siteCount: 70),
        .spinful(siteCount: 130),
    ])
    func stringsOnManyModes(_ modes: FermionModes) throws {
        var random = RandomFermionStrings(seed: 11)
        let list = TransitionList()
        var found = 0
        for _ in 0..<400 {
            let string = random.strings(modes, count: 1)[0]
            let sum = try FermionSum([string], modes: modes)
            let row = (0..<modes.siteCount).map { _ in
                Int8(random.stream.integer(below: modes.isSpinful ? 4 : 2))
            }
            // The adjoint acts on the row's state, and its element is the conjugate.
            var occupied = (0..<modes.modeCount).map { mode in
                row[modes.site(of: mode)] & (modes.isDown(mode) ? 2 : 1) != 0
            }
            let before = occupied
            var element = string.coefficient
            for factor in string.adjoint.factors.reversed() {
                if occupied[factor.mode] == factor.creates { element = .zero }
                if occupied[..<factor.mode].count(where: { $0 }) % 2 == 1 { element = -element }
                occupied[factor.mode].toggle()
            }
            list.removeAll()
            var total = sum.appendTransitions(from: row, to: list)
            if occupied != before {
                #expect(total == .zero)
                total = .zero
                #expect(list.count <= 1)
                for transition in 0..<list.count {
                    total += list.element(transition)
                    var image = row
                    list.apply(transition, to: &image)
                    let codes = (0..<modes.siteCount).map { site -> Int8 in
                        let up: Int8 = occupied[site] ? 1 : 0
                        return modes.isSpinful && occupied[modes.siteCount + site] ? up + 2 : up
                    }
                    #expect(image == codes)
                }
            } else {
                #expect(list.count == 0)
            }
            #expect((total - element).length < 1e-14)
            if element != .zero { found += 1 }
        }
        #expect(found > 50)
    }

    @Test func propertiesAreDecidedWithoutRounding() throws {
        let modes = FermionModes.spinful(siteCount: 3)
        func sum(_ terms: [(String, Double, Double)]) throws -> FermionSum {
            try FermionSum(
                terms.map { try FermionString(parsing: $0.0, coefficient: Complex($0.1, $0.2), modes: modes) },
                modes: modes)
        }
        // 0.1 + 0.2 in three parts and its adjoint in other ones, which add up to the same only without rounding.
        let parts = [0.1, 0.2, 1e16, -1e16]
        let hermitian = try sum(
            parts.map { ("0^ 1", $0, $0) } + parts.reversed().map { ("1 0^", $0, $0) }
                + parts.map { ("1^ 0", $0 * 2, 0) } + [("1^ 0", 0, 0)] + parts.map { ("0^ 1", $0 * 2, 0) })
        #expect(hermitian.isHermitian && hermitian.isReal)
        #expect(try sum([("0^ 1", 0.3, 0), ("1^ 0", 0.1 + 0.2, 0)]).isHermitian == false)
        // c c† = 1 − c†c.
        let identity = try sum([("2 2^", 1, 0), ("2^ 2", 1, 0)])
        #expect(identity == (try sum([("", 1, 0)])))
        #expect(identity.productCount == 1)
        #expect(try sum([("0^ 0^", 1, 0), ("0 1 0", 1, 0)]).productCount == 0)
        let hop = try sum([("0^ 1", 1, 2)])
        #expect(!hop.isHermitian && !hop.isReal && hop.conservesParticleCountOfEachSpin)
        let flip = try sum([("0^ 3", 1, 0), ("3^ 0", 1, 0)])
        #expect(flip.isHermitian && flip.isReal && flip.conservesParticleCount)
        #expect(!flip.conservesParticleCountOfEachSpin)
        let pairing = try sum([("0^ 3^", 1, 0), ("3 0", 1, 0)])
        #expect(pairing.isHermitian && !pairing.conservesParticleCount)
    }

    /// Whatever a sum is made of, further products are added to it as if they had been there from the start (with coefficients whose
    /// sums are exact).
    @Test(arguments: [
        FermionModes.spinful(siteCount: 3), .spinful(siteCount: 3, excludingDoubleOccupancy: true),
        .spinless(siteCount: 5),
    ])
    func productsAreAddedToASum(_ modes: FermionModes) throws {
        var generator = SplitMix64(seed: 31)
        func strings(_ count: Int) -> [FermionString] {
            (0..<count).map { _ in
                let factors = (0..<Int.random(in: 0...5, using: &generator)).map { _ -> FermionString.Factor in
                    let mode = Int.random(in: 0..<modes.modeCount, using: &generator)
                    return Bool.random(using: &generator)
                        ? FermionString.Factor.creation(mode) : FermionString.Factor.annihilation(mode)
                }
                return FermionString(
                    factors,
                    coefficient: Complex(
                        Double(Int.random(in: -8...8, using: &generator)),
                        0.25 * Double(Int.random(in: -8...8, using: &generator))))
            }
        }
        for _ in 0..<20 {
            let (first, second) = (strings(8), strings(5))
            let sum = try FermionSum(first, modes: modes)
            #expect(try sum.adding(second) == FermionSum(first + second, modes: modes))
            #expect(try sum.adding([]) == sum)
        }
    }

    @Test func whatIsWrongWithAString() throws {
        let modes = FermionModes.spinful(siteCount: 3)
        func error(_ text: String, _ coefficient: Complex<Double> = .one) -> OperatorError? {
            do {
                _ = try FermionString(parsing: text, coefficient: coefficient, modes: modes)
                return nil
            } catch { return error }
        }
        #expect(try FermionString(parsing: " 0^  5 ", modes: modes).factors == [.creation(0), .annihilation(5)])
        #expect(try FermionString(parsing: "", modes: modes).factors.isEmpty)
        #expect(
            try FermionString(parsing: "2up^ 0down 1^", modes: modes).factors
                == [.creation(2), .annihilation(3), .creation(1)])
        #expect(error("3up^") == .siteOutOfRange(site: 3, siteCount: 3))
        #expect(error("up^") == .unknownFermionOperator(token: "up^", string: "up^"))
        #expect(throws: OperatorError.spinOfSpinless(token: "0up^")) {
            try FermionString(parsing: "0up^", modes: .spinless(siteCount: 3))
        }
        #expect(error("0^ x") == .unknownFermionOperator(token: "x", string: "0^ x"))
        #expect(error("0^^") == .unknownFermionOperator(token: "0^^", string: "0^^"))
        #expect(error("-1") == .unknownFermionOperator(token: "-1", string: "-1"))
        #expect(error("^") == .unknownFermionOperator(token: "^", string: "^"))
        #expect(error("6^ 0") == .modeOutOfRange(mode: "6", modeCount: 6))
        #expect(error("99999999999999999999") == .modeOutOfRange(mode: "99999999999999999999", modeCount: 6))
        #expect(error("0^ 1", Complex(.infinity)) == .coefficientNotFinite(term: "'0^ 1'"))
        #expect(throws: OperatorError.modeOutOfRange(mode: "7", modeCount: 6)) {
            try FermionSum([FermionString([.creation(7)])], modes: modes)
        }
        #expect(throws: OperatorError.noSites(0)) { try FermionSum([], modes: .spinless(siteCount: 0)) }
        #expect(throws: OperatorError.wrongNumberOfCoefficients(name: "U", found: 2, expected: 3)) {
            try FermionSum.hubbard(siteCount: 3, t: 1, U: [1, 2], hops: [])
        }
        #expect(throws: OperatorError.siteOutOfRange(site: 3, siteCount: 3)) {
            try FermionSum.hubbard(siteCount: 3, t: 1, U: 1, hops: [Hop(0, 3)])
        }
        #expect(throws: OperatorError.bondOfOneSite(1)) {
            try FermionSum.hubbard(siteCount: 3, t: 1, U: 1, hops: [Hop(1, 1)])
        }
    }
}
