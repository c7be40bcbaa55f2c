extension NeuralQuantumState {
    /// Of an ensemble the number of its states; 1 for any other wave function.
    public var ensembleCount: Int { (ansatz as? StateEnsemble)?.count ?? 1 }

    /// Of an ensemble log ψ_j of every state, each with its own ways to amplitude ratios and memory of its own, in blocks of
    /// `blockRows` rows; nil for any other wave function.
    package func ensembleAmplitudes(blockRows: Int) -> [NetworkAmplitudes]? {
        guard let ensemble = ansatz as? StateEnsemble else { return nil }
        return ensemble.states(of: factor.recorded).map { state in
            NetworkAmplitudes(
                WaveFunctionFactor(state, methods: ensemble.base.amplitudeMethods), blockRows: blockRows)
        }
    }
}
