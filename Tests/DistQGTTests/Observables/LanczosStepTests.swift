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

    /// ⟨H⟩, ⟨H²⟩, ⟨H³⟩, and the part of ⟨H²⟩ on the nodes of ψ.
    private func moments(_ subject: Subject) throws -> (h: [Double], onNodes: Double) {
        let table = try AmplitudeTable(subject.state(.fullSummation).waveFunction, in: subject.space)
        let basis = try table.numbering.everyConfiguration()
        let list = TransitionList()
        func times(_ vector: [Complex<Double>]) throws -> [Complex<Double>] {
            try (0..<basis.count).map { row in
                list.removeAll()
                let own = Array(basis[row: row])
                var sum = subject.hamiltonian.appendTransitions(from: own, to: list) * vector[row]
                for transition in 0..<list.count {
                    var other = own
                    list.apply(transition, to: &other)
                    sum += list.element(transition) * vector[try table.numbering.index(of: other)]
                }
                return sum
            }
        }
        func inner(_ a: [Complex<Double>], _ b: [Complex<Double>]) -> Double {
            zip(a, b).reduce(0) { $0 + ($1.0.conjugate * $1.1).real }
        }
        let psi = table.psi
        let one = try times(psi)
        let two = try times(one)
        let norm = inner(psi, psi)
        let onNodes = zip(psi, one).reduce(0) { $0 + ($1.0 == .zero ? $1.1.lengthSquared : 0) }
        return ([inner(psi, one), inner(one, one), inner(one, two)].map { $0 / norm }, onNodes / norm)
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
        let measurement = StateMeasurement(
            state, hamiltonian: subject.hamiltonian, observables: { _, _ in [] }, subsystems: [], hasLanczosStep: true)
        guard case .fullSummation(let basis) = state.source else { return }
        let result = try measurement.summed(basis)
        let step = try #require(result.lanczosStep)
        let (h, onNodes) = try moments(subject)
        let expected = lowest(h)
        #expect((onNodes > 1e-2) == subject.hasNodes)
        #expect(abs(step.energy - expected.energy) < 1e-10 * max(1, abs(expected.energy)))
        #expect(abs(step.alpha - expected.alpha) < 1e-8 * max(1, abs(expected.alpha)))
        #expect(step.error == 0)
        // Between the energy of the state and the lowest there is.
        let exact = try ExactDiagonalisation.lowestEnergies(
            of: subject.hamiltonian, in: subject.space, count: 1, communicator: .alone()
        ).energies[0]
        #expect(step.energy < result.energy.mean - 1e-3 && step.energy > exact - 1e-9)
    }

    @Test func thereAreSubjects() { #expect(Self.subjects.count == 11) }

    /// Deviations over errors of independent measurements have a mean square of 1, and no bias.
    @Test(arguments: subjects.filter { $0.hasNodes || $0.testDescription.hasPrefix("ising") })
    func sampledErrorsAreHonest(_ subject: Subject) throws {
        let expected = lowest(try moments(subject).h)
        let seeds = 1...24
        var (sum, square) = (0.0, 0.0)
        for seed in seeds {
            let parameters = SamplerParameters(
                chains: 16, samples: 256, sweep: 2 * subject.space.siteCount, discard: 10, seed: UInt64(seed),
                space: subject.space)
            let state = try subject.state(.metropolis(subject.rule, parameters))
            let measurement = StateMeasurement(
                state, hamiltonian: subject.hamiltonian, observables: { _, _ in [] }, subsystems: [],
                hasLanczosStep: true)
            let chains = try #require(state.source.chainSampler).chainState()
            let result = try measurement.sampled(
                chains: chains, plan: .init(maximumSamples: 4096, seed: UInt64(seed)) { _ in .infinity }
            ).result
            let step = try #require(result.lanczosStep)
            let deviation = (step.energy - expected.energy) / step.error
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
            #expect(abs(step.alpha - expected.alpha) < 1e-12)
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
        #expect(eigenstate.energy == -2 && eigenstate.alpha == 0)
    }
}
