import Communication
import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// Determinants of several states over walkers: against determinants in plain numbers, finite differences, dense matrices
/// of overlaps and energies, and exact levels.
@Suite struct StateEnsembleTests {
    struct Subject: Sendable, CustomStringConvertible {
        let description: String
        let base: any Ansatz
        let problem: EnsembleProblem
        /// Whether ψ_j are real, so that the derivatives have to be.
        let isReal: Bool
    }

    private static let wide = Initialiser(.normal, scale: 0.4)

    static let subjects: [Subject] = {
        do { return try makeSubjects() } catch { fatalError("\(error)") }
    }()

    private static func makeSubjects() throws -> [Subject] {
        let ising = try SmallProblem.ising(sites: 4)
        let heisenberg = try SmallProblem.heisenberg(sites: 4, signRule: false)
        let complexTerms = try SmallProblem.dzyaloshinskiiMoriya(sites: 3)
        func rbm(_ sites: Int, _ type: DataType) -> any Ansatz {
            RestrictedBoltzmannMachine(
                siteCount: sites, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide))
        }
        let group = SpaceGroup(try Lattice(.chain, extent: [4])).group(.translation)
        // Vanishes at many configurations, and has signs.
        let momentum = Symmetrised(
            rbm(4, .float64), group: group, characters: (0..<4).map { Complex($0 % 2 == 0 ? 1 : -1) })
        let edges = (1..<3).map { Edge($0 - 1, $0) }
        let hubbard = try FermionSum.hubbard(siteCount: 3, t: 1, U: 4, hops: .along(edges))
        let electrons = try HilbertSpace.fermions(siteCount: 3, up: 1, down: 1)
        let sector = try #require(FermionSector(electrons))
        let slater = FactorProduct([
            .init("slater", SlaterDeterminant(sector, variant: .unrestricted)),
            .init("gutzwiller", Gutzwiller(sector, initialiser: wide)),
        ])
        let hops = ProposalRule.hop(pairs: edges.map { SIMD2(Int32($0.first), Int32($0.second)) })
        return [
            .init(
                description: "rbm", base: rbm(4, .float64), problem: .init(ising, count: 3), isReal: true),
            .init(
                description: "one state", base: rbm(4, .float64), problem: .init(ising, count: 1), isReal: true),
            .init(
                description: "complex rbm", base: rbm(4, .complex128), problem: .init(heisenberg, count: 2),
                isReal: false),
            .init(
                description: "complex rbm, complex elements", base: rbm(3, .complex128),
                problem: .init(complexTerms, count: 3), isReal: false),
            .init(
                description: "momentum pi", base: momentum, problem: .init(ising, count: 2), isReal: true),
            .init(
                description: "product with signs",
                base: FactorProduct([.init("a", momentum), .init("b", rbm(4, .float64))]),
                problem: .init(ising, count: 2), isReal: true),
            .init(
                description: "slater determinants", base: slater,
                problem: .init(hubbard, in: electrons, rule: hops, count: 2), isReal: true),
        ]
    }

    /// Expansion along the first row.
    private func determinant(_ a: [[C]]) -> C {
        guard let first = a.first else { return .one }
        return first.indices.reduce(C.zero) { sum, column in
            let minor = a.dropFirst().map { row in
                row.enumerated().filter { $0.offset != column }.map(\.element)
            }
            return sum + (column % 2 == 0 ? first[column] : -first[column]) * determinant(minor)
        }
    }

    private func amplitudes(_ state: NeuralQuantumState, _ configurations: Configurations) -> [C] {
        let logPsi = state.amplitudes(blockRows: 8).logPsi(of: configurations)
        return (0..<configurations.count).map {
            logPsi[2 * $0] == -.infinity ? .zero : C.exp(C(logPsi[2 * $0], logPsi[2 * $0 + 1]))
        }
    }

    /// ψ_j of one copy at the states of its basis, from a state of its own with the parameters of the branch.
    private func states(_ subject: Subject, _ whole: NeuralQuantumState) throws -> (Configurations, [[C]]) {
        let basis = try BasisNumbering(subject.problem.space).everyConfiguration()
        let psi = (0..<subject.problem.count).map { number in
            let own = NeuralQuantumState(subject.base, reading: subject.problem.encoder)
            for index in 0..<own.parameters.count {
                own.parameters[index] = whole.parameters[number * own.parameters.count + index]
            }
            own.parametersChanged()
            return amplitudes(own, basis)
        }
        return (basis, psi)
    }

    /// All walkers, and Ψ of them by determinants of the states' amplitudes.
    private func expected(
        _ subject: Subject, _ whole: NeuralQuantumState
    ) throws -> (walkers: Configurations, psi: [C]) {
        let (basis, states) = try states(subject, whole)
        let count = subject.problem.count
        var walkers = Configurations(siteCount: count * basis.siteCount)
        var psi: [C] = []
        let total = (0..<count).reduce(1) { all, _ in all * basis.count }
        for index in 0..<total {
            var (rest, rows) = (index, [Int]())
            for _ in 0..<count {
                rows.append(rest % basis.count)
                rest /= basis.count
            }
            for row in rows { walkers.spins += basis[row: row] }
            psi.append(determinant(rows.map { row in states.map { $0[row] } }))
        }
        return (walkers, psi)
    }

    @Test(arguments: subjects) func valuesAreDeterminants(_ subject: Subject) throws {
        let state = try subject.problem.waveFunction(subject.base, seed: 5)
        let (walkers, psi) = try expected(subject, state)
        let scale = psi.reduce(0) { max($0, $1.length) }
        for (found, expected) in zip(amplitudes(state, walkers), psi) {
            #expect((found - expected).length < 1e-12 * scale)
            // Equal walkers make no amplitude at all, not one that is lost in rounding.
            if expected.length < 1e-15 * scale { #expect(found == .zero) }
        }
        #expect(state.isComplex == !subject.isReal)
    }

    /// Samples that are no nodes.
    private func samples(_ state: NeuralQuantumState, _ subject: Subject) throws -> Configurations {
        let (walkers, psi) = try expected(subject, state)
        let scale = psi.reduce(0) { max($0, $1.length) }
        let usable = psi.indices.filter { psi[$0].length > 1e-3 * scale }
        let step = max(1, usable.count / 9)
        var chosen = Configurations(siteCount: walkers.siteCount)
        for index in stride(from: 0, to: usable.count, by: step) { chosen.spins += walkers[row: usable[index]] }
        return chosen
    }

    @Test(arguments: subjects) func derivatives(_ subject: Subject) throws {
        let state = try subject.problem.waveFunction(subject.base, seed: 6)
        let samples = try samples(state, subject)
        let space = try SampleSpace(
            communicator: .alone(), localCount: samples.count, isComplex: state.isComplex)
        let jacobian = state.linearise(samples, in: space)
        var generator = SplitMix64(seed: 7)
        for _ in 0..<3 { #expect(try dotTest(jacobian, using: &generator) < 1e-13) }
        let rows = jacobian.rows()
        let (seed, row) = (jacobian.makeCodomainVector(), jacobian.makeDomainVector())
        for place in 0..<samples.count * space.components {
            seed.setToZero()
            seed[place] = 1
            jacobian.applyTransposed(seed, into: row)
            let own = Array(rows[place * row.count..<(place + 1) * row.count])
            #expect(largestDifference(own, row.values) < 1e-13)
        }
        let direction = jacobian.makeDomainVector()
        direction.fillWithNormalDeviates(using: &generator)
        #expect(try state.finiteDifferenceError(at: samples, along: direction, step: 1e-4) < 1e-7)
    }

    /// A node is −∞ with derivatives 0.
    @Test func equalWalkersAreNodes() throws {
        for subject in Self.subjects where subject.problem.count > 1 {
            let state = try subject.problem.waveFunction(subject.base, seed: 8)
            let basis = try BasisNumbering(subject.problem.space).everyConfiguration()
            var walkers = Configurations(siteCount: subject.problem.count * basis.siteCount)
            for row in 0..<basis.count {
                for _ in 0..<subject.problem.count { walkers.spins += basis[row: row] }
            }
            let space = try SampleSpace(
                communicator: .alone(), localCount: walkers.count, isComplex: state.isComplex)
            let jacobian = state.linearise(walkers, in: space)
            #expect((0..<walkers.count).allSatisfy { jacobian.logPsi[2 * $0] == -.infinity })
            #expect(jacobian.rows().allSatisfy { $0 == 0 })
        }
    }

    /// H of one copy on the basis, column by column.
    private func dense(_ problem: EnsembleProblem, _ basis: Configurations) throws -> [[C]] {
        let numbers = Dictionary(uniqueKeysWithValues: (0..<basis.count).map { (Array(basis[row: $0]), $0) })
        return try (0..<basis.count).map { row in
            var elements = [C](repeating: .zero, count: basis.count)
            let codes = Array(basis[row: row])
            let list = TransitionList()
            elements[row] += problem.hamiltonian.appendTransitions(from: codes, to: list)
            for transition in 0..<list.count {
                var changed = codes
                list.apply(transition, to: &changed)
                elements[try #require(numbers[changed])] += list.element(transition)
            }
            return elements
        }
    }

    /// The mean of the local matrices over |det|² is S⁻¹ H; traces are the local energies of the determinant.
    @Test(arguments: subjects) func localMatrices(_ subject: Subject) throws {
        let problem = subject.problem
        let count = problem.count
        let state = try problem.waveFunction(subject.base, seed: 9)
        let (basis, psi) = try states(subject, state)
        let elements = try dense(problem, basis)
        let images = psi.map { psi in
            elements.map { row in zip(row, psi).reduce(C.zero) { $0 + $1.0 * $1.1 } }
        }
        func product(_ a: [C], _ b: [C]) -> C { zip(a, b).reduce(C.zero) { $0 + $1.0.conjugate * $1.1 } }

        let driver = try problem.driver(subject.base, seed: 9, on: .alone())
        let batch = try driver.state.draw()
        let logPsi = driver.state.logPsi(of: batch)
        let values = driver.energy.localValues(of: batch, logPsi: logPsi)
        let matrices = try #require(values.matrices)
        let probabilities = try #require(batch.probabilities)
        var mean = [C](repeating: .zero, count: count * count)
        for sample in probabilities.indices where probabilities[sample] > 0 {
            for place in mean.indices {
                let first = 2 * (sample * count * count + place)
                mean[place] += C(probabilities[sample]) * C(matrices[first], matrices[first + 1])
            }
        }
        for line in 0..<count {
            for column in 0..<count {
                let overlapTimesMean = (0..<count).reduce(C.zero) {
                    $0 + product(psi[line], psi[$1]) * mean[$1 * count + column]
                }
                let expected = product(psi[line], images[column])
                let scale =
                    (product(psi[line], psi[line]).real * product(images[column], images[column]).real).squareRoot()
                #expect((overlapTimesMean - expected).length < 1e-10 * scale)
            }
        }
        // By whole evaluations of the determinant.
        let whole = LocalEnergies(of: problem.copies, in: state.amplitudes(blockRows: 16))
        let energies = whole.evaluate(batch.configurations, logPsi: logPsi)
        for sample in probabilities.indices where probabilities[sample] > 1e-8 {
            let (x, y) = (energies[2 * sample], energies[2 * sample + 1])
            let difference = C(x - values.energies[2 * sample], y - values.energies[2 * sample + 1])
            #expect(difference.length < 1e-9 * max(1, C(x, y).length))
        }

        // Eigenvalues of that mean are the energies of the states, and its trace is the energy.
        let estimate = try driver.energy.estimate(values, of: batch)
        let levels = try #require(estimate.ensemble).levels
        #expect(levels.count == count)
        let total: Double = levels.reduce(0.0) { $0 + $1.energy }
        #expect(abs(total - estimate.statistics.mean.real) < 1e-9)
        #expect(levels.allSatisfy { abs($0.imaginary) < 1e-8 && $0.error == 0 })
        for (level, exact) in zip(levels, try problem.levels(on: .alone())) { #expect(level.energy > exact - 1e-9) }
    }

    /// The sum of Pauli strings on all copies.
    @Test func copiesOfAnOperator() throws {
        let strings = [
            PauliString("XZ", coefficient: C(0.7)), PauliString("YY", coefficient: C(-1.3)), PauliString("IZ"),
        ]
        let base = try PauliSum.pauliStrings(strings, siteCount: 2)
        let all = (0..<3).flatMap { copy in
            strings.map { string -> PauliString in
                let (before, after) = (String(repeating: "II", count: copy), String(repeating: "II", count: 2 - copy))
                return PauliString(before + string.paulis + after, coefficient: string.coefficient)
            }
        }
        let space = try HilbertSpace(siteCount: 2)
        let copies = OperatorCopies(base, count: 3, in: space)
        let dense = DenseOperator(all, siteCount: 6)
        for row in 0..<64 {
            var found = [C](repeating: .zero, count: 64)
            let spins = DenseOperator.spins(row, 6)
            let list = TransitionList()
            found[row] += copies.appendTransitions(from: spins, to: list)
            for transition in 0..<list.count {
                var changed = spins
                list.apply(transition, to: &changed)
                found[changed.reduce(0) { 2 * $0 + ($1 == 1 ? 0 : 1) }] += list.element(transition)
            }
            for column in 0..<64 { #expect((found[column] - dense[row, column]).length < 1e-14) }
        }
        let (same, other) = (try space.copies(3), try HilbertSpace(siteCount: 4))
        #expect(copies.conserves(same) && !copies.conserves(other))
        #expect(copies.isHermitian == base.isHermitian && copies.isReal == base.isReal)
        let mean = try copies.meanDiagonal(in: space.copies(3))
        #expect(mean == 3 * base.normalisedTrace)
    }

    @Test func copiesOfSpaces() throws {
        let chain = try HilbertSpace(siteCount: 4, magnetisation: 0)
        #expect(try chain.copies(1) == chain)
        #expect(try chain.copies(3).dimension == 6 * 6 * 6)
        #expect(try HilbertSpace(siteCount: 4).copies(2).isOfSpinsHalf)
        let electrons = try HilbertSpace.fermions(siteCount: 3, up: 1, down: 2)
        #expect(try electrons.copies(2).dimension == 81)
        let encoder = Encoder(.occupations, of: electrons)
        // Up in the first copy at site 0, down at 1; in the second both at site 2.
        let features = Encoder(.occupations, of: try electrons.copies(2)).encoded([1, 2, 0, 0, 0, 3])
        let parts = StateEnsemble(
            Gutzwiller(try #require(FermionSector(electrons)), initialiser: Self.wide), count: 2, reading: encoder
        ).parts
        #expect(parts[0].map { features[$0] } == encoder.encoded([1, 2, 0]))
        #expect(parts[1].map { features[$0] } == encoder.encoded([0, 0, 3]))
        #expect(parts[0].map { features[$0] } == [1, 0, 0, 0, 1, 0])
    }

    /// Moves stay inside a copy, and keep its sums.
    @Test func proposalsStayInACopy() throws {
        let heisenberg = try SmallProblem.heisenberg(sites: 6, signRule: false)
        for rule in [heisenberg.rule, .local(flips: 2)] {
            let problem = EnsembleProblem(heisenberg.hamiltonian, in: heisenberg.space, rule: rule, count: 3)
            let driver = try problem.driver(
                RestrictedBoltzmannMachine(siteCount: 6, alpha: 1, options: LayerOptions(.complex128)),
                chains: (8, 200), on: .alone())
            let batch = try driver.state.draw()
            let space = try problem.space.copies(3)
            var seen: Set<[Int8]> = []
            for row in 0..<batch.configurations.count {
                let codes = batch.configurations[row: row]
                #expect(space.contains(codes))
                seen.insert(Array(codes))
            }
            #expect(seen.count > 100)
            let acceptance = try #require(try driver.state.acceptances(of: batch))
            #expect(acceptance.share > 0.1)
        }
    }

    /// Rows that moved against whole evaluations: long walks, through nodes.
    @Test(arguments: subjects) func ratiosOfProposalsAreThoseOfWholeEvaluations(_ subject: Subject) throws {
        let problem = subject.problem
        let state = try problem.waveFunction(subject.base, seed: 10)
        let space = try problem.space.copies(problem.count)
        let parameters = SamplerParameters(
            chains: 5, samples: 150, sweep: space.siteCount, discard: 0, seed: 11, space: space)
        let rule = problem.rule.copies(problem.count, of: problem.space)
        let amplitudes = state.amplitudes(blockRows: 16)
        func samples(_ evaluator: any ProposalEvaluator) throws -> Samples {
            try MetropolisSampler(
                rule: rule, parameters: parameters, evaluator: evaluator, shard: .block(of: 5, rank: 0, size: 1)
            ).sample()
        }
        let (own, whole) = (try samples(amplitudes.makeProposalEvaluator()), try samples(BatchedProposals(amplitudes)))
        #expect(own.configurations == whole.configurations)

        let basis = try BasisNumbering(space).everyConfiguration()
        let evaluators: [any ProposalEvaluator] = [amplitudes.makeProposalEvaluator(), BatchedProposals(amplitudes)]
        let generator = try ProposalGenerator(rule: rule, in: space)
        let chains = min(basis.count, 64)
        for evaluator in evaluators { evaluator.load(basis.spins, chains: 0..<chains) }
        let batches = evaluators.map { _ in
            ProposalBatch(count: chains, maximumSites: generator.maximumSites)
        }
        var current = Array(basis.spins.prefix(chains * space.siteCount))
        var stream = RandomStream(seed: 12, index: 0, purpose: .proposals)
        for _ in 0..<20 {
            for chain in 0..<chains {
                let first = chain * space.siteCount
                let codes = Array(current[first..<first + space.siteCount])
                let drawn = stream
                for batch in batches {
                    stream = drawn
                    batch.siteCounts[chain] = generator.propose(
                        &stream, spins: codes, into: batch.place(of: chain))
                    batch.accepted[chain] = batch.siteCounts[chain] > 0 && (chain + first) % 3 != 0
                }
            }
            for (evaluator, batch) in zip(evaluators, batches) { evaluator.evaluate(batch) }
            for chain in 0..<chains where batches[0].siteCounts[chain] > 0 {
                let (found, expected) = (batches[0].logModulusRatios[chain], batches[1].logModulusRatios[chain])
                #expect(found == expected || abs(found - expected) < 1e-9, "\(subject): \(found) \(expected)")
            }
            for (evaluator, batch) in zip(evaluators, batches) { evaluator.update(batch) }
            for chain in 0..<chains where batches[0].accepted[chain] {
                current.withUnsafeMutableBufferPointer {
                    if let base = $0.baseAddress { batches[0].apply(chain: chain, to: base + chain * space.siteCount) }
                }
            }
        }
    }

    /// The lowest levels by summation over all walkers, degenerate ones included.
    @Test(arguments: [2, 3]) func fullSummationFindsTheLowestLevels(count: Int) throws {
        for problem in [
            try SmallProblem.ising(sites: 4, h: 0.5), try SmallProblem.heisenberg(sites: 4, signRule: true),
        ] {
            if count == 3, problem.description == "ising" { continue }
            let ensemble = EnsembleProblem(problem, count: count)
            let exact = try ensemble.levels(on: .alone())
            var settings = UpdateSettings()
            settings.learningRate = 0.1
            settings.diagonalShift = 1e-4
            let driver = try ensemble.driver(
                RestrictedBoltzmannMachine(
                    siteCount: 4, alpha: 2, options: LayerOptions(.complex128, kernel: Self.wide)),
                seed: 2, settings, on: .alone())
            var found: [Double] = []
            for _ in 0..<300 {
                found = try driver.advance().energy.ensemble?.levels.map(\.energy) ?? []
                if zip(found, exact).allSatisfy({ abs($0 - $1) < 1e-6 }) { break }
            }
            #expect(zip(found, exact).allSatisfy { abs($0 - $1) < 1e-5 }, "\(problem) \(count): \(found) \(exact)")
        }
    }

    /// Samples of the determinant give the energies of full summation within their errors.
    @Test func sampledEnergiesHaveTheirErrors() throws {
        let ensemble = EnsembleProblem(try SmallProblem.ising(sites: 4), count: 2)
        let base = RestrictedBoltzmannMachine(
            siteCount: 4, alpha: 1, options: LayerOptions(.complex128, kernel: Self.wide, bias: Self.wide))
        let exact = try ensemble.driver(base, seed: 4, on: .alone())
        let batch = try exact.state.draw()
        let expected = try #require(
            try exact.energy.estimate(
                exact.energy.localValues(of: batch, logPsi: exact.state.logPsi(of: batch)), of: batch
            ).ensemble)
        let sampled = try ensemble.driver(base, chains: (16, 512), seed: 4, on: .alone())
        let estimate = try sampled.energy.measured(samples: 16_000)
        let levels = try #require(estimate.ensemble).levels
        for (found, expected) in zip(levels, expected.levels) {
            #expect(found.error > 0 && found.error < 0.1)
            #expect(abs(found.energy - expected.energy) < 4 * found.error)
            #expect(abs(found.imaginary) < 4 * max(found.imaginaryError, 1e-12))
        }
        // The errors are those of many such estimates.
        let levelsOf = try (0..<12).map { seed -> [EnsembleEnergies.Level] in
            let driver = try ensemble.driver(base, chains: (16, 512), seed: 4, on: .alone())
            driver.waveFunction.parameters.assign(from: sampled.waveFunction.parameters)
            driver.waveFunction.parametersChanged()
            for _ in 0..<seed + 1 { _ = try driver.state.draw() }
            return try #require(try driver.energy.measured(samples: 2000).ensemble).levels
        }
        for level in 0..<2 {
            let chi = levelsOf.reduce(0.0) {
                let deviation = ($1[level].energy - expected.levels[level].energy) / $1[level].error
                return $0 + deviation * deviation
            }
            // χ² of 12 degrees of freedom, beyond its 0.001 and 0.999 quantiles.
            #expect(chi > 2.2 && chi < 33)
        }
    }
}
