import DistQGT
import RunFiles

/// What is measured along an evolution, as `evaluate` measures a state: in the whole basis where it is summed, otherwise in
/// samples of chains of their own, which go on from where the state's stand and leave these as they are.
struct EvolutionObservables {
    private let request: ObservableRequest
    private let driver: EvolutionDriver
    private let samples: Int
    private let seed: Int

    /// Nil where nothing is asked for.
    ///
    /// - Throws: `ConfigurationError`.
    init?(_ configuration: Configuration, _ driver: EvolutionDriver) throws {
        guard let request = try Self.request(configuration) else { return nil }
        self.request = request
        self.driver = driver
        samples =
            max(
                configuration.sampler.samplesPerChain, StateMeasurement.minimumChainLength)
            * configuration.sampler.chains
        seed = configuration.run.seed
    }

    /// What a configuration asks for, checked; nil where that is nothing.
    static func request(_ configuration: Configuration) throws -> ObservableRequest? {
        guard let block = configuration.dynamics?.observables else { return nil }
        let isSummed = if case .fullSum = configuration.sampler.method { true } else { false }
        return try ObservableRequest(block, configuration: configuration, precision: .infinity, isSummed: isSummed)
    }

    /// A line of observables.jsonl. Collective.
    ///
    /// - Throws: `DivergenceError`; as `StateMeasurement.sampled`.
    func measured() throws -> JSONValue {
        let state = driver.state
        // The energy is that of the Hamiltonian of this time.
        let measurement = StateMeasurement(
            state, hamiltonian: driver.equation.energy.hamiltonian, observables: request.observables,
            subsystems: request.subsystems)
        let result: StateMeasurement.Result
        do {
            switch state.source {
            case .fullSummation(let basis): result = try measurement.summed(basis)
            case .metropolis, .direct:
                guard let sampler = state.source.chainSampler else { preconditionFailure("chains without a sampler") }
                // Other random numbers at each step; all samples that there may be.
                let plan = StateMeasurement.Plan(
                    maximumSamples: samples,
                    seed: UInt64(seed) ^ (UInt64(driver.step + 1) &* 0xD1B5_4A32_D192_ED03)
                ) { _ in .infinity }
                result = try measurement.sampled(
                    chains: sampler.chainState().shared(over: state.communicator), plan: plan
                ).result
            }
        } catch is SamplerError {
            throw DivergenceError(step: driver.step, quantity: "log psi")
        }
        let isSummed = if case .fullSummation = state.source { true } else { false }
        let evaluation = Evaluation(
            result, request, siteCount: state.waveFunction.siteCount, infiniteTemperatureEnergy: .nan,
            isSummed: isSummed)
        var object: JSONObject = [
            "step": .integer(driver.step), "time": .number(driver.time), "samples": .integer(result.samples),
            "energy": ["mean": .number(result.energy.mean), "error": .number(result.energy.error)],
        ]
        EvaluationReport.add(evaluation.quantities, to: &object)
        return .object(object)
    }
}
