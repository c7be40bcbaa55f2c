import Communication
import DistQGT
import LatticeSymmetry

/// A network on the 10×10 lattice, with samples that Markov chains drew from it for the Ising model in a transverse
/// field.
struct BenchmarkNetwork {
    let name: String
    let ansatz: any Ansatz

    private static let siteCount = 100
    private static let chains = 64

    static let all: [BenchmarkNetwork] = [
        BenchmarkNetwork(
            name: "rbm, real, alpha 4",
            ansatz: RestrictedBoltzmannMachine(siteCount: siteCount, alpha: 4)),
        BenchmarkNetwork(
            name: "rbm, complex, alpha 4",
            ansatz: RestrictedBoltzmannMachine(siteCount: siteCount, alpha: 4, options: LayerOptions(.complex128))),
        BenchmarkNetwork(
            name: "ffnn 200-200", ansatz: FeedForward(siteCount: siteCount, widths: [200, 200])),
    ]

    /// A network with its initial parameters, and samples of it.
    struct Sampled {
        let state: NeuralQuantumState
        let configurations: Configurations
        let space: SampleSpace
        /// E_loc of the local samples, (re, im) in turn.
        let localEnergies: [Double]
    }

    /// Collective.
    func sampled(_ ansatz: any Ansatz, samples: Int, on world: Communicator) throws -> Sampled {
        let state = NeuralQuantumState(ansatz)
        var stream = RandomStream(seed: 1, index: 0, purpose: .parameters)
        state.initialiseParameters(using: &stream)
        let parameters = SamplerParameters(
            chains: Self.chains, samples: samples, sweep: Self.siteCount, discard: 2, seed: 1)
        let sampler = try MetropolisSampler(
            rule: .local(flips: 1), parameters: parameters,
            evaluator: BatchedProposals(state.amplitudes(blockRows: MonteCarloState.samplingBlockRows)),
            shard: .block(of: Self.chains, rank: world.rank, size: world.size))
        let configurations = sampler.sample().configurations
        let space = SampleSpace(
            communicator: world, localCount: configurations.count, totalCount: parameters.roundedSamples,
            isComplex: state.isComplex)
        let lattice = try Lattice(.square, extent: [10, 10])
        let hamiltonian = try PauliSum.ising(J: -1, h: 3, edges: lattice.edges(shell: 1), siteCount: Self.siteCount)
        let amplitudes = state.amplitudes(blockRows: MonteCarloState.localEnergyBlockRows)
        let energies = LocalEnergies(of: hamiltonian, in: amplitudes)
            .evaluate(configurations, logPsi: state.linearise(configurations, in: space).logPsi)
        return Sampled(state: state, configurations: configurations, space: space, localEnergies: energies)
    }
}
