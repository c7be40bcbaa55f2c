import Communication
import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// Projected energies against exact ones: of H where the projection is exact, of the fixed-node Hamiltonian where it is not.
@Suite struct GreensFunctionMonteCarloTests {
    private static let wide = Initialiser(.normal, scale: 0.3)
    private static let narrow = Initialiser(.normal, scale: 0.05)

    private func machine(_ sites: Int, _ initialiser: Initialiser) -> any Ansatz {
        RestrictedBoltzmannMachine(
            siteCount: sites, alpha: 1, options: LayerOptions(.float64, kernel: initialiser, bias: initialiser))
    }

    private func state(
        _ ansatz: any Ansatz, in space: HilbertSpace, _ rule: ProposalRule? = nil, seed: UInt64 = 3,
        blocks: BlockPartition? = nil
    ) throws -> MonteCarloState {
        let method =
            rule.map {
                SampleMethod.metropolis(
                    $0,
                    SamplerParameters(
                        chains: 16, samples: 64, sweep: 2 * space.siteCount, discard: 10, seed: 5, space: space))
            } ?? .fullSummation
        return try MonteCarloState(
            NeuralQuantumState(ansatz, reading: Encoder(space.defaultEncoding, of: space), seed: seed), in: space,
            samples: method, communicator: .alone(), blocks: blocks)
    }

    private func projected(
        _ hamiltonian: any Operator, _ state: MonteCarloState, _ plan: ProjectionPlan
    ) throws -> (projection: GreensFunctionMonteCarlo, energies: [ProjectedEstimate]) {
        let projection = GreensFunctionMonteCarlo(of: hamiltonian, from: state, plan)
        _ = try projection.begin()
        while !projection.isOver { _ = try projection.advance() }
        return (projection, try projection.energies())
    }

    private func exact(_ hamiltonian: any Operator, _ space: HilbertSpace) throws -> Double {
        try ExactDiagonalisation.lowestEnergies(of: hamiltonian, in: space, count: 1, communicator: .alone()).energies[
            0]
    }

    /// The state after some steps towards the ground state over the whole basis.
    private func optimised(
        _ hamiltonian: any Operator, _ state: MonteCarloState, steps: Int
    ) throws -> MonteCarloState {
        let driver = try GroundStateDriver(
            state: state, hamiltonian: hamiltonian, optimiser: Optimiser(.gradientDescent),
            learningRate: .constant(0.05),
            reconfiguration: StochasticReconfiguration(
                solver: ConjugateGradient(tolerance: 1e-6, maximumIterations: 200), diagonalShift: .constant(0.01),
                warmStart: false))
        while driver.step < steps { _ = try driver.advance() }
        return state
    }

    /// Where no element has the wrong sign the energy is that of the ground state, whatever guides the walkers: all
    /// amplitudes alike, random parameters, parameters that are nearly the best.
    @Test(arguments: ["uniform", "random jastrow", "random rbm", "optimised"], ["heisenberg", "ising"])
    func exactEnergiesOfChains(guide: String, model: String) throws {
        let sites = guide == "optimised" ? 8 : 4
        let problem =
            model == "ising" ? try SmallProblem.ising(sites: sites) : try .heisenberg(sites: sites, signRule: true)
        let ansatz: any Ansatz =
            switch guide {
            case "uniform": machine(sites, Initialiser(.zeros))
            case "random jastrow": Jastrow(siteCount: sites, options: LayerOptions(.float64, kernel: Self.narrow))
            default: machine(sites, Self.narrow)
            }
        var guiding = try state(ansatz, in: problem.space, guide == "uniform" ? problem.rule : nil)
        if guide == "optimised" { guiding = try optimised(problem.hamiltonian, guiding, steps: 80) }
        let found = try projected(
            problem.hamiltonian, guiding,
            ProjectionPlan(
                walkers: guide == "optimised" ? 200 : 1200, interval: 0.1, equilibration: 50,
                generations: guide == "optimised" ? 400 : 2000, correctionLength: 25, seed: 11))
        let energy = try #require(found.energies.last)
        let expected = try exact(problem.hamiltonian, problem.space)
        #expect(!found.projection.hasFixedNode)
        #expect(energy.error < 1e-3 * abs(expected), "error \(energy.error)")
        #expect(abs(energy.mean - expected) < 4 * energy.error, "\(energy) instead of \(expected)")
    }

    /// With the exact ground state as guide every local energy is the energy: nothing fluctuates, nothing branches.
    @Test func theGroundStateIsItsOwnProjection() throws {
        // Two sites: the triplet and the singlet, a ratio of amplitudes of 1.
        let problem = try SmallProblem.heisenberg(sites: 2, signRule: true)
        let found = try projected(
            problem.hamiltonian, state(machine(2, Initialiser(.zeros)), in: problem.space),
            ProjectionPlan(walkers: 5, interval: 0.1, equilibration: 2, generations: 20, correctionLength: 2, seed: 1))
        let expected = try exact(problem.hamiltonian, problem.space)
        for energy in found.energies {
            #expect(abs(energy.mean - expected) < 1e-12)
            #expect(abs(energy.effectiveShare - 1) < 1e-12)
        }
        #expect(found.projection.moves > 0)
    }

    struct FixedNode: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let hamiltonian: any Operator
        let space: HilbertSpace
        let ansatz: any Ansatz
    }

    static let fixedNodes: [FixedNode] = (try? makeFixedNodes()) ?? []

    private static func makeFixedNodes() throws -> [FixedNode] {
        let wide = LayerOptions(
            .float64, kernel: Initialiser(.normal, scale: 0.2), bias: Initialiser(.normal, scale: 0.2))
        let chain = try Lattice(.chain, extent: [8], periodic: [true])
        let frustrated = try PauliSum.j1j2(
            J1: 1, J2: 0.4, signRule: (true, false), edges: chain.edges(shell: 1), edges2: chain.edges(shell: 2),
            siteCount: 8)
        // Open 3x3 with the sign rule of the square lattice: the third kind of bonds has the other sign.
        let square = try Lattice(.square, extent: [3, 3], periodic: [false, false])
        let diagonals = [0, 1, 3, 4].map { Edge($0, $0 + 4) }
        let triangular = try PauliSum.j1j2(
            J1: 1, J2: 1, signRule: (true, false), edges: square.edges(shell: 1), edges2: diagonals, siteCount: 9)
        let electrons = try HilbertSpace.fermions(siteCount: 4, up: 2, down: 1)
        let sector = try #require(FermionSector(electrons))
        let hops = (0..<4).map { Hop($0, ($0 + 1) % 4, phase: 0) }
        return [
            FixedNode(
                testDescription: "J1-J2 chain", hamiltonian: frustrated,
                space: try HilbertSpace(siteCount: 8, magnetisation: 0),
                ansatz: RestrictedBoltzmannMachine(siteCount: 8, alpha: 1, options: wide)),
            FixedNode(
                testDescription: "triangular", hamiltonian: triangular,
                space: try HilbertSpace(siteCount: 9, magnetisation: 1),
                ansatz: RestrictedBoltzmannMachine(siteCount: 9, alpha: 1, options: wide)),
            FixedNode(
                testDescription: "determinants",
                hamiltonian: try FermionSum.hubbard(siteCount: 4, t: 1, U: 4, hops: hops), space: electrons,
                ansatz: SlaterDeterminant(sector, variant: .unrestricted, dataType: .float64)),
        ]
    }

    @Test func thereAreFixedNodes() { #expect(Self.fixedNodes.count == 3) }

    /// The fixed node is that of the matrix that is made by hand, between the energy of ψ and the exact one.
    @Test(arguments: fixedNodes) func energiesOfFixedNodes(subject: FixedNode) throws {
        let guide = try optimised(subject.hamiltonian, state(subject.ansatz, in: subject.space), steps: 12)
        let dense = try DenseKernel(subject.hamiltonian, guide.waveFunction, in: subject.space)
        let (expected, variational) = (dense.fixedNodeEnergy(), dense.variationalEnergy())
        let exact = try exact(subject.hamiltonian, subject.space)
        #expect(expected > exact + 1e-3 && expected < variational)
        let found = try projected(
            subject.hamiltonian, guide,
            ProjectionPlan(
                walkers: 200, interval: 0.05, equilibration: 200, generations: 1500, correctionLength: 80, seed: 2))
        let energy = try #require(found.energies.last)
        #expect(found.projection.hasFixedNode)
        #expect(energy.error < 0.2 * (variational - exact), "error \(energy.error)")
        #expect(abs(energy.mean - expected) < 4 * energy.error, "\(energy) instead of \(expected)")
        #expect(energy.mean < variational)
    }

    /// Few walkers: without the factors of the last generations the energy is wrong, with them it is right.
    @Test func factorsTakeTheBiasOfBranchingAway() throws {
        let problem = try SmallProblem.heisenberg(sites: 8, signRule: true)
        let found = try projected(
            problem.hamiltonian, state(machine(8, Initialiser(.zeros)), in: problem.space),
            ProjectionPlan(
                walkers: 10, interval: 0.05, equilibration: 100, generations: 20_000, correctionLength: 60, seed: 4))
        let expected = try exact(problem.hamiltonian, problem.space)
        let (biased, right) = (found.energies[0], try #require(found.energies.last))
        #expect((biased.length, right.length) == (0, 60))
        #expect(biased.mean - expected > 8 * biased.error, "\(biased), \(expected)")
        #expect(abs(right.mean - expected) < 4 * right.error, "\(right), \(expected)")
        #expect(right.error < 0.3 * (biased.mean - expected))
    }

    /// What walkers carry along has the mean of |Ψ|², although they follow ψ Ψ: of the ground state, and of the fixed node.
    @Test(arguments: ["exact", "fixed node"]) func expectationValuesByForwardWalking(kind: String) throws {
        let problem = try SmallProblem.heisenberg(sites: 6, signRule: true)
        let chain = try Lattice(.chain, extent: [6], periodic: [true])
        let hamiltonian: any Operator =
            kind == "exact"
            ? problem.hamiltonian
            : try PauliSum.j1j2(
                J1: 1, J2: 0.3, signRule: (true, false), edges: chain.edges(shell: 1), edges2: chain.edges(shell: 2),
                siteCount: 6)
        let guide = try state(machine(6, Self.narrow), in: problem.space)
        let signs = (0..<6).map { $0 % 2 == 0 ? 1 : -1 }
        let observables: [any LocalObservable] = [
            SiteAverages.pauliMoments(siteCount: 6, signs: signs),
            DiagonalStructureFactor(siteCount: 6, phases: [(0..<6).map { Double($0) * .pi }]),
        ]
        let projection = GreensFunctionMonteCarlo(
            of: hamiltonian, from: guide,
            ProjectionPlan(
                walkers: 400, interval: 0.1, equilibration: 40, generations: 2000, correctionLength: 20,
                forwardLength: 20, seed: 3), observables: observables)
        _ = try projection.begin()
        while !projection.isOver { _ = try projection.advance() }
        let found = try projection.forwardEstimates()
        #expect(found.count == 4)

        let dense = try DenseKernel(hamiltonian, guide.waveFunction, in: problem.space)
        let ground = dense.fixedNodeState().map { $0 * $0 }
        let guiding = dense.table.psi.map(\.lengthSquared)
        func mean(_ weights: [Double], _ quantity: Int) -> Double {
            let sum = (0..<dense.dimension).reduce(0.0) { sum, x in
                let staggered = zip(dense.basis[row: x], signs).reduce(0) { $0 + Double($1.0) * Double($1.1) } / 6
                let value = [staggered, staggered * staggered, abs(staggered), 6 * staggered * staggered][quantity]
                return sum + weights[x] * value
            }
            return sum / weights.reduce(0, +)
        }
        for (quantity, estimate) in found.enumerated() {
            let expected = mean(ground, quantity)
            #expect(abs(estimate.mean - expected) < 4 * estimate.error, "\(quantity): \(estimate), \(expected)")
            guard quantity > 0 else { continue }
            #expect(estimate.error < 0.05 * expected)
            // Far from what the guide has, and from the mean over ψ Ψ.
            #expect(abs(mean(guiding, quantity) - expected) > 10 * estimate.error)
            let mixed = mean(zip(guiding, ground).map { ($0 * $1).squareRoot() }, quantity)
            #expect(abs(mixed - expected) > 5 * estimate.error)
        }
        if kind == "exact" {
            let states = try ExactDiagonalisation.lowestStates(
                of: hamiltonian, in: problem.space, count: 1, communicator: .alone())
            let vector = try states.vector(0, over: .alone())
            for (x, weight) in ground.enumerated() { #expect(abs(vector[x] * vector[x] - weight) < 1e-6) }
        }
    }

    @Test func phasesAreRefused() throws {
        let problem = try SmallProblem.dzyaloshinskiiMoriya(sites: 4)
        let options = LayerOptions(.complex128, kernel: Self.wide, bias: Self.wide)
        let guide = try state(
            RestrictedBoltzmannMachine(siteCount: 4, alpha: 1, options: options), in: problem.space)
        let plan = ProjectionPlan(
            walkers: 8, interval: 0.1, equilibration: 0, generations: 1, correctionLength: 0, seed: 1)
        let projection = GreensFunctionMonteCarlo(of: problem.hamiltonian, from: guide, plan)
        #expect { try projection.begin() } throws: { error in
            guard case .complexKernel(let share)? = error as? ProjectionError else { return false }
            return share > 1e-3
        }
    }

    /// A complex log ψ whose phases are signs is as good as a real one.
    @Test func signsOfAComplexWaveFunctionAreReal() throws {
        let problem = try SmallProblem.ising(sites: 4)
        let guide = try state(
            RestrictedBoltzmannMachine(
                siteCount: 4, alpha: 1,
                options: LayerOptions(.complex128, kernel: Initialiser(.zeros), bias: Initialiser(.zeros))),
            in: problem.space)
        let found = try projected(
            problem.hamiltonian, guide,
            ProjectionPlan(
                walkers: 100, interval: 0.1, equilibration: 50, generations: 300, correctionLength: 20, seed: 1))
        let energy = try #require(found.energies.last)
        #expect(abs(energy.mean - (try exact(problem.hamiltonian, problem.space))) < 4 * energy.error)
    }

    /// What a checkpoint holds is all there is, with what walkers carry along: the same bits follow, in blocks on any number of walkers' owners.
    @Test func aProjectionThatIsTakenUpGoesOnBitForBit() throws {
        let problem = try SmallProblem.heisenberg(sites: 6, signRule: true)
        let plan = ProjectionPlan(
            walkers: 70, interval: 0.1, equilibration: 4, generations: 12, correctionLength: 4, forwardLength: 3,
            seed: 9)
        func projection() throws -> GreensFunctionMonteCarlo {
            GreensFunctionMonteCarlo(
                of: problem.hamiltonian,
                from: try state(
                    machine(6, Self.wide), in: problem.space, problem.rule,
                    blocks: .ofChains(16, samplesPerChain: 4)), plan,
                observables: [SiteAverages.pauliMoments(siteCount: 6)])
        }
        let whole = try projection()
        _ = try whole.begin()
        while !whole.isOver { _ = try whole.advance() }
        let first = try projection()
        _ = try first.begin()
        for _ in 0..<7 { _ = try first.advance() }
        let progress = try #require(try first.progress())
        let second = try projection()
        try second.restore(progress)
        while !second.isOver { _ = try second.advance() }
        #expect(second.series == whole.series)
        #expect(second.forwardMeans.count == 5)
        #expect(try second.progress() == whole.progress())

        var other = progress
        other.numbers[3] = 1000
        #expect(throws: ProjectionError.self) { try second.restore(other) }
        other = progress
        other.numbers.removeLast()
        #expect(throws: ProjectionError.self) { try second.restore(other) }
    }
}
