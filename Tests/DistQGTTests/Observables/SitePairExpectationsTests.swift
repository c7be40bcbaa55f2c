import Communication
import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import Numerics
import Testing

/// Two-point functions and densities of random vectors with exact zeros, against ladder operators on the whole vector.
struct SitePairExpectationsTests {
    enum Sites: CaseIterable {
        case electrons, electronsWithoutDoubleOccupancy, spinless, bosons, spinsOne, spinsOneOfAllSz, spinsThreeHalves
    }

    struct Problem {
        let lattice: Lattice
        let space: HilbertSpace
        let hamiltonian: any Operator
        let vector: [Double]
        let ket: LadderKet

        var siteCount: Int { lattice.siteCount }

        init(_ sites: Sites) throws {
            let isSmall = sites == .spinsOneOfAllSz || sites == .spinsThreeHalves
            lattice = isSmall ? try Lattice(.chain, extent: [4]) : try Lattice(.square, extent: [3, 2])
            let (n, edges) = (lattice.siteCount, try lattice.edges(shell: 1))
            switch sites {
            case .electrons, .electronsWithoutDoubleOccupancy:
                let excludes = sites == .electronsWithoutDoubleOccupancy
                space = try .fermions(siteCount: n, up: 3, down: 2, excludingDoubleOccupancy: excludes)
                hamiltonian =
                    excludes
                    ? try FermionSum.tJ(siteCount: n, t: 1, J: 0.4, hops: .along(edges), pairs: edges)
                    : try FermionSum.hubbard(siteCount: n, t: 1, U: 4, hops: .along(edges))
            case .spinless:
                space = try .spinlessFermions(siteCount: n, count: 3)
                hamiltonian = try FermionSum.tV(siteCount: n, t: 1, V: 1, hops: .along(edges), pairs: edges)
            case .bosons:
                space = try .bosons(siteCount: n, maximum: 3, total: 5)
                hamiltonian = try LocalOperatorSum.boseHubbard(
                    siteCount: n, maximum: 3, J: 1, U: 2, V: 0, mu: 0, pairs: edges)
            case .spinsOne, .spinsOneOfAllSz, .spinsThreeHalves:
                let doubled = sites == .spinsThreeHalves ? 3 : 2
                space = try .spins(
                    siteCount: n, doubled: doubled, magnetisation: sites == .spinsOneOfAllSz ? nil : 2)
                hamiltonian = try LocalOperatorSum.xxz(
                    siteCount: n, doubled: doubled, J: 1, delta: 1, signRule: false, units: .spin, pairs: edges)
            }
            let numbering = try BasisNumbering(space)
            var stream = RandomStream(seed: 7, index: 0, purpose: .parameters)
            var vector: [Double] = []
            for _ in 0..<numbering.dimension {
                let isNode = stream.uniform() < 0.3
                vector += [isNode ? 0 : stream.normal(), isNode ? 0 : stream.normal()]
            }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            self.vector = vector.map { $0 / norm }
            ket = try LadderKet(self.vector, of: numbering)
        }

        /// Means of all quantities.
        func measure(_ make: @escaping (any LogAmplitudes, HilbertSpace) -> any LocalObservable) throws -> [Double] {
            try EigenvectorMeasurement.measure(
                vector, isComplex: true, in: space, hamiltonian: hamiltonian, observables: { [make($0, $1)] },
                subsystems: [], over: .alone()
            ).quantities.map(\.mean)
        }

        /// ⟨A_i ψ|A_j ψ⟩ of all i and j.
        func gram(_ image: (Int) -> LadderKet) -> [[Complex<Double>]] {
            let images = (0..<siteCount).map(image)
            return images.map { one in images.map { one.inner($0) } }
        }

        func value(_ function: SiteFunction, _ site: Int) -> ([Int]) -> Double {
            let local = space.localSpaces[0]
            let n = siteCount
            return { key in
                guard local.isOfElectrons else { return function == .spin ? Double(key[site]) / 2 : Double(key[site]) }
                let (up, down) = (Double(key[site]), Double(key[n + site]))
                switch function {
                case .spin: return (up - down) / 2
                case .density: return up + down
                case .up: return up
                case .down: return down
                case .doubleOccupancy: return up * down
                }
            }
        }

        /// Δ_i ψ from its definition, (1/√2) Σ f (c_i↑ c_j↓ − c_i↓ c_j↑).
        func pair(_ site: Int, _ partners: [(site: Int, factor: Double)]) -> LadderKet {
            var sum = ket.scaled(by: 0).fermion(0, creates: false)
            for (partner, factor) in partners {
                let one = ket.fermion(siteCount + partner, creates: false).fermion(site, creates: false)
                let other = ket.fermion(partner, creates: false).fermion(siteCount + site, creates: false)
                sum = sum + one.scaled(by: factor * 0.5.squareRoot()) + other.scaled(by: -factor * 0.5.squareRoot())
            }
            return sum
        }
    }

    /// Every function in pairs, by displacement with both parts, and as waves with all momenta.
    private func check(
        _ problem: Problem, _ component: SitePairReduction.Component, _ expected: [[Complex<Double>]], _ name: String
    ) throws {
        let (lattice, n) = (problem.lattice, problem.siteCount)
        let pairs = PairClasses.allPairs(siteCount: n)
        let (classes, displacements) = try #require(lattice.pairsByDisplacement())
        let momenta = (0..<n).map { site in
            lattice.siteCoordinates[site].indices.map { d in
                Double(lattice.siteCoordinates[site][d]) / Double(lattice.extent[d])
            }
        }
        let waves = try #require(SitePairReduction.waves(on: lattice, momenta: momenta, components: [component]))
        let found = try problem.measure { amplitudes, space in
            SitePairExpectations(
                [
                    .averages(
                        PairClasses(separate: pairs), onSite: (0..<n).map { [$0] }, components: [component],
                        hasImaginary: true),
                    .averages(classes, onSite: [Array(0..<n)], components: [component], hasImaginary: true), waves,
                ], in: space, rotation: nil, amplitudes: amplitudes)
        }
        var values: [Double] = []
        let all = (0..<n).map { (first: $0, second: $0) } + pairs.map { (first: $0.first, second: $0.second) }
        values += all.map { expected[$0.first][$0.second].real }
        values += all.map { expected[$0.first][$0.second].imaginary }
        var byStep: [Complex<Double>] = []
        for cells in [lattice.extent.map { _ in 0 }] + displacements.map(\.cells) {
            var sum = Complex<Double>.zero
            for i in 0..<n {
                for j in 0..<n
                where (0..<cells.count).allSatisfy({ d in
                    (lattice.siteCoordinates[j][d] - lattice.siteCoordinates[i][d] - cells[d]) % lattice.extent[d] == 0
                }) { sum += expected[i][j] }
            }
            byStep.append(sum / Complex(Double(n)))
        }
        values += byStep.map(\.real)
        values += byStep.map(\.imaginary)
        for k in momenta {
            let phases = try #require(lattice.phases(momentum: k))
            var sum = Complex<Double>.zero
            for i in 0..<n {
                for j in 0..<n { sum += .exp(Complex(0, phases[i] - phases[j])) * expected[i][j] }
            }
            values.append(sum.real / Double(n))
        }
        #expect(found.count == values.count)
        for (index, (one, other)) in zip(found, values).enumerated() {
            #expect(abs(one - other) < 1e-12, "\(name) \(index)")
        }
    }

    @Test(arguments: Sites.allCases)
    func productsAndDensities(_ sites: Sites) throws {
        let problem = try Problem(sites)
        let local = problem.space.localSpaces[0]
        for function in SiteFunction.allCases where function.isDefined(on: local) {
            let expected = problem.gram { site in problem.ket.diagonal(problem.value(function, site)) }
            try check(problem, .init(.product(function)), expected, "\(function)")
            let n = problem.siteCount
            let each = try problem.measure { _, _ in SiteAverages(function, on: local, siteCount: n, .sites) }
            let means = (0..<n).map { site in
                problem.ket.inner(problem.ket.diagonal(problem.value(function, site))).real
            }
            #expect(zip(each, means).allSatisfy { abs($0 - $1) < 1e-12 })
            let signs = (0..<n).map { $0 % 3 == 0 ? -1 : 1 }
            let moments = try problem.measure { _, _ in
                SiteAverages(function, on: local, siteCount: n, .moments(signs: signs))
            }
            func m(_ key: [Int]) -> Double {
                (0..<n).reduce(0.0) { $0 + Double(signs[$1]) * problem.value(function, $1)(key) } / Double(n)
            }
            let ket = problem.ket
            let expectedMoments = [
                ket.inner(ket.diagonal(m)).real, ket.inner(ket.diagonal { m($0) * m($0) }).real,
                ket.inner(ket.diagonal { abs(m($0)) }).real,
            ]
            #expect(zip(moments, expectedMoments).allSatisfy { abs($0 - $1) < 1e-12 })
        }
    }

    @Test(arguments: Sites.allCases)
    func exchangeAndHops(_ sites: Sites) throws {
        let problem = try Problem(sites)
        let (ket, n) = (problem.ket, problem.siteCount)
        /// Half of G and of its transpose with another ladder operator.
        func symmetric(
            _ raising: [[Complex<Double>]], _ lowering: [[Complex<Double>]]
        ) -> [[Complex<Double>]] {
            (0..<n).map { i in (0..<n).map { j in (raising[i][j] + lowering[i][j]) / 2 } }
        }
        switch sites {
        case .bosons: try check(problem, .init(.hop(.both)), problem.gram(ket.lowered), "bosons")
        case .spinless:
            let gram = problem.gram { ket.fermion($0, creates: false) }
            try check(problem, .init(.hop(.both)), gram, "spinless")
        case .spinsOne, .spinsOneOfAllSz, .spinsThreeHalves:
            // S⁻_i S⁺_j from the commutator of both.
            let lowered = problem.gram(ket.lowered)
            let z = (0..<n).map { site in ket.inner(ket.diagonal(problem.value(.spin, site))).real }
            let exchange = (0..<n).map { i in
                (0..<n).map { j in
                    i == j ? lowered[i][i] - Complex(z[i]) : (lowered[i][j] + lowered[j][i]) / 2
                }
            }
            try check(problem, .init(.exchange), exchange, "spins")
        case .electrons, .electronsWithoutDoubleOccupancy:
            let up = problem.gram { ket.fermion($0, creates: false) }
            let down = problem.gram { ket.fermion(n + $0, creates: false) }
            try check(problem, .init(.hop(.up)), up, "up")
            try check(problem, .init(.hop(.down)), down, "down")
            let both = (0..<n).map { i in (0..<n).map { up[i][$0] + down[i][$0] } }
            try check(problem, .init([(.hop(.up), 1), (.hop(.down), 1)]), both, "both")
            // S⁻ = c†↓ c↑ and S⁺ = c†↑ c↓.
            let lowered = problem.gram { ket.fermion($0, creates: false).fermion(n + $0, creates: true) }
            let raised = problem.gram { ket.fermion(n + $0, creates: false).fermion($0, creates: true) }
            let exchange = symmetric(lowered, raised)
            try check(problem, .init(.exchange), exchange, "exchange")
            let z = problem.gram { ket.diagonal(problem.value(.spin, $0)) }
            try check(problem, .spins, (0..<n).map { i in (0..<n).map { exchange[i][$0] + z[i][$0] } }, "S.S")
        }
    }

    @Test(arguments: [Sites.electrons, .electronsWithoutDoubleOccupancy])
    func pairsOfElectrons(_ sites: Sites) throws {
        let problem = try Problem(sites)
        let (lattice, n) = (problem.lattice, problem.siteCount)
        let bonds = try lattice.edges(shell: 1)
        let neighbours = try lattice.neighbours(shell: 1)
        func form(_ factor: @escaping (Int, Int) -> Double) -> [[Complex<Double>]] {
            problem.gram { site in problem.pair(site, neighbours[site].map { ($0, factor(site, $0)) }) }
        }
        let d = try #require(PairForm.d(on: lattice, bonds: bonds))
        try check(
            problem, .init(.pair(d)),
            form { lattice.siteCoordinates[$0][0] == lattice.siteCoordinates[$1][0] ? -1 : 1 }, "d")
        try check(problem, .init(.pair(.extended(siteCount: n, bonds: bonds))), form { _, _ in 1 }, "extended s")
        let onSite = problem.gram { site in
            problem.ket.fermion(n + site, creates: false).fermion(site, creates: false)
        }
        try check(problem, .init(.pair(.onSite(siteCount: n))), onSite, "s")
        #expect(PairForm.d(on: try Lattice(.chain, extent: [6]), bonds: []) == nil)
    }

    /// |Σ ⟨σ|Δ_j|σ′⟩ψ(σ′)/ψ(σ)|² would lack what Δ_j makes of ψ outside its own states: the mean of an operator taken as a
    /// whole does not.
    @Test func nodesBiasSquaresOfLocalValues() throws {
        let problem = try Problem(.spinless)
        let (ket, n) = (problem.ket, problem.siteCount)
        // Hop 0 ← 1: A = c†_0 c_1, and A†A = n_1 (1 − n_0).
        let image = ket.fermion(1, creates: false).fermion(0, creates: true)
        let whole = image.inner(image).real
        let lost = image.amplitudes.reduce(0.0) { sum, state in
            (ket.amplitudes[state.key] ?? .zero) == .zero ? sum + state.value.lengthSquared : sum
        }
        #expect(lost > 0.01)
        let string = FermionString([.creation(1), .annihilation(0), .creation(0), .annihilation(1)])
        let sum = try FermionSum([string], modes: .spinless(siteCount: n))
        let found = try problem.measure { OperatorExpectation(sum, in: $1, amplitudes: $0) }[0]
        #expect(abs(found - whole) < 1e-12)
    }
}
