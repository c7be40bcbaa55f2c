import Communication
import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// Energies after a Lanczos step against vectors on the basis, in states with nodes and without.
@Suite struct LanczosStepTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let hamiltonian: any Operator
        let space: HilbertSpace
        let ansatz: any Ansatz
        var rule: ProposalRule = .local(flips: 1)
        /// Whether orbitals are chosen such that ψ vanishes on configurations that H leads to.
        var hasNodes = false

        func state(_ method: SampleMethod) throws -> MonteCarloState {
            let network = NeuralQuantumState(ansatz, reading: Encoder(space.defaultEncoding, of: space), seed: 7)
            if hasNodes { LanczosStepTests.makeNodes(network) }
            return try MonteCarloState(network, in: space, samples: method, communicator: .alone())
        }
    }

    static let subjects: [Subject] = (try? makeSubjects()) ?? []

    private static func makeSubjects() throws -> [Subject] {
        func machine(_ sites: Int, _ type: DataType) -> any Ansatz {
            let wide = Initialiser(.normal, scale: 0.3)
            return RestrictedBoltzmannMachine(
                siteCount: sites, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide))
        }
        var all: [Subject] = []
        for problem in [
            try SmallProblem.ising(sites: 6), try .heisenberg(sites: 6, signRule: false),
            try .dzyaloshinskiiMoriya(sites: 6),
        ] {
            for type in [DataType.float64, .complex128] {
                all.append(
                    Subject(
                        testDescription: "\(problem), \(type)", hamiltonian: problem.hamiltonian, space: problem.space,
                        ansatz: machine(6, type), rule: problem.rule))
            }
        }
        let ring = (0..<4).map { Edge($0, ($0 + 1) % 4) }
        let pairs = ring.map { SIMD2(Int32($0.first), Int32($0.second)) }
        let electrons = try HilbertSpace.fermions(siteCount: 4, up: 2, down: 2)
        let sector = try #require(FermionSector(electrons))
        let hubbard = try FermionSum.hubbard(
            siteCount: 4, t: 1, U: 4, hops: ring.map { Hop($0.first, $0.second, phase: 0.3) })
        for type in [DataType.float64, .complex128] {
            for hasNodes in [false, true] {
                all.append(
                    Subject(
                        testDescription: "determinants, \(type)\(hasNodes ? ", with nodes" : "")", hamiltonian: hubbard,
                        space: electrons, ansatz: SlaterDeterminant(sector, variant: .unrestricted, dataType: type),
                        rule: .hop(pairs: pairs), hasNodes: hasNodes))
            }
        }
        let bosons = try HilbertSpace.bosons(siteCount: 4, maximum: 3, total: 5)
        all.append(
            Subject(
                testDescription: "bosons",
                hamiltonian: try LocalOperatorSum.boseHubbard(siteCount: 4, maximum: 3, J: 1, U: 2, pairs: ring),
                space: bosons,
                ansatz: Jastrow(
                    siteCount: 4, options: LayerOptions(.complex128, kernel: Initialiser(.normal, scale: 0.3))),
                rule: .hop(pairs: pairs)))
        return all
    }

    /// Two modes become alike: determinants that occupy both vanish, up to rounding.
    private static func makeNodes(_ state: NeuralQuantumState) {
        for (number, leaf) in state.layout.leaves.enumerated() where leaf.shape.count == 2 {
            let (first, width) = (state.layout.offsets[number], leaf.shape[1] * (leaf.isComplex ? 2 : 1))
            for place in first..<first + width { state.parameters[place] = state.parameters[place + width] }
        }
        state.parametersChanged()
    }

    /// ψ and H on the basis.
    private struct Vectors {
        let psi: [Complex<Double>]
        private let hamiltonian: any Operator
        private let numbering: BasisNumbering
        private let basis: Configurations

        init(_ subject: Subject) throws {
            let table = try AmplitudeTable(subject.state(.fullSummation).waveFunction, in: subject.space)
            basis = try table.numbering.everyConfiguration()
            numbering = table.numbering
            let length = Self.inner(table.psi, table.psi).squareRoot()
            psi = table.psi.map { $0 / Complex(length) }
            hamiltonian = subject.hamiltonian
        }

        func times(_ vector: [Complex<Double>]) throws -> [Complex<Double>] {
            let list = TransitionList()
            return try (0..<basis.count).map { row in
                list.removeAll()
                let own = Array(basis[row: row])
                var sum = hamiltonian.appendTransitions(from: own, to: list) * vector[row]
                for transition in 0..<list.count {
                    var other = own
                    list.apply(transition, to: &other)
                    sum += list.element(transition) * vector[try numbering.index(of: other)]
                }
                return sum
            }
        }

        static func inner(_ a: [Complex<Double>], _ b: [Complex<Double>]) -> Double {
            zip(a, b).reduce(0) { $0 + ($1.0.conjugate * $1.1).real }
        }

        /// The part of ⟨H²⟩ on the nodes of ψ.
        func onNodes() throws -> Double {
            zip(psi, try times(psi)).reduce(0) { $0 + ($1.0 == .zero ? $1.1.lengthSquared : 0) }
        }

        /// The lowest energy in the span of ψ, Hψ, … H^stepsψ, of vectors that are made orthonormal twice: the lowest root of
        /// the characteristic polynomial of a tridiagonal matrix.
        func lowest(_ steps: Int) throws -> Double {
            var vectors = [psi]
            var images = [try times(psi)]
            for _ in 0..<steps {
                var next = images[images.count - 1]
                for _ in 0..<2 {
                    for old in vectors {
                        let share = Complex(Self.inner(old, next))
                        next = zip(next, old).map { $0 - share * $1 }
                    }
                }
                let length = Self.inner(next, next).squareRoot()
                vectors.append(next.map { $0 / Complex(length) })
                images.append(try times(vectors[vectors.count - 1]))
            }
            let h = vectors.map { vector in images.map { Self.inner(vector, $0) } }
            func determinant(_ energy: Double) -> Double {
                var (before, last) = (0.0, 1.0)
                for row in h.indices {
                    let coupling = row > 0 ? h[row][row - 1] : 0
                    (before, last) = (last, (h[row][row] - energy) * last - coupling * coupling * before)
                }
                return last
            }
            // Newton's method from below all roots goes up to the lowest.
            var energy = h.map { row in -row.reduce(0) { $0 + abs($1) } }.min() ?? 0
            for _ in 0..<200 {
                let slope = (determinant(energy + 1e-6) - determinant(energy - 1e-6)) / 2e-6
                energy -= determinant(energy) / slope
            }
            return energy
        }

        /// The energy of (1 + a₁H + …)ψ.
        func energy(_ coefficients: [Double]) throws -> Double {
            var (vector, power) = (psi, psi)
            for coefficient in coefficients {
                power = try times(power)
                vector = zip(vector, power).map { $0 + Complex(coefficient) * $1 }
            }
            return Self.inner(vector, try times(vector)) / Self.inner(vector, vector)
        }
    }

    /// The lowest E(α) = (h₁ + 2αh₂ + α²h₃)/(1 + 2αh₁ + α²h₂), from the roots of its derivative.
    private func lowest(_ h: [Double]) -> (alpha: Double, energy: Double) {
        let (a, b, c) = (h[0] * h[2] - h[1] * h[1], h[2] - h[0] * h[1], h[1] - h[0] * h[0])
        let root = (b * b - 4 * a * c).squareRoot()
        let candidates = [(-b + root) / (2 * a), (-b - root) / (2 * a)].map { alpha in
            (
                alpha: alpha,
                energy: (h[0] + 2 * alpha * h[1] + alpha * alpha * h[2])
                    / (1 + 2 * alpha * h[0] + alpha * alpha * h[1])
            )
        }
        return candidates[0].energy < candidates[1].energy ? candidates[0] : candidates[1]
    }

    @Test(arguments: subjects)
    func sumsOverTheBasisAreThoseOfVectors(_ subject: Subject) throws {
        let state = try subject.state(.fullSummation)
        guard case .fullSummation(let basis) = state.source else { return }
        let vectors = try Vectors(subject)
        #expect((try vectors.onNodes() > 1e-2) == subject.hasNodes)
        let exact = try ExactDiagonalisation.lowestEnergies(
            of: subject.hamiltonian, in: subject.space, count: 1, communicator: .alone()
        ).energies[0]
        var last = Double.infinity
        for steps in 1...2 {
            let measurement = StateMeasurement(
                state, hamiltonian: subject.hamiltonian, observables: { _, _ in [] }, subsystems: [],
                lanczosSteps: steps)
            let result = try measurement.summed(basis)
            let step = try #require(result.lanczosStep)
            let expected = try vectors.lowest(steps)
            #expect(abs(step.energy - expected) < 1e-10 * max(1, abs(expected)))
            #expect(abs(try vectors.energy(step.coefficients) - expected) < 1e-10 * max(1, abs(expected)))
            #expect(step.error == 0 && step.coefficients.count == steps)
            // Between what fewer steps reach and the lowest there is.
            last = min(last, result.energy.mean)
            #expect(step.energy < last - 1e-3 && step.energy > exact - 1e-9)
            last = step.energy
        }
    }

    @Test func thereAreSubjects() { #expect(Self.subjects.count == 11) }

    /// Deviations over errors of independent measurements have a mean square of 1, and no bias.
    @Test(arguments: subjects.filter { $0.hasNodes || $0.testDescription.hasPrefix("ising") }, 1...2)
    func sampledErrorsAreHonest(_ subject: Subject, steps: Int) throws {
        let expected = try Vectors(subject).lowest(steps)
        let seeds = 1...24
        var (sum, square) = (0.0, 0.0)
        for seed in seeds {
            let parameters = SamplerParameters(
                chains: 16, samples: 256, sweep: 2 * subject.space.siteCount, discard: 10, seed: UInt64(seed),
                space: subject.space)
            let state = try subject.state(.metropolis(subject.rule, parameters))
            let measurement = StateMeasurement(
                state, hamiltonian: subject.hamiltonian, observables: { _, _ in [] }, subsystems: [],
                lanczosSteps: steps)
            let chains = try #require(state.source.chainSampler).chainState()
            let result = try measurement.sampled(
                chains: chains, plan: .init(maximumSamples: 4096, seed: UInt64(seed)) { _ in .infinity }
            ).result
            let step = try #require(result.lanczosStep)
            let deviation = (step.energy - expected) / step.error
            sum += deviation
            square += deviation * deviation
        }
        // The mean square of 24 normal numbers has a standard deviation of 0.29, their mean one of 0.2.
        let count = Double(seeds.count)
        #expect((0.3..<2.2).contains(square / count), "\(square / count)")
        #expect(abs(sum / count) < 0.8, "\(sum / count)")
    }

    /// Derivatives at fixed α are those at the best α, and neither depends on what moments are taken about.
    @Test func gradientsAreFiniteDifferences() {
        let h = [-1.3, 2.9, -4.1]
        func about(_ e: Double, _ h: [Double]) -> [Double] {
            [h[0] - e, h[1] - 2 * e * h[0] + e * e, h[2] - 3 * e * h[1] + 3 * e * e * h[0] - e * e * e]
        }
        let expected = lowest(h)
        for reference in [0, -1.2, 0.7] {
            let own = about(reference, h)
            let step = LanczosStep(moments: own, reference: reference, scale: 1)
            #expect(abs(step.energy - expected.energy) < 1e-12)
            #expect(abs(step.coefficients[0] - expected.alpha) < 1e-12)
            for index in 0..<3 {
                let energies = [1e-5, -1e-5].map { change -> Double in
                    var moved = own
                    moved[index] += change
                    return LanczosStep(moments: moved, reference: reference, scale: 1).energy
                }
                #expect(abs((energies[0] - energies[1]) / 2e-5 - step.gradient[index]) < 1e-7)
            }
        }
        // An eigenstate stays as it is.
        let eigenstate = LanczosStep(moments: [0, 1e-28, -3e-28], reference: -2, scale: 2)
        #expect(eigenstate.energy == -2 && eigenstate.coefficients == [0])
    }

    /// Two steps find the lowest of three levels, and know how it changes with the moments of four; of two levels a second step
    /// finds nothing that the first did not, of one neither.
    @Test func momentsOfFewLevels() {
        let weights = [0.2, 0.5, 0.3, 0.1]
        func moments(_ levels: [Double], _ reference: Double) -> [Double] {
            let total = zip(levels, weights).reduce(0) { $0 + $1.1 }
            return (1...5).map { k in
                zip(levels, weights).reduce(0) { $0 + $1.1 * pow($1.0 - reference, Double(k)) } / total
            }
        }
        for reference in [0, -1.5] {
            for levels in [[-2.0, 0.5, 1.75], [-2, 0.5], [-2]] {
                let step = LanczosStep(moments: moments(levels, reference), reference: reference, scale: 2)
                #expect(abs(step.energy + 2) < 1e-12, "\(levels)")
                // The polynomial vanishes at the other levels.
                for level in levels.dropFirst() {
                    let value = 1 + level * (step.coefficients[0] + level * step.coefficients[1])
                    #expect(abs(value) < 1e-9, "\(levels)")
                }
            }
            let own = moments([-2, 0.5, 1.75, 4], reference)
            let step = LanczosStep(moments: own, reference: reference, scale: 4)
            #expect(step.energy > -2 && step.energy < -1.8)
            for index in own.indices {
                let energies = [1e-5, -1e-5].map { change -> Double in
                    var moved = own
                    moved[index] += change
                    return LanczosStep(moments: moved, reference: reference, scale: 4).energy
                }
                #expect(abs((energies[0] - energies[1]) / 2e-5 - step.gradient[index]) < 1e-7)
            }
        }
    }
}
