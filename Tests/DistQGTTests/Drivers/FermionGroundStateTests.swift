import Communication
import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Testing

/// Optimisations of states of fermions on few sites.
@Suite struct FermionGroundStateTests {
    private struct Problem {
        let hamiltonian: FermionSum
        let space: HilbertSpace
        let pairs: [SIMD2<Int32>]
        let exact: Double

        /// The Hubbard model with U = 4 on an open chain.
        init(sites: Int, up: Int, down: Int) throws {
            let edges = (1..<sites).map { Edge($0 - 1, $0) }
            hamiltonian = try .hubbard(siteCount: sites, t: 1, U: 4, hops: .along(edges))
            space = try .fermions(siteCount: sites, up: up, down: down)
            pairs = edges.map { SIMD2(Int32($0.first), Int32($0.second)) }
            exact = try #require(
                try ExactDiagonalisation.lowestEnergies(of: hamiltonian, in: space, count: 1, communicator: .alone())
                    .energies.first)
        }

        func driver(
            _ ansatz: any Ansatz, _ method: SampleMethod, shift: Double = 1e-4, learningRate: Double = 0.1,
            seed: UInt64 = 3
        ) throws -> GroundStateDriver {
            let state = NeuralQuantumState(ansatz, reading: Encoder(.occupations, of: space), seed: seed)
            return try GroundStateDriver(
                state: MonteCarloState(state, in: space, samples: method, communicator: .alone()),
                hamiltonian: hamiltonian, optimiser: Optimiser(.gradientDescent),
                learningRate: try .constant(learningRate),
                reconfiguration: StochasticReconfiguration(
                    solver: ConjugateGradient(tolerance: 1e-10, maximumIterations: 1000),
                    diagonalShift: try .constant(shift), warmStart: false))
        }

        func metropolis(samples: Int) -> SampleMethod {
            .metropolis(
                .hop(pairs: pairs),
                SamplerParameters(
                    chains: 16, samples: samples, sweep: 2 * space.siteCount, discard: 10, seed: 4, space: space))
        }
    }

    private static let small = Initialiser(.normal, scale: 0.1)

    private static func slater(_ sector: FermionSector) -> any Ansatz {
        FactorProduct([
            .init("slater", SlaterDeterminant(sector, variant: .restricted)),
            .init("gutzwiller", Gutzwiller(sector, initialiser: small)),
            .init("jastrow", DensityJastrow(sector, initialiser: small)),
        ])
    }
    private static func general(_ sector: FermionSector) -> any Ansatz { PairProduct(sector, variant: .general) }
    private static func antiparallel(_ sector: FermionSector) -> any Ansatz {
        FactorProduct([
            .init("pairs", PairProduct(sector, variant: .antiparallel, dataType: .complex128)),
            .init("gutzwiller", Gutzwiller(sector, initialiser: small)),
        ])
    }

    private func sector(_ problem: Problem) throws -> FermionSector { try #require(FermionSector(problem.space)) }

    /// States that can be the ground state become it.
    @Test(arguments: [2, 4], 0..<3)
    func fullSummationFindsTheGroundState(sites: Int, kind: Int) throws {
        // Two fermions are one pair; on two sites two orbitals and a Gutzwiller factor suffice.
        if sites == 4, kind == 0 { return }
        let problem = try Problem(sites: sites, up: 1, down: 1)
        let ansatz = [Self.slater, Self.general, Self.antiparallel][kind](try sector(problem))
        let vmc = try problem.driver(ansatz, .fullSummation)
        var (energy, steps) = (Double.infinity, 0)
        while energy - problem.exact > 1e-8, steps < 800 {
            energy = try vmc.advance().energy.statistics.mean.real
            steps += 1
            #expect(energy >= problem.exact - 1e-10)
        }
        #expect(energy - problem.exact <= 1e-8, "\(energy) after \(steps) steps, exact \(problem.exact)")
    }

    /// Half filling, where they cannot: below what they begin with, above the exact energy and near it.
    @Test(arguments: 0..<3)
    func halfFillingComesNear(kind: Int) throws {
        let problem = try Problem(sites: 4, up: 2, down: 2)
        let ansatz = [Self.slater, Self.general, Self.antiparallel][kind](try sector(problem))
        // Others start at energies near a state of pairs on sites, which the gradient hardly leaves.
        let vmc = try problem.driver(ansatz, .fullSummation, shift: 1e-3, seed: 5)
        var energies: [Double] = []
        for _ in 0..<100 { energies.append(try vmc.advance().energy.statistics.mean.real) }
        let last = energies[energies.count - 1]
        #expect(last >= problem.exact - 1e-10 && last < energies[0])
        #expect(last - problem.exact < 0.05 * abs(problem.exact), "\(last), exact \(problem.exact)")
    }

    /// Energies by chains are those by summation within their errors, at the beginning and at the end.
    @Test(arguments: 0..<3)
    func chainsGiveTheEnergiesOfTheSum(kind: Int) throws {
        let problem = try Problem(sites: 4, up: 2, down: 2)
        let ansatz = [Self.slater, Self.general, Self.antiparallel][kind](try sector(problem))
        let vmc = try problem.driver(ansatz, problem.metropolis(samples: 2000), shift: 1e-2, learningRate: 0.05)
        let sum = try problem.driver(ansatz, .fullSummation)
        for steps in [0, 40] {
            for _ in 0..<steps { _ = try vmc.advance() }
            for place in 0..<vmc.waveFunction.parameters.count {
                sum.waveFunction.parameters[place] = vmc.waveFunction.parameters[place]
            }
            sum.waveFunction.parametersChanged()
            let exact = try sum.energy.measured(samples: 0).statistics.mean.real
            let found = try vmc.energy.measured(samples: 8000)
            #expect(
                abs(found.statistics.mean.real - exact) < 5 * found.error + 1e-9,
                "\(found.statistics.mean.real) ± \(found.error), exact \(exact)")
            #expect(found.error < 0.2)
        }
    }
}
