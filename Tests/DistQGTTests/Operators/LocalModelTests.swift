import Communication
import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

/// Spin matrices from the definition, m = s, s − 1, …, −s.
private struct SpinKronecker {
    let doubled: Int
    let siteCount: Int
    private let raising: KroneckerMatrix
    private let m: KroneckerMatrix

    init(doubled: Int, siteCount: Int) {
        (self.doubled, self.siteCount) = (doubled, siteCount)
        let s = Double(doubled) / 2
        var (raising, m) = (
            [[Complex<Double>]](repeating: [Complex<Double>](repeating: .zero, count: doubled + 1), count: doubled + 1),
            [[Complex<Double>]](repeating: [Complex<Double>](repeating: .zero, count: doubled + 1), count: doubled + 1)
        )
        for state in 0...doubled {
            let value = s - Double(state)
            m[state][state] = Complex(value)
            if state > 0 { raising[state - 1][state] = Complex((s * (s + 1) - value * (value + 1)).squareRoot()) }
        }
        self.raising = KroneckerMatrix(raising)
        self.m = KroneckerMatrix(m)
    }

    private func at(_ site: Int, _ matrix: KroneckerMatrix) -> KroneckerMatrix {
        .product([site: matrix], dimensions: [Int](repeating: doubled + 1, count: siteCount))
    }

    func x(_ site: Int) -> KroneckerMatrix { 0.5 * (at(site, raising) + at(site, raising.adjoint)) }
    func y(_ site: Int) -> KroneckerMatrix {
        Complex<Double>(0, -0.5) * (at(site, raising) - at(site, raising.adjoint))
    }
    func z(_ site: Int) -> KroneckerMatrix { at(site, m) }
    func across(_ pair: Edge) -> KroneckerMatrix {
        x(pair.first) * x(pair.second) + y(pair.first) * y(pair.second)
    }
    func along(_ pair: Edge) -> KroneckerMatrix { z(pair.first) * z(pair.second) }
    var zero: KroneckerMatrix { along(Edge(0, 1)) - along(Edge(0, 1)) }

    func index(_ codes: [Int8]) -> Int { codes.reduce(0) { $0 * (doubled + 1) + (doubled - Int($1)) / 2 } }
}

/// Models of spins and bosons against Kronecker products, and their exact energies.
@Suite struct LocalModelTests {
    private static func values(_ count: Int, _ stream: inout RandomStream) -> [Double] {
        (0..<count).map { _ in stream.normal() }
    }

    private func spaces(_ sites: Int, _ doubled: Int) throws -> [HilbertSpace] {
        let odd = sites * doubled % 2
        return [
            try .spins(siteCount: sites, doubled: doubled, magnetisation: nil),
            try .spins(siteCount: sites, doubled: doubled, magnetisation: odd),
        ]
    }

    @Test(arguments: [(1, 5), (2, 4), (3, 3)])
    func modelsOfSpins(_ doubled: Int, _ sites: Int) throws {
        var stream = RandomStream(seed: 5, index: doubled, purpose: .parameters)
        let dense = SpinKronecker(doubled: doubled, siteCount: sites)
        let pairs = try Lattice(.chain, extent: [sites]).edges(shell: 1)
        let J = Self.values(pairs.count, &stream)
        let delta = Self.values(pairs.count, &stream)
        let h = Self.values(sites, &stream)
        func sum(_ terms: [(Double, KroneckerMatrix)]) -> KroneckerMatrix {
            terms.reduce(dense.zero) { $0 + $1.0 * $1.1 }
        }
        func expect(
            _ found: LocalOperatorSum, _ expected: KroneckerMatrix, _ spaces: [HilbertSpace],
            _ location: SourceLocation = #_sourceLocation
        ) throws {
            #expect(found.isHermitian && found.isReal, sourceLocation: location)
            for space in spaces {
                #expect(
                    try expected.largestDifference(found, in: space, index: dense.index) < 1e-13,
                    sourceLocation: location)
            }
        }
        let spaces = try spaces(sites, doubled)
        let exchange = sum(zip(pairs, J).map { ($1, dense.across($0)) })
        for (units, factor) in [(SpinUnits.spin, 1.0), (.pauli, 4.0)] {
            let found = try LocalOperatorSum.xxz(
                siteCount: sites, doubled: doubled, J: .each(J), delta: .each(delta), units: units, pairs: pairs)
            let along = sum(pairs.indices.map { (J[$0] * delta[$0], dense.along(pairs[$0])) })
            try expect(found, factor * (along + exchange), spaces)
            #expect(found.conserves(spaces[1]))
            let rotated = try LocalOperatorSum.xxz(
                siteCount: sites, doubled: doubled, J: .each(J), delta: .each(delta), signRule: true, units: units,
                pairs: pairs)
            try expect(rotated, factor * (along - exchange), spaces)
            let ising = try LocalOperatorSum.ising(
                siteCount: sites, doubled: doubled, J: .each(J), h: .each(h), units: units, pairs: pairs)
            let field = sum(h.indices.map { (-h[$0], dense.x($0)) })
            try expect(
                ising, factor * sum(zip(pairs, J).map { ($1, dense.along($0)) }) + factor.squareRoot() * field,
                [spaces[0]])
            #expect(!ising.conserves(spaces[1]) && ising.conserves(spaces[0]))
        }
        let second = [Edge(0, 2)]
        let frustrated = try LocalOperatorSum.j1j2(
            siteCount: sites, doubled: doubled, J1: 1.1, J2: .each([0.4]), signRule: (true, false), pairs: pairs,
            secondPairs: second)
        try expect(
            frustrated,
            sum(pairs.map { (1.1, dense.along($0)) } + pairs.map { (-1.1, dense.across($0)) })
                + 0.4 * (dense.along(second[0]) + dense.across(second[0])),
            spaces)
        let biquadratic = try LocalOperatorSum.bilinearBiquadratic(
            siteCount: sites, doubled: doubled, theta: .each(delta), J: .each(J), pairs: pairs)
        try expect(
            biquadratic,
            sum(
                pairs.indices.flatMap { b in
                    let product = dense.along(pairs[b]) + dense.across(pairs[b])
                    return [(J[b] * .cos(delta[b]), product), (J[b] * .sin(delta[b]), product * product)]
                }),
            spaces)
    }

    @Test func modelsOfBosons() throws {
        var stream = RandomStream(seed: 6, index: 0, purpose: .parameters)
        let (sites, maximum) = (4, 3)
        let pairs = try Lattice(.chain, extent: [sites]).edges(shell: 1)
        let (J, V) = (Self.values(pairs.count, &stream), Self.values(pairs.count, &stream))
        let (U, mu) = (Self.values(sites, &stream), Self.values(sites, &stream))
        let found = try LocalOperatorSum.boseHubbard(
            siteCount: sites, maximum: maximum, J: .each(J), U: .each(U), V: .each(V), mu: .each(mu), pairs: pairs)
        let dimensions = [Int](repeating: maximum + 1, count: sites)
        let lower = KroneckerMatrix(
            (0...maximum).map { row in
                (0...maximum).map { $0 == row + 1 ? Complex(Double($0).squareRoot()) : .zero }
            })
        let b = (0..<sites).map { KroneckerMatrix.product([$0: lower], dimensions: dimensions) }
        let n = b.map { $0.adjoint * $0 }
        var expected = KroneckerMatrix.zero(n[0].dimension)
        for (pair, (J, V)) in zip(pairs, zip(J, V)) {
            let hop = b[pair.first].adjoint * b[pair.second]
            expected += (-J) * (hop + hop.adjoint) + V * (n[pair.first] * n[pair.second])
        }
        for site in 0..<sites {
            expected += (U[site] / 2) * (n[site] * n[site] - n[site]) - mu[site] * n[site]
        }
        #expect(found.isHermitian && found.isReal)
        for total in [nil, 5] as [Int?] {
            let space = try HilbertSpace.bosons(siteCount: sites, maximum: maximum, total: total)
            #expect(found.conserves(space))
            let difference = try expected.largestDifference(found, in: space) {
                $0.reduce(0) { $0 * (maximum + 1) + Int($1) }
            }
            #expect(difference < 1e-13)
        }
    }

    @Test func exactEnergies() throws {
        let ring = try Lattice(.chain, extent: [8]).edges(shell: 1)
        let one = try HilbertSpace.spins(siteCount: 8, doubled: 2, totalSz: 0)
        try expectLevels(
            -11.33695607789737, -10.743400823522077,
            of: LocalOperatorSum.heisenberg(siteCount: 8, doubled: 2, J: 1, pairs: ring), in: one)
        try expectLevels(
            -9.931007764770229, -8.365281780083151,
            of: LocalOperatorSum.xxz(siteCount: 8, doubled: 2, J: 1, delta: 0.5, pairs: ring), in: one)
        try expectLevels(
            -5.059644256269385, -4.395852218170834,
            of: LocalOperatorSum.bilinearBiquadratic(siteCount: 8, doubled: 2, theta: 0.3217505543966422, pairs: ring),
            in: one)
        try expectLevels(
            -17.392845137533747, -16.687355915291057,
            of: LocalOperatorSum.heisenberg(
                siteCount: 6, doubled: 3, J: 1, pairs: Lattice(.chain, extent: [6]).edges(shell: 1)),
            in: .spins(siteCount: 6, doubled: 3, totalSz: 0))
        try expectLevels(
            -4.935404224854398, -3.8487356070381296,
            of: LocalOperatorSum.boseHubbard(
                siteCount: 6, maximum: 3, J: 1, U: 4, V: 0.5, mu: 0.3,
                pairs: Lattice(.chain, extent: [6], periodic: false).edges(shell: 1)),
            in: .bosons(siteCount: 6, maximum: 3, total: 5))
        try expectLevels(
            -15.750595774248287, -15.69265342322134,
            of: LocalOperatorSum.boseHubbard(
                siteCount: 5, maximum: 3, J: 1, U: 4, mu: 2, pairs: Lattice(.chain, extent: [5]).edges(shell: 1)),
            in: .bosons(siteCount: 5, maximum: 3, total: nil))
    }
}
