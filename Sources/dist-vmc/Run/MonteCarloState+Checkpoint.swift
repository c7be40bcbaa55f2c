import DistQGT
import LinearAlgebra
import RunFiles

extension MonteCarloState {
    /// Puts parameters and chains back as they were. Local: every rank has the whole checkpoint.
    ///
    /// - Throws: `CheckpointError`, `ChainStateError` where the checkpoint does not fit.
    func restore(_ checkpoint: Checkpoint, path: String) throws {
        for (leaf, offset) in zip(waveFunction.layout.leaves, waveFunction.layout.offsets) {
            let values = try checkpoint.values(
                of: leaf.name, shape: leaf.shape, kind: .init(leaf, waveFunction.ansatz.dataType), path: path)
            for (index, value) in values.enumerated() { waveFunction.parameters[offset + index] = value }
        }
        if let sampler = source.chainSampler {
            guard let chains = checkpoint.chains else {
                throw CheckpointError(path: path, problem: .missing("chains"))
            }
            try sampler.restore(ChainState(chains))
        }
        waveFunction.parametersChanged()
    }
}

extension ChainState {
    /// All chains of a checkpoint.
    init(_ chains: Checkpoint.Chains) {
        self.init(
            firstChain: 0, configurations: Configurations(siteCount: chains.sites, spins: chains.spins),
            drawCounters: chains.drawCounters.map(Int64.init(bitPattern:)))
    }
}

extension Checkpoint.Chains {
    /// - Parameter state: of all chains.
    init(_ state: ChainState) {
        self.init(
            sites: state.configurations.siteCount, spins: state.configurations.spins,
            drawCounters: state.drawCounters.map(UInt64.init(bitPattern:)))
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
