import DistQGT

/// What goes into a checkpoint and comes back from it.
struct RunState {
    let optimisation: VariationalMonteCarlo
    /// Seconds by phase over every part of the run.
    var seconds: [String: Double] = [:]
    /// Wall time of the completed steps over every part of the run.
    var totalSeconds = 0.0
    /// Returns to a checkpoint over every part of the run.
    var rollbacks = 0

    private static let secondsPrefix = "seconds "
    private static let updateCountName = "optimiser updates"
    private static let factorName = "learning rate factor"
    private static let rollbacksName = "rollbacks"

    init(_ optimisation: VariationalMonteCarlo) { self.optimisation = optimisation }

    mutating func add(_ clock: PhaseClock) {
        for (phase, time) in clock.seconds { seconds[phase.rawValue, default: 0] += time }
        totalSeconds += clock.total
    }

    /// The checkpoint of this moment, on rank 0 (nil elsewhere). Collective: the chains are gathered.
    func checkpoint(configuration: String, seed: Int) throws -> Checkpoint? {
        var chains: Checkpoint.Chains?
        var isFirstRank = optimisation.communicator.rank == 0
        if let sampler = optimisation.source.chainSampler {
            let gathered = try sampler.chainState().gathered(over: optimisation.communicator)
            isFirstRank = gathered != nil
            chains = gathered.map {
                .init(
                    sites: sampler.siteCount, spins: $0.configurations.spins,
                    drawCounters: $0.drawCounters.map(UInt64.init(bitPattern:)))
            }
        }
        guard isFirstRank else { return nil }
        let state = optimisation.state
        let leaves = zip(state.layout.leaves, state.layout.offsets).map { leaf, offset in
            Checkpoint.Leaf(
                name: leaf.name, shape: leaf.shape, kind: Self.kind(leaf, state.ansatz.dataType),
                values: (offset..<offset + leaf.realCount).map { state.parameters[$0] })
        }
        var checkpoint = Checkpoint(
            programVersion: programVersion, step: optimisation.step, configuration: configuration,
            seed: UInt64(seed), parameters: leaves)
        checkpoint.optimiserState = optimisation.optimiser.state
        checkpoint.previousDirection = optimisation.previousDirection?.values
        checkpoint.chains = chains
        checkpoint.seconds = totalSeconds
        for (name, time) in seconds { checkpoint.scalars[Self.secondsPrefix + name] = time }
        checkpoint.scalars[Self.updateCountName] = Double(optimisation.optimiser.updateCount)
        checkpoint.scalars[Self.factorName] = optimisation.learningRateFactor
        checkpoint.scalars[Self.rollbacksName] = Double(rollbacks)
        return checkpoint
    }

    /// Puts everything back as it was. Local: every rank has the whole checkpoint.
    ///
    /// - Throws: `CheckpointError`, `ChainStateError` where the checkpoint does not fit.
    mutating func restore(_ checkpoint: Checkpoint, path: String) throws {
        let state = optimisation.state
        for (leaf, offset) in zip(state.layout.leaves, state.layout.offsets) {
            let values = try checkpoint.values(
                of: leaf.name, shape: leaf.shape, kind: Self.kind(leaf, state.ansatz.dataType), path: path)
            for (index, value) in values.enumerated() { state.parameters[offset + index] = value }
        }
        for (name, values) in checkpoint.optimiserState where values.count != state.layout.count {
            throw CheckpointError(
                path: path,
                problem: .wrongShape("optimiser/\(name)", expected: [state.layout.count], found: [values.count]))
        }
        if let direction = checkpoint.previousDirection, direction.count != state.layout.count {
            throw CheckpointError(
                path: path,
                problem: .wrongShape("previous_direction", expected: [state.layout.count], found: [direction.count]))
        }
        optimisation.optimiser.restore(
            state: checkpoint.optimiserState, updateCount: Int(checkpoint.scalars[Self.updateCountName] ?? 0))
        if let sampler = optimisation.source.chainSampler {
            guard let chains = checkpoint.chains else {
                throw CheckpointError(path: path, problem: .missing("chains"))
            }
            try sampler.restore(
                ChainState(
                    firstChain: 0, configurations: Configurations(siteCount: chains.sites, spins: chains.spins),
                    drawCounters: chains.drawCounters.map(Int64.init(bitPattern:))))
        }
        totalSeconds = checkpoint.seconds
        for (name, value) in checkpoint.scalars where name.hasPrefix(Self.secondsPrefix) {
            seconds[String(name.dropFirst(Self.secondsPrefix.count))] = value
        }
        rollbacks = Int(checkpoint.scalars[Self.rollbacksName] ?? 0)
        optimisation.learningRateFactor = checkpoint.scalars[Self.factorName] ?? 1
        optimisation.resume(afterStep: checkpoint.step, previousDirection: checkpoint.previousDirection)
    }

    private static func kind(_ leaf: Leaf, _ type: DataType) -> Checkpoint.ElementKind {
        switch (leaf.isComplex, type.isSingle) {
        case (false, false): .float64
        case (false, true): .float32
        case (true, false): .complex128
        case (true, true): .complex64
        }
    }
}
