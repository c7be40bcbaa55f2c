import Communication
import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

/// Models of fermions against Jordan-Wigner matrices, and their exact energies.
@Suite struct FermionModelTests {
    private static func values(_ count: Int, _ stream: inout RandomStream) -> [Double] {
        (0..<count).map { _ in stream.normal() }
    }

    private static func phased(_ t: Double, _ hop: Hop) -> Complex<Double> {
        Complex(-t * .cos(hop.phase), -t * .sin(hop.phase))
    }

    private static func hops(_ edges: [Edge], _ stream: inout RandomStream) -> [Hop] {
        edges.enumerated().map { index, edge in
            let phase = 3 * stream.normal()
            return index % 2 == 0
                ? Hop(edge.first, edge.second, phase: phase) : Hop(edge.second, edge.first, phase: phase)
        }
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func hubbard(_ seed: UInt64) throws {
        var stream = RandomStream(seed: seed, index: 0, purpose: .parameters)
        let sites = seed == 3 ? 4 : 3
        let modes = FermionModes.spinful(siteCount: sites)
        let edges = try Lattice(.chain, extent: [sites]).edges(shell: 1)
        let (hops, second) = (Self.hops(edges, &stream), Self.hops([Edge(0, 2)], &stream))
        let (t, t2) = (Self.values(edges.count, &stream), Self.values(1, &stream))
        let (U, V, mu) = (
            Self.values(sites, &stream), Self.values(edges.count, &stream), Self.values(sites, &stream)
        )
        let sum = try FermionSum.hubbard(
            siteCount: sites, t: .each(t), U: .each(U), hops: hops, t2: .each(t2), secondHops: second, V: .each(V),
            pairs: edges, mu: .each(mu))
        let dense = JordanWigner(modes: modes)
        var expected = dense.zero
        let numbers = (0..<sites).map { dense.number($0) + dense.number(sites + $0) }
        for (hop, t) in zip(hops + second, t + t2) {
            for spin in [0, sites] {
                expected += dense.hop(spin + hop.first, spin + hop.second, Self.phased(t, hop))
            }
        }
        for site in 0..<sites {
            expected += U[site] * (dense.number(site) * dense.number(sites + site)) - mu[site] * numbers[site]
        }
        for (edge, V) in zip(edges, V) { expected += V * (numbers[edge.first] * numbers[edge.second]) }
        #expect(sum.isHermitian && !sum.isReal && sum.conservesParticleCountOfEachSpin)
        var spaces = [try HilbertSpace.fermions(siteCount: sites, up: 2, down: 1)]
        if sites == 3 { spaces.append(try HilbertSpace(modes.localSpaces)) }
        for space in spaces {
            #expect(try expected.largestDifference(sum, in: space, index: dense.index) < 1e-13)
        }
        // A test that can fail: the opposite phases are another operator.
        let other = try FermionSum.hubbard(
            siteCount: sites, t: .each(t), U: .each(U),
            hops: hops.map { Hop($0.first, $0.second, phase: -$0.phase) }, V: .each(V), pairs: edges, mu: .each(mu))
        #expect(try expected.largestDifference(other, in: spaces[0], index: dense.index) > 1e-2)
    }

    @Test func spinlessFermions() throws {
        var stream = RandomStream(seed: 7, index: 0, purpose: .parameters)
        let edges = try Lattice(.square, extent: [2, 3]).edges(shell: 1)
        let modes = FermionModes.spinless(siteCount: 6)
        let hops = Self.hops(edges, &stream)
        let (t, V) = (Self.values(edges.count, &stream), Self.values(edges.count, &stream))
        let sum = try FermionSum.tV(siteCount: 6, t: .each(t), V: .each(V), hops: hops, pairs: edges, mu: 0.3)
        let dense = JordanWigner(modes: modes)
        var expected = dense.zero
        for (hop, t) in zip(hops, t) { expected += dense.hop(hop.first, hop.second, Self.phased(t, hop)) }
        for (edge, V) in zip(edges, V) { expected += V * (dense.number(edge.first) * dense.number(edge.second)) }
        for site in 0..<6 { expected += -0.3 * dense.number(site) }
        for space in [try HilbertSpace(modes.localSpaces), try .spinlessFermions(siteCount: 6, count: 4)] {
            #expect(try expected.largestDifference(sum, in: space, index: dense.index) < 1e-13)
        }
    }

    @Test func withoutDoubleOccupancy() throws {
        var stream = RandomStream(seed: 8, index: 0, purpose: .parameters)
        let sites = 4
        let edges = try Lattice(.chain, extent: [sites]).edges(shell: 1)
        let modes = FermionModes.spinful(siteCount: sites, excludingDoubleOccupancy: true)
        let hops = Self.hops(edges, &stream)
        let (t, J) = (Self.values(edges.count, &stream), Self.values(edges.count, &stream))
        let sum = try FermionSum.tJ(siteCount: sites, t: .each(t), J: .each(J), hops: hops, pairs: edges)
        let dense = JordanWigner(modes: modes)
        var expected = dense.zero
        for (hop, t) in zip(hops, t) {
            for spin in [0, sites] {
                expected += dense.hop(spin + hop.first, spin + hop.second, Self.phased(t, hop))
            }
        }
        let raising = (0..<sites).map { dense.creation($0) * dense.annihilation(sites + $0) }
        let numbers = (0..<sites).map { dense.number($0) + dense.number(sites + $0) }
        let spins = (0..<sites).map { 0.5 * (dense.number($0) - dense.number(sites + $0)) }
        for (edge, J) in zip(edges, J) {
            let (i, j) = (edge.first, edge.second)
            expected += J * (spins[i] * spins[j]) - (J / 4) * (numbers[i] * numbers[j])
            let exchange = raising[i] * raising[j].adjoint
            expected += (J / 2) * (exchange + exchange.adjoint)
        }
        #expect(sum.isHermitian && sum.conservesParticleCountOfEachSpin)
        // P H P: the dense matrix leads out of the space, the sum does not.
        for space in [
            try HilbertSpace(modes.localSpaces),
            try .fermions(siteCount: sites, up: 2, down: 1, excludingDoubleOccupancy: true),
        ] {
            #expect(try expected.largestDifference(sum, in: space, index: dense.index) < 1e-13)
        }
    }

    @Test func exactEnergiesOfHubbardModels() throws {
        func model(
            _ lattice: Lattice, U: Couplings, t2: Couplings = 0, V: Couplings = 0, mu: Couplings = 0,
            twist: [Double]? = nil
        ) throws -> FermionSum {
            try .hubbard(
                siteCount: lattice.siteCount, t: 1, U: U, hops: .along(shell: 1, of: lattice, twist: twist), t2: t2,
                secondHops: t2 == 0 ? [] : .along(shell: 2, of: lattice, twist: twist), V: V,
                pairs: lattice.edges(shell: 1), mu: mu)
        }
        let dimer = try Lattice(.chain, extent: [2], periodic: false)
        try expectLevels(
            -0.8284271247461902, 0, of: model(dimer, U: 4), in: .fermions(siteCount: 2, up: 1, down: 1))
        let six = try Lattice(.chain, extent: [6])
        let half = try HilbertSpace.fermions(siteCount: 6, up: 3, down: 3)
        try expectLevels(-3.668706178872914, -2.8983814740367695, of: model(six, U: 4), in: half)
        try expectLevels(-3.6426645638106336, -2.92372318656529, of: model(six, U: 4, twist: [0.7]), in: half)
        try expectLevels(
            -2.7452978421432475, -2.4892609136986135, of: model(six, U: 4, V: 1),
            in: .fermions(siteCount: 6, up: 2, down: 2))
        try expectLevels(
            -4.060366020623642, -4.060366020623595, of: model(six, U: 6, t2: 0.3),
            in: .fermions(siteCount: 6, up: 3, down: 2))
        try expectLevels(
            -7.295301220421067, -7.295301220421046, of: model(six, U: 3, mu: 0.5),
            in: .fermions(siteCount: 6, up: 2, down: 3))
        try expectLevels(
            -3.789823071667736, -3.726573944889541,
            of: model(Lattice(.square, extent: [2, 3], periodic: [false, true]), U: 4), in: half)
    }

    @Test func exactEnergiesOfSpinlessFermions() throws {
        func model(_ lattice: Lattice, V: Couplings, twist: [Double]? = nil) throws -> FermionSum {
            try .tV(
                siteCount: lattice.siteCount, t: 1, V: V, hops: .along(shell: 1, of: lattice, twist: twist),
                pairs: lattice.edges(shell: 1))
        }
        try expectLevels(
            -2.9483431485663054, -2.9483431485662894, of: model(Lattice(.chain, extent: [8]), V: 2),
            in: .spinlessFermions(siteCount: 8, count: 4))
        try expectLevels(
            -3.128068885086366, -1.995281008561897, of: model(Lattice(.chain, extent: [7]), V: 4, twist: [0.5]),
            in: .spinlessFermions(siteCount: 7, count: 3))
        try expectLevels(
            -5.573044474645793, -4.503962147197373, of: model(Lattice(.honeycomb, extent: [3, 2]), V: 1.355),
            in: .spinlessFermions(siteCount: 12, count: 6))
    }

    @Test func exactEnergiesWithoutDoubleOccupancy() throws {
        let lattice = try Lattice(.chain, extent: [8])
        let edges = try lattice.edges(shell: 1)
        func model(_ J: Double) throws -> FermionSum {
            try .tJ(siteCount: 8, t: 1, J: .uniform(J), hops: .along(edges), pairs: edges)
        }
        func space(_ count: Int) throws -> HilbertSpace {
            try .fermions(siteCount: 8, up: count, down: count, excludingDoubleOccupancy: true)
        }
        try expectLevels(-4.880852174492436, -4.445045009682502, of: model(0.4), in: space(3))
        try expectLevels(-9.838276236848218, -9.049975668363968, of: model(2), in: space(3))
        try expectLevels(-2.2604373635748702, -2.0513676255378317, of: model(0.4), in: space(4))
    }

    @Test func exactEnergiesOfStrings() throws {
        let terms: [(String, Double, Double)] = [
            ("2^ 5", -0.413, -2.441), ("5^ 2", -0.413, 2.441), ("2^ 7", 1.144, -0.325), ("7^ 2", 1.144, 0.325),
            ("6^ 0", -0.554, 0.978), ("0^ 6", -0.554, -0.978), ("2^ 1", -0.329, -0.792), ("1^ 2", -0.329, 0.792),
            ("3^ 6", 0.545, -0.607), ("6^ 3", 0.545, 0.607), ("3^ 4", -0.892, 0.841), ("4^ 3", -0.892, -0.841),
            ("2^ 3^ 4 7", 0.783, 2.057), ("7^ 4^ 3 2", 0.783, -2.057), ("4^ 5^ 3 1", 0.841, 0.129),
            ("1^ 3^ 5 4", 0.841, -0.129), ("6^ 2^ 4 3", -0.17, 0.868), ("3^ 4^ 2 6", -0.17, -0.868),
            ("2^ 6^ 1 5", 1.801, -0.764), ("5^ 1^ 6 2", 1.801, 0.764), ("2^ 7 5^ 0", 1.324, -1.873),
            ("0^ 5 7^ 2", 1.324, 1.873), ("3^ 6^ 6 0", -1.419, 0.154), ("0^ 6^ 6 3", -1.419, -0.154),
            ("3^ 3 0^ 0", 1.216, 0), ("6 6^", 0.088, 0),
        ]
        let modes = FermionModes.spinless(siteCount: 8)
        let sum = try FermionSum(
            terms.map { try FermionString(parsing: $0.0, coefficient: Complex($0.1, $0.2), modes: modes) }, modes: modes
        )
        #expect(sum.isHermitian && sum.conservesParticleCount)
        try expectLevels(
            -6.054644527390755, -5.7431411794932, of: sum, in: .spinlessFermions(siteCount: 8, count: 4))
    }
}
