import DistQGT

/// Builds the optimisation that a configuration describes.
enum Optimisation {
    /// The network with the parameters that a run starts from, the same on every rank. Collective.
    static func initialState(_ configuration: Configuration, on world: Communicator) throws -> NeuralQuantumState {
        guard let model = configuration.ansatz else {
            throw configuration.resolved.error("the block 'ansatz' is missing")
        }
        let state = NeuralQuantumState(model.ansatz)
        var stream = RandomStream(seed: UInt64(configuration.run.seed), index: 0, purpose: .parameters)
        state.initialiseParameters(using: &stream)
        if let file = configuration.run.initialParameters {
            try world.collectively {
                if world.rank == 0 { try InitialParameters.read(file, into: state) }
            }
            try world.broadcast(state.parameters.storage.buffer)
            state.parametersChanged()
        }
        return state
    }

    /// Collective: rank 0's parameters are broadcast. With it, what to tell about choices that were made for
    /// the user.
    static func make(
        _ configuration: Configuration, on world: Communicator
    ) throws -> (optimisation: VariationalMonteCarlo, notes: [String]) {
        let problem = configuration.problem
        let state = try initialState(configuration, on: world)
        let plan = try StepPlan(configuration, state, ranks: world.size)
        var screeningNote: String?
        let optimisation = try VariationalMonteCarlo(
            state: state, hamiltonian: problem.hamiltonian, space: problem.space, communicator: world,
            optimiser: Optimiser(configuration.optimiser.method), learningRate: configuration.optimiser.learningRate,
            reconfiguration: plan.reconfiguration, maximumNorm: configuration.reconfiguration.maximumNorm,
            blocks: plan.blocks
        ) { amplitudes in
            if configuration.sampler.screensProposals {
                amplitudes.screensProposals = true
                if !amplitudes.canScreenProposals {
                    screeningNote =
                        "sampler.screening: nothing to screen: the network is of single precision, or its "
                        + "amplitude ratios take no evaluation of the network"
                }
            }
            return try source(configuration, plan.blocks, amplitudes, world)
        }
        return (optimisation, [plan.reasoning, plan.memoryNote, plan.blocksNote, screeningNote].compactMap { $0 })
    }

    private static func source(
        _ configuration: Configuration, _ blocks: BlockPartition?, _ amplitudes: NetworkAmplitudes,
        _ world: Communicator
    ) throws -> SampleSource {
        let sampler = configuration.sampler
        let (rank, size) = (world.rank, world.size)
        let shard = blocks?.shard(rank: rank, size: size) ?? .block(of: sampler.chains, rank: rank, size: size)
        switch sampler.method {
        case .metropolis(let rule):
            let parameters = SamplerParameters(
                chains: sampler.chains, samples: sampler.samples, sweep: sampler.sweep, discard: sampler.discard,
                seed: UInt64(configuration.run.seed), magnetisation: configuration.problem.space.magnetisation)
            return .metropolis(
                try MetropolisSampler(
                    rule: rule, parameters: parameters, evaluator: amplitudes.makeProposalEvaluator(),
                    shard: shard))
        case .direct:
            guard let evaluator = amplitudes.makeConditionalEvaluator() else {
                throw configuration.resolved.error("sampler.rule: direct needs an autoregressive ansatz")
            }
            let parameters = SamplerParameters(
                chains: sampler.chains, samples: sampler.samples, seed: UInt64(configuration.run.seed),
                magnetisation: configuration.problem.space.magnetisation)
            return .direct(try DirectSampler(parameters: parameters, evaluator: evaluator, shard: shard))
        case .fullSum:
            let space = configuration.problem.space
            return .fullSummation(
                try blocks == nil
                    ? FullSummation(space, rank: rank, size: size)
                    : FullSummation(blocksOf: space, rank: rank, size: size))
        }
    }
}
