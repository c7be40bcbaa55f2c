import DistQGT

/// Builds the optimisation that a configuration describes.
enum Optimisation {
    /// The network with the parameters that a run starts from. Local.
    static func initialState(_ configuration: Configuration) throws -> NeuralQuantumState {
        guard let model = configuration.ansatz else { throw configuration.resolved.error("the block 'ansatz' is missing") }
        let state = NeuralQuantumState(model.ansatz)
        var stream = RandomStream(seed: UInt64(configuration.run.seed), index: 0, purpose: .parameters)
        state.initialiseParameters(using: &stream)
        return state
    }

    /// Collective: rank 0's parameters are broadcast. With it, why a solver was taken where the configuration
    /// leaves the choice.
    static func make(
        _ configuration: Configuration, on world: Communicator
    ) throws -> (optimisation: VariationalMonteCarlo, reasoning: String?) {
        let problem = configuration.problem
        let state = try initialState(configuration)
        let (reconfiguration, reasoning) = configuration.reconfiguration.settings(
            for: state, StepPlan.Samples(configuration).distribution(world.size))
        let optimisation = try VariationalMonteCarlo(
            state: state, hamiltonian: problem.hamiltonian, space: problem.space, communicator: world,
            optimiser: Optimiser(configuration.optimiser.method), learningRate: configuration.optimiser.learningRate,
            reconfiguration: reconfiguration, maximumNorm: configuration.reconfiguration.maximumNorm
        ) { amplitudes in
            try source(configuration, amplitudes, world)
        }
        return (optimisation, reasoning)
    }

    private static func source(
        _ configuration: Configuration, _ amplitudes: NetworkAmplitudes, _ world: Communicator
    ) throws -> SampleSource {
        let sampler = configuration.sampler
        switch sampler.method {
        case .metropolis(let rule):
            let parameters = SamplerParameters(
                chains: sampler.chains, samples: sampler.samples, sweep: sampler.sweep, discard: sampler.discard,
                seed: UInt64(configuration.run.seed), magnetisation: configuration.problem.space.magnetisation)
            return .metropolis(
                try MetropolisSampler(
                    rule: rule, parameters: parameters, evaluator: amplitudes.makeProposalEvaluator(),
                    shard: .block(of: sampler.chains, rank: world.rank, size: world.size)))
        case .fullSum:
            return .fullSummation(
                try FullSummation(configuration.problem.space, rank: world.rank, size: world.size))
        }
    }
}
