import Communication
import DistQGT

extension Configuration {
    /// The network with the parameters that a run starts from, the same on every rank. Collective.
    ///
    /// - Parameter tell: given what is to be said about them, on every rank.
    func makeWaveFunction(on world: Communicator, tell: (String) -> Void = { _ in }) throws -> NeuralQuantumState {
        guard let ansatz else { throw resolved.error("the block 'ansatz' is missing") }
        let waveFunction = NeuralQuantumState(
            ensemble.ansatz(ansatz.ansatz, reading: problem.encoder), reading: ensemble.encoder(problem.encoder))
        var stream = RandomStream(seed: UInt64(run.seed), index: 0, purpose: .parameters)
        waveFunction.initialiseParameters(using: &stream)
        if let dynamics, dynamics.initialState == .xUp {
            waveFunction.parameters.scale(by: dynamics.initialScale)
            waveFunction.parametersChanged()
        }
        if let file = run.initialParameters {
            let notice = try world.collectively {
                world.rank == 0 ? try InitialParameters.read(file, into: waveFunction) : nil
            }
            notice.map(tell)
            try world.broadcast(waveFunction.parameters.storage.buffer)
            waveFunction.parametersChanged()
        }
        return waveFunction
    }
}
