import Communication
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

    /// The state that a run starts from, without anything that optimises it, and what was planned for it. Collective.
    static func makeState(
        _ configuration: Configuration, on world: Communicator
    ) throws -> (state: MonteCarloState, plan: StepPlan) {
        let waveFunction = try initialState(configuration, on: world)
        let plan = try StepPlan(configuration, waveFunction, ranks: world.size)
        let state = try MonteCarloState(
            waveFunction, in: configuration.problem.space, samples: samples(configuration), communicator: world,
            blocks: plan.blocks)
        return (state, plan)
    }

    /// Collective. With it, what to tell about choices that were made for the user.
    static func make(
        _ configuration: Configuration, on world: Communicator
    ) throws -> (driver: GroundStateDriver, notes: [String]) {
        let (state, plan) = try makeState(configuration, on: world)
        try plan.requireMemory(configuration, on: world)
        let driver = try GroundStateDriver(
            state: state, hamiltonian: configuration.problem.hamiltonian,
            optimiser: Optimiser(configuration.optimiser.method), learningRate: configuration.optimiser.learningRate,
            reconfiguration: plan.reconfiguration, maximumNorm: configuration.reconfiguration.maximumNorm)
        let amplitudes = state.waveFunction.amplitudes(blockRows: MonteCarloState.samplingBlockRows)
        let screeningNote =
            configuration.sampler.screensProposals && !amplitudes.canScreenProposals
            ? "sampler.screening: nothing to screen: the network is of single precision, or its "
                + "amplitude ratios take no evaluation of the network" : nil
        return (
            driver, [plan.reasoning, plan.advice, plan.memoryNote, plan.blocksNote, screeningNote].compactMap { $0 }
        )
    }

    private static func samples(_ configuration: Configuration) -> SampleMethod {
        let sampler = configuration.sampler
        let space = configuration.problem.space
        let seed = UInt64(configuration.run.seed)
        switch sampler.method {
        case .metropolis(let rule):
            let parameters = SamplerParameters(
                chains: sampler.chains, samples: sampler.samples, sweep: sampler.sweep, discard: sampler.discard,
                seed: seed, space: space)
            return .metropolis(rule, parameters, isScreened: sampler.screensProposals)
        case .direct:
            return .direct(
                SamplerParameters(
                    chains: sampler.chains, samples: sampler.samples, seed: seed, space: space))
        case .fullSum: return .fullSummation
        }
    }
}
