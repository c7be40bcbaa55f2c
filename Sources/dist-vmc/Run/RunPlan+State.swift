import Communication
import DistQGT

/// What a plan describes, made.
extension RunPlan {
    /// The plan for these ranks, whose nodes have parameter vectors in common where they have room for them. Collective.
    ///
    /// - Throws: as `init`.
    static func make(
        _ configuration: Configuration, _ waveFunction: NeuralQuantumState, on world: Communicator
    ) throws -> RunPlan {
        let (perNode, sharesMemory) = (try world.ranksPerNode(), try world.sharesAllMemory())
        func planned(ranksPerVector: Int) throws -> RunPlan {
            try RunPlan(
                configuration, waveFunction, ranks: world.size, sharesMemory: sharesMemory,
                ranksPerVector: ranksPerVector)
        }
        let plan = try planned(ranksPerVector: perNode)
        guard perNode > 1, try !world.shareReplicatedMemory(byteCount: plan.windowBytes) else { return plan }
        return try planned(ranksPerVector: 1)
    }

    /// The state that a run starts from, without anything that optimises it. Collective.
    ///
    /// - Parameter waveFunction: that of the plan, which keeps as much of its linearisations from here on as the plan
    ///   says.
    func makeState(_ waveFunction: NeuralQuantumState, on world: Communicator) throws -> MonteCarloState {
        waveFunction.residentChunks = residentChunks
        return try MonteCarloState(
            waveFunction, in: configuration.ensemble.space, samples: configuration.sampleMethod, communicator: world,
            blocks: blocks)
    }

    /// The driver of a run in this state. Local.
    ///
    /// - Parameter takesMostSamples: whether every step has as many samples as any may have.
    func makeDriver(_ state: MonteCarloState, takesMostSamples: Bool = false) throws -> GroundStateDriver {
        try GroundStateDriver(
            state: state, hamiltonian: configuration.ensemble.hamiltonian,
            optimiser: Optimiser(configuration.optimiser.method),
            learningRate: configuration.optimiser.learningRate ?? .constant(StepControl.firstRate),
            reconfiguration: reconfiguration, fixesNorm: configuration.optimiser.fixesNorm,
            maximumNorm: configuration.reconfiguration.maximumNorm,
            energyClipping: configuration.clipsEnergies ? configuration.reconfiguration.energyClipping : nil,
            control: configuration.stepControl,
            samples: levels.isEmpty || takesMostSamples ? nil : SampleControl(levels))
    }
}

extension Configuration {
    /// Of the Hamiltonian, at any time.
    var transitionBound: Int { max(ensemble.hamiltonian.transitionBound, courses?.transitionBound ?? 0) }

    /// Whether the forces of an optimisation take clipped local energies.
    var clipsEnergies: Bool { dynamics == nil && reconfiguration.energyClipping != nil && sampler.drawsChains }

    /// Whether steps of an optimisation may have fewer samples than the most.
    var choosesSamples: Bool { dynamics == nil && sampler.choosesSamples && sampler.drawsChains && stepControl != nil }

    /// What chooses the learning rate, the shift, or both; nil where the configuration gives both.
    var stepControl: StepControl? {
        if case .none = reconfiguration.solver { return nil }
        let (rate, shift) = (optimiser.learningRate == nil, reconfiguration.controlsShift)
        return rate || shift ? StepControl(controlsRate: rate, controlsShift: shift) : nil
    }

    fileprivate var sampleMethod: SampleMethod {
        let (space, seed) = (ensemble.space, UInt64(run.seed))
        switch sampler.method {
        case .metropolis(let rule):
            let parameters = SamplerParameters(
                chains: sampler.chains, samples: sampler.samples, sweep: ensemble.count * sampler.sweep,
                discard: sampler.discard,
                seed: seed, space: space, ladder: sampler.ladder)
            return .metropolis(ensemble.rule(rule, of: problem), parameters, isScreened: sampler.screensProposals)
        case .direct:
            return .direct(
                SamplerParameters(chains: sampler.chains, samples: sampler.samples, seed: seed, space: space))
        case .fullSum: return .fullSummation
        }
    }
}
