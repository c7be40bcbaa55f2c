import DistQGT
import LatticeSymmetry
import Numerics
import Testing

@Suite struct LocalOperatorTests {
    /// Complex matrices on any sites in any order.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func randomMatrices(_ seed: UInt64) throws {
        var stream = RandomStream(seed: seed, index: 0, purpose: .parameters)
        let locals: [LocalSpace] = [.spin(doubled: 2), .mode, .bosons(maximum: 2), .singleElectron, .spinHalf]
        let dimensions = locals.map(\.dimension)
        var expected = KroneckerMatrix.zero(dimensions.reduce(1, *))
        var terms: [LocalTerm] = []
        for _ in 0..<6 {
            let first = stream.integer(below: 5)
            let second = (first + 1 + stream.integer(below: 4)) % 5
            let sites = stream.integer(below: 3) == 0 ? [first] : [first, second]
            let size = sites.reduce(1) { $0 * dimensions[$1] }
            let matrix = (0..<size * size).map { _ in Complex(stream.normal(), stream.normal()) }
            terms.append(LocalTerm(sites: sites, matrix: matrix))
            // As a sum of products of units |a⟩⟨b| of each site.
            for row in 0..<size {
                for column in 0..<size {
                    var (units, r, c) = ([Int: KroneckerMatrix](), row, column)
                    for site in sites.reversed() {
                        let d = dimensions[site]
                        let (a, b) = (r % d, c % d)
                        units[site] = KroneckerMatrix((0..<d).map { x in (0..<d).map { x == a && $0 == b ? 1 : 0 } })
                        (r, c) = (r / d, c / d)
                    }
                    expected += matrix[row * size + column] * .product(units, dimensions: dimensions)
                }
            }
        }
        let adjoints = terms.map { term in
            LocalTerm(
                sites: term.sites,
                elements: term.elements.map { .init(row: $0.column, column: $0.row, value: $0.value.conjugate) })
        }
        func index(_ codes: [Int8]) -> Int {
            zip(locals, codes).reduce(0) { $0 * $1.0.dimension + ($1.0.codes.firstIndex(of: $1.1) ?? 0) }
        }
        let space = try HilbertSpace(locals)
        let sum = try LocalOperatorSum(locals, terms: terms)
        #expect(!sum.isHermitian && !sum.isReal)
        #expect(try expected.largestDifference(sum, in: space, index: index) < 1e-12)
        let hermitian = try LocalOperatorSum(locals, terms: terms + adjoints)
        #expect(hermitian.isHermitian)
        #expect(try (expected + expected.adjoint).largestDifference(hermitian, in: space, index: index) < 1e-12)
        let none = try LocalOperatorSum(
            locals,
            terms: terms + terms.map { LocalTerm(sites: $0.sites, elements: $0.elements.map { $0.negated }) })
        #expect(none.terms.isEmpty && none.isHermitian && none.isReal)
    }

    /// What cancels between terms on different sites.
    @Test func propertiesAreDecidedWithoutRounding() throws {
        let locals = [LocalSpace](repeating: .spinHalf, count: 3)
        func single(_ site: Int, _ a: Complex<Double>, _ b: Complex<Double>) -> LocalTerm {
            LocalTerm(sites: [site], matrix: [a, .zero, .zero, b])
        }
        func pair(_ a: Complex<Double>, _ b: Complex<Double>) -> LocalTerm {
            // diag(a, b) of site 2 times 1 of site 0, the sites in descending order.
            LocalTerm(
                sites: [2, 0],
                matrix: [
                    a, .zero, .zero, .zero, .zero, a, .zero, .zero, .zero, .zero, b, .zero, .zero, .zero, .zero, b,
                ])
        }
        let i = Complex<Double>(0, 0.1)
        let cancelling = try LocalOperatorSum(locals, terms: [single(2, i, 3), pair(-i, Complex(0.7))])
        #expect(cancelling.isHermitian && cancelling.isReal)
        let left = try LocalOperatorSum(locals, terms: [single(2, i, 3), pair(-i, Complex(0, 1e-300))])
        #expect(!left.isHermitian && !left.isReal)
        // Sˣ ⊗ 1 − Sˣ, and a flip of both that conserves their difference.
        let x: [Complex<Double>] = [.zero, 1, 1, .zero]
        let moved: [LocalTerm.Element] = [(0, 2), (2, 0), (1, 3), (3, 1)].map {
            .init(row: $0, column: $1, value: -1)
        }
        let total = ConservedSum.ofCodes(locals, sites: 0..<3, total: 1)
        let flips = LocalTerm(sites: [0, 1], elements: [.init(row: 0, column: 3, value: 1)])
        #expect(
            try LocalOperatorSum(
                locals, terms: [LocalTerm(sites: [1], matrix: x), LocalTerm(sites: [1, 2], elements: moved)]
            )
            .conserves(total))
        #expect(try !LocalOperatorSum(locals, terms: [LocalTerm(sites: [1], matrix: x)]).conserves(total))
        let pairFlip = try LocalOperatorSum(locals, terms: [flips])
        #expect(!pairFlip.conserves(total))
        #expect(pairFlip.conserves(ConservedSum(sites: [0, 1], values: [[1, -1], [-1, 1]], total: 0)))
    }

    @Test func whatIsWrongWithTerms() {
        let locals: [LocalSpace] = [.spinHalf, .bosons(maximum: 2)]
        func error(_ term: LocalTerm) -> OperatorError? {
            do {
                _ = try LocalOperatorSum(locals, terms: [term])
                return nil
            } catch { return error }
        }
        #expect(error(LocalTerm(sites: [2], matrix: [1])) == .siteOutOfRange(site: 2, siteCount: 2))
        #expect(error(LocalTerm(sites: [1, 1], matrix: [1])) == .siteTwiceInTerm(site: 1, term: 0))
        #expect(error(LocalTerm(sites: [1], matrix: [1, 2])) == .wrongMatrixSize(term: 0, found: 2, dimension: 3))
        #expect(
            error(LocalTerm(sites: [0], elements: [.init(row: 2, column: 0, value: 1)]))
                == .elementOutOfRange(term: 0, row: 2, column: 0, dimension: 2))
        #expect(
            error(LocalTerm(sites: [0], elements: [.init(row: 1, column: 0, value: Complex(.nan))]))
                == .coefficientNotFinite(term: "term 0"))
        #expect(throws: OperatorError.localStatesWithoutCodes) {
            try LocalOperatorSum.heisenberg(siteCount: 2, doubled: 128, J: 1, pairs: [])
        }
        #expect(throws: OperatorError.siteOutOfRange(site: 2, siteCount: 2)) {
            try LocalOperatorSum.boseHubbard(siteCount: 2, maximum: 1, J: 1, U: 1, pairs: [Edge(0, 2)])
        }
    }
}

extension LocalTerm.Element {
    fileprivate var negated: LocalTerm.Element { .init(row: row, column: column, value: -value) }
}
