import Communication
import DistQGT

extension Configuration {
    /// The most that a start may differ from the product state that it stands for.
    private static let largestInfidelity = 0.05

    /// - Throws: `ConfigurationError` on every rank for a network without phases in real time.
    func requirePhases(of waveFunction: NeuralQuantumState) throws {
        guard dynamics?.time == .real, !waveFunction.isComplex else { return }
        let block = resolved["ansatz"]
        throw (block?["dtype"] ?? block ?? resolved).error(
            "the phase of this network does not depend on its parameters, and in real time the state is its phase; accepted: a "
                + "complex dtype, rbm_modphase, or dynamics.time: imaginary")
    }

    /// How close the start is to the product state that it stands for, in words; nil where it stands for none. Collective.
    ///
    /// - Throws: `ConfigurationError` on every rank where it is not close.
    func checkedStart(_ state: MonteCarloState) throws -> String? {
        guard let dynamics, dynamics.initialState == .xUp else { return nil }
        let infidelity = try state.communicator.broadcast(state.infidelityWithUniformState())
        guard infidelity <= Self.largestInfidelity else {
            throw (resolved["dynamics"]?["initial_scale"] ?? resolved).error(
                "with random parameters times \(dynamics.initialScale) the network differs from x_up by an infidelity of "
                    + "\(TerminalNumber.short(infidelity)); accepted: up to \(Self.largestInfidelity), by a smaller number and a "
                    + "network that is constant where its parameters are small")
        }
        return "the start is x_up up to an infidelity of \(TerminalNumber.short(infidelity))"
    }
}

extension RunPlan {
    /// The driver of an evolution in this state. Local.
    ///
    /// - Precondition: the plan of a configuration that was read for an evolution.
    func makeEvolutionDriver(_ state: MonteCarloState) throws -> EvolutionDriver {
        guard let dynamics = configuration.dynamics, let reconfiguration else {
            preconditionFailure("the configuration was not read for an evolution")
        }
        return try EvolutionDriver(
            state: state, hamiltonian: configuration.problem.hamiltonian, at: configuration.courses?.hamiltonian,
            time: dynamics.time,
            tableau: dynamics.tableau,
            times: dynamics.times, control: dynamics.control, reconfiguration: reconfiguration,
            crossValidates: dynamics.crossValidates)
    }
}
