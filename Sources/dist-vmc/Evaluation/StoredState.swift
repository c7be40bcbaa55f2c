import Communication
import DistQGT
import RunFiles

/// The state of a run as its checkpoint has it.
struct StoredState {
    let configuration: Configuration
    private let checkpoint: Checkpoint
    private let path: String
    /// Why the checkpoint was passed over for the one before it; nil if it was not.
    let notice: String?

    /// Rank 0 reads the checkpoint and gives it to every rank. Collective.
    ///
    /// - Parameters:
    ///   - overrides: of a projection, that are put into its configuration.
    ///   - mayBeOfSeveral: whether it may be an ensemble.
    /// - Throws: on every rank alike, with exit status 2, where the directory holds no checkpoint that can be used.
    init(
        _ directory: String, overrides: [String] = [], for purpose: Configuration.Purpose = .optimisation,
        mayBeOfSeveral: Bool = false, on world: Communicator
    ) throws {
        var loaded: Checkpoint.Loaded?
        let bytes = try world.broadcast {
            let found = try Checkpoint.load(from: directory, fallingBack: true)
            loaded = found
            return try found.checkpoint.encoded()
        }
        let path = try world.broadcast(loaded?.path ?? "")
        let notice = try world.broadcast(loaded?.passedOver.map { "\($0); using \(path)" } ?? "")
        let checkpoint = try world.collectively { try Checkpoint(decoding: bytes, path: path) }
        let root = try ConfigurationNode(yaml: checkpoint.configuration, source: path)
        var configuration = try Configuration(
            ProjectionConfiguration.overriding(root, by: overrides), for: purpose)
        if !mayBeOfSeveral, configuration.ensemble.isOfSeveral, let count = configuration.resolved["states"]?["count"] {
            throw count.error(
                "what is measured here is one state; the energies of several are in summary.json of their run")
        }
        // The checkpoint has all parameters; where they once started from may be gone.
        configuration.run.initialParameters = nil
        self.configuration = configuration
        self.checkpoint = checkpoint
        self.path = path
        self.notice = notice.isEmpty ? nil : notice
    }

    /// What tells a measurement in this state from others.
    func subject(seed: Int, lanczosSteps: Int, observables: ConfigurationNode?) -> String {
        "observables\(lanczosSteps > 0 ? " and Lanczos steps: \(lanczosSteps)" : "") after step \(step), "
            + "state \(checkpoint.stateFingerprint), seed \(seed):\n"
            + (observables.map { ConfigurationDump.yaml($0) } ?? "")
    }

    /// Completed steps.
    var step: Int { checkpoint.step }

    /// The state at the checkpoint's step. Collective.
    func state(on world: Communicator) throws -> MonteCarloState {
        let waveFunction = try configuration.makeWaveFunction(on: world)
        let state = try RunPlan(configuration, waveFunction, ranks: world.size).makeState(waveFunction, on: world)
        try world.collectively { try state.restore(checkpoint, path: path) }
        return state
    }

    /// Where all chains stand.
    ///
    /// - Throws: `CheckpointError` if there are none.
    func chains() throws -> ChainState {
        guard let chains = checkpoint.chains else { throw CheckpointError(path: path, problem: .missing("chains")) }
        return ChainState(chains)
    }
}
