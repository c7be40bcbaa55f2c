import Communication
import DistQGT
import Foundation
import LatticeSymmetry
import Testing

// What stands between the two marks is the example of README.md, character for character.
// README: begin
/// The energy of the transverse-field Ising ring at its critical point, optimised on all ranks of `world`.
func optimisedIsingEnergy(sites: Int, steps: Int, on world: Communicator) throws -> EnergyEstimate {
    let ring = try Lattice(.chain, extent: [sites])
    let hamiltonian = try PauliSum.ising(J: -1, h: 1, edges: ring.edges(shell: 1), siteCount: sites)

    let waveFunction = NeuralQuantumState(RestrictedBoltzmannMachine(siteCount: sites, alpha: 1))
    var stream = RandomStream(seed: 1, index: 0, purpose: .parameters)
    waveFunction.initialiseParameters(using: &stream)

    let sampling = SamplerParameters(chains: 16, samples: 1024, sweep: sites, discard: 4, seed: 1)
    let state = try MonteCarloState(
        waveFunction, in: HilbertSpace(siteCount: sites), samples: .metropolis(.local(flips: 1), sampling),
        communicator: world)
    let driver = try GroundStateDriver(
        state: state, hamiltonian: hamiltonian, optimiser: Optimiser(.gradientDescent), learningRate: .constant(0.05),
        reconfiguration: StochasticReconfiguration(
            solver: ConjugateGradient(tolerance: 1e-6, maximumIterations: 500), diagonalShift: .constant(0.01)))
    for _ in 0..<steps { _ = try driver.advance() }
    return try driver.energy.measured(samples: 16_384)
}
// README: end

@Suite struct ReadmeExampleTests {
    @Test func readmeExampleFindsTheGroundState() throws {
        let estimate = try optimisedIsingEnergy(sites: 8, steps: 150, on: .alone())
        let ring = try Lattice(.chain, extent: [8])
        let exact = try ExactDiagonalisation.lowestEnergies(
            of: PauliSum.ising(J: -1, h: 1, edges: ring.edges(shell: 1), siteCount: 8), in: HilbertSpace(siteCount: 8),
            count: 1, communicator: .alone()
        ).energies[0]
        #expect(abs(estimate.statistics.mean.real / exact - 1) < 1e-3)
    }

    @Test func readmeShowsTheCodeThatIsTestedHere() throws {
        let tests = URL(fileURLWithPath: #filePath)
        let root = (0..<4).reduce(tests) { path, _ in path.deletingLastPathComponent() }
        let source = try String(contentsOf: tests, encoding: .utf8)
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let begin = try #require(source.range(of: "// README: begin\n"))
        let end = try #require(source.range(of: "// README: end\n"))
        #expect(readme.contains(source[begin.upperBound..<end.lowerBound]))
    }
}
