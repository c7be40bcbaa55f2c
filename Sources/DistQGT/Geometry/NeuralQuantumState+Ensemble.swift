extension NeuralQuantumState {
    /// Of an ensemble the number of its states; 1 for any other wave function.
    public var ensembleCount: Int { (ansatz as? StateEnsemble)?.count ?? 1 }

    /// The states of an ensemble by themselves, with their present parameters; of any other wave function itself.
    package func eachState() -> [NeuralQuantumState] {
        guard let ensemble = ansatz as? StateEnsemble else { return [self] }
        let encoder = encoder.ofOneCopy(of: ensemble.count)
        return (0..<ensemble.count).map { index in
            let state = NeuralQuantumState(ensemble.base, reading: encoder)
            let first = index * state.layout.count
            state.parameters.setEach { parameters[first + $0] }
            state.parametersChanged()
            return state
        }
    }

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
