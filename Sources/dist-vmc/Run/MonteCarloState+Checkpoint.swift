import DistQGT
import LinearAlgebra
import RunFiles

extension MonteCarloState {
    /// Parameters after a step and this rank's chains, on rank 0 (nil elsewhere). Collective: the chains are gathered.
    func checkpoint(step: Int, chains own: ChainState?, configuration: String, seed: Int) throws -> Checkpoint? {
        var chains: Checkpoint.Chains?
        var isFirstRank = communicator.rank == 0
        if let own {
            let gathered = try own.gathered(over: communicator)
            isFirstRank = gathered != nil
            chains = gathered.map { .init($0) }
        }
        guard isFirstRank else { return nil }
        let leaves = zip(waveFunction.layout.leaves, waveFunction.layout.offsets).map { leaf, offset in
            Checkpoint.Leaf(
                name: leaf.name, shape: leaf.shape, kind: .init(leaf, waveFunction.ansatz.dataType),
                values: (offset..<offset + leaf.realCount).map { waveFunction.parameters[$0] })
        }
        var checkpoint = Checkpoint(
            programVersion: programVersion, step: step, configuration: configuration, seed: UInt64(seed),
            parameters: leaves)
        checkpoint.chains = chains
        return checkpoint
    }

    /// Puts parameters and chains back as they were. Local: every rank has the whole checkpoint.
    ///
    /// - Throws: `CheckpointError`, `ChainStateError` where the checkpoint does not fit.
    func restore(_ checkpoint: Checkpoint, path: String) throws {
        try restoreParameters(checkpoint, path: path)
        guard let sampler = source.chainSampler else { return }
        guard let chains = checkpoint.chains else {
            throw CheckpointError(path: path, problem: .missing("chains"))
        }
        try sampler.restore(ChainState(chains))
    }

    /// Puts the parameters back as they were. Local: every rank has the whole checkpoint.
    ///
    /// - Throws: `CheckpointError` where the checkpoint does not fit.
    func restoreParameters(_ checkpoint: Checkpoint, path: String) throws {
        for (leaf, offset) in zip(waveFunction.layout.leaves, waveFunction.layout.offsets) {
            let values = try checkpoint.values(
                of: leaf.name, shape: leaf.shape, kind: .init(leaf, waveFunction.ansatz.dataType), path: path)
            for (index, value) in values.enumerated() { waveFunction.parameters[offset + index] = value }
        }
        waveFunction.parametersChanged()
    }
}

extension ChainState {
    /// All chains of a checkpoint.
    init(_ chains: Checkpoint.Chains) {
        self.init(
            firstChain: 0, configurations: Configurations(siteCount: chains.sites, spins: chains.spins),
            drawCounters: chains.drawCounters.map(Int64.init(bitPattern:)), replicas: chains.replicas)
    }
}

extension Checkpoint.Chains {
    /// - Parameter state: of all chains.
    init(_ state: ChainState) {
        self.init(
            sites: state.configurations.siteCount, spins: state.configurations.spins,
            drawCounters: state.drawCounters.map(UInt64.init(bitPattern:)), replicas: state.replicas)
    }
}

extension Checkpoint {
    /// Tells states apart: the CRC-64/XZ of parameters and chains.
    var stateFingerprint: UInt64 {
        var checksum = CRC64()
        for leaf in parameters { leaf.values.withUnsafeBytes { checksum.update(Array($0)[...]) } }
        chains?.spins.withUnsafeBytes { checksum.update(Array($0)[...]) }
        chains?.drawCounters.withUnsafeBytes { checksum.update(Array($0)[...]) }
        return checksum.value
    }
}

extension Checkpoint.ElementKind {
    init(_ leaf: Leaf, _ type: DataType) {
        switch (leaf.isComplex, type.isSingle) {
        case (false, false): self = .float64
        case (false, true): self = .float32
        case (true, false): self = .complex128
        case (true, true): self = .complex64
        }
    }
}
