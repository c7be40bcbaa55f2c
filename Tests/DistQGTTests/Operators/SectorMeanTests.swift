import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

/// What operators say of a sector, against its states.
@Suite struct SectorMeanTests {
    /// The mean of the diagonal over all states, and whether no row leads out of the space.
    private func enumerated(
        _ found: any Operator, _ space: HilbertSpace
    ) throws -> (mean: Complex<Double>, isInvariant: Bool) {
        let numbering = try BasisNumbering(space)
        let list = TransitionList()
        var (sum, isInvariant) = (Complex<Double>.zero, true)
        for state in 0..<numbering.dimension {
            list.removeAll()
            let row = try numbering.configuration(at: state)
            sum += found.appendTransitions(from: row, to: list)
            // Elements to the same state add, and may cancel.
            var images: [[Int8]: Complex<Double>] = [:]
            for transition in 0..<list.count {
                var image = row
                list.apply(transition, to: &image)
                images[image, default: .zero] += list.element(transition)
            }
            for (image, element) in images where element.length > 1e-12 && !space.contains(image) {
                isInvariant = false
            }
        }
        return (sum / Complex(Double(numbering.dimension)), isInvariant)
    }

    private func expectMean(
        _ found: any Operator, _ space: HilbertSpace, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let (mean, isInvariant) = try enumerated(found, space)
        #expect((try found.meanDiagonal(in: space) - mean).length < 1e-12, sourceLocation: location)
        // What is conserved leads nowhere; a sector may be invariant by chance.
        if found.conserves(space) { #expect(isInvariant, sourceLocation: location) }
    }

    private static let allModes: [FermionModes] = [
        .spinless(siteCount: 6), .spinful(siteCount: 4), .spinful(siteCount: 4, excludingDoubleOccupancy: true),
    ]

    @Test(arguments: SectorMeanTests.allModes)
    func meansOfFermions(_ modes: FermionModes) throws {
        var random = RandomFermionStrings(seed: 21)
        var strings: [FermionString] = []
        for _ in 0..<30 {
            let counted = (0..<1 + random.stream.integer(below: 3)).map { _ in
                random.stream.integer(below: modes.modeCount)
            }
            strings.append(
                FermionString(
                    counted.flatMap { [.creation($0), .annihilation($0)] },
                    coefficient: Complex(random.stream.normal(), random.stream.normal())))
        }
        let sum = try FermionSum(strings + random.strings(modes, count: 10), modes: modes)
        let (local, sites) = (modes.localSpace, modes.siteCount)
        try expectMean(sum, HilbertSpace(modes.localSpaces))
        if modes.isSpinful {
            for (up, down) in [(0, 1), (1, 1), (2, 1), (1, 3), (2, 2)] {
                try expectMean(
                    sum,
                    .fermions(
                        siteCount: sites, up: up, down: down, excludingDoubleOccupancy: modes.excludesDoubleOccupancy))
            }
            for spin in ElectronSpin.allCases {
                try expectMean(
                    sum,
                    HilbertSpace(
                        modes.localSpaces, conserving: [.electrons(spin, in: local, siteCount: sites, total: 2)]))
            }
            // Sums of some sites only, as if two parts did not exchange electrons.
            let values = local.codes.map(Int.init)
            let part = ConservedSum(sites: [0, 2], values: [values, values], total: 3)
            try expectMean(sum, HilbertSpace(modes.localSpaces, conserving: [part]))
        } else {
            for count in 0...6 { try expectMean(sum, .spinlessFermions(siteCount: sites, count: count)) }
        }
    }

    @Test func meansOfLocalOperators() throws {
        let ring = try Lattice(.chain, extent: [5]).edges(shell: 1)
        for magnetisation in [nil, 0, 4, -10] as [Int?] {
            try expectMean(
                LocalOperatorSum.bilinearBiquadratic(siteCount: 5, doubled: 2, theta: 0.4, pairs: ring),
                .spins(siteCount: 5, doubled: 2, magnetisation: magnetisation))
        }
        for total in [nil, 0, 3, 13] as [Int?] {
            try expectMean(
                LocalOperatorSum.boseHubbard(
                    siteCount: 5, maximum: 3, J: 1, U: [1, 2, 3, 4, 5], V: 0.4, mu: 0.2, pairs: ring),
                .bosons(siteCount: 5, maximum: 3, total: total))
        }
    }

    /// Spaces of several kinds of sites with any sums.
    @Test(arguments: UInt64(1)...12)
    func meansInRandomSpaces(_ seed: UInt64) throws {
        let random = RandomSpace(seed: seed)
        var stream = RandomStream(seed: seed, index: 1, purpose: .parameters)
        let space = try HilbertSpace(random.localSpaces, conserving: random.sums)
        let terms = (0..<4).map { _ in
            let first = stream.integer(below: space.siteCount)
            let second = stream.integer(below: space.siteCount)
            let sites = first == second ? [first] : [first, second]
            let size = sites.reduce(1) { $0 * space.localSpaces[$1].dimension }
            return LocalTerm(sites: sites, matrix: (0..<size * size).map { _ in Complex(stream.normal(), 0) })
        }
        let sum = try LocalOperatorSum(space.localSpaces, terms: terms)
        try expectMean(sum, space)
    }

    @Test func meansOfPauliStringsWithOtherSums() throws {
        var random = RandomPauliStrings(seed: 4)
        let sum = try PauliSum.pauliStrings(random.strings(siteCount: 6, count: 60), siteCount: 6)
        let locals = [LocalSpace](repeating: .spinHalf, count: 6)
        let space = try HilbertSpace(
            locals,
            conserving: [
                .ofCodes(locals, sites: [0, 3, 4], total: 1),
                ConservedSum(sites: [1, 2], values: [[2, 0], [1, -1]], total: 1),
            ])
        try expectMean(sum, space)
        #expect(!sum.conserves(space))
        #expect(throws: OperatorError.localStatesDiffer) {
            try sum.meanDiagonal(in: .spinlessFermions(siteCount: 6, count: nil))
        }
        // Exchange within parts conserves their sums apart.
        let parts = try PauliSum.heisenberg(
            J: 1, signRule: false, edges: [Edge(0, 3), Edge(3, 4), Edge(1, 2)], siteCount: 6)
        #expect(try parts.conserves(HilbertSpace(locals, conserving: [.ofCodes(locals, sites: [0, 3, 4], total: 1)])))
        #expect(try !parts.conserves(HilbertSpace(locals, conserving: [.ofCodes(locals, sites: [0, 1], total: 0)])))
        #expect(try parts.conserves(HilbertSpace(siteCount: 6, magnetisation: 0)))
    }

    /// Means on so many sites that the numbers of states do not fit a double.
    @Test func meansOnManySites() throws {
        let sites = 2000
        let ring = (0..<sites).map { Edge($0, ($0 + 1) % sites) }
        let spins = try LocalOperatorSum.heisenberg(siteCount: sites, doubled: 1, J: 1, pairs: ring)
        let few = try HilbertSpace.spins(siteCount: sites, doubled: 1, magnetisation: sites - 20)
        let expected = try PauliSum.heisenberg(J: 0.25, signRule: false, edges: ring, siteCount: sites)
        let difference = try spins.meanDiagonal(in: few) - expected.meanDiagonal(in: few)
        #expect(difference.length < 1e-9 * Double(sites))
        let hubbard = try FermionSum.hubbard(
            siteCount: sites, t: 1, U: 8, hops: .along(ring), V: 1, pairs: ring)
        let mean = try hubbard.meanDiagonal(in: .fermions(siteCount: sites, up: 500, down: 1000))
        // n_i n_j of different sites: same spin without replacement.
        let same = 0.25 * (499.0 / 1999) + 0.5 * (999.0 / 1999)
        #expect(abs(mean.real - Double(sites) * (8 * 0.125 + same + 2 * 0.125)) < 1e-9 * Double(sites))
    }

    /// Whether sums are conserved is decided for elements that vanish, and for sums that are not linear.
    @Test func conservationOfFermions() throws {
        let modes = FermionModes.spinful(siteCount: 2)
        func sum(_ terms: [(String, Double)]) throws -> FermionSum {
            try FermionSum(
                terms.map { try FermionString(parsing: $0.0, coefficient: Complex($0.1), modes: modes) }, modes: modes)
        }
        // The number of doubly occupied sites is conserved by hops of up electrons between sites of equal downs.
        let doublons = ConservedSum(sites: [0, 1], values: [[0, 0, 0, 1], [0, 0, 0, 1]], total: 1)
        let space = try HilbertSpace(modes.localSpaces, conserving: [doublons])
        let hop = try sum([("0^ 1", 1)])
        #expect(!hop.conserves(space))
        // (1 − n_2)(1 − n_3) + n_2 n_3.
        let correlated = try sum([("0^ 1", 1), ("0^ 1 2^ 2", -1), ("0^ 1 3^ 3", -1), ("0^ 1 2^ 2 3^ 3", 2)])
        #expect(correlated.conserves(space))
        try expectMean(correlated, space)
        #expect(try hop.conserves(.fermions(siteCount: 2, up: 1, down: 1)))
        #expect(try !sum([("0^ 2", 1)]).conserves(.fermions(siteCount: 2, up: 1, down: 1)))
        #expect(!hop.conserves(try .spinlessFermions(siteCount: 2, count: 1)))
    }
}
