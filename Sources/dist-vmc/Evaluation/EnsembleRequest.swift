import DistQGT
import RunFiles

extension ObservableRequest {
    /// The block of the energies of several states.
    static let statesBlock = "states"

    /// The same in each of the states of an ensemble, and between any two of them, behind their energies.
    ///
    /// - Parameters:
    ///   - root: the observables file; nil without one.
    ///   - state: of the ensemble.
    ///   - configuration: of its run.
    /// - Throws: `ConfigurationError` for what is neither a sum of strings of operators nor a function of the configuration.
    func ofEnsemble(
        _ root: ConfigurationNode?, _ state: MonteCarloState, _ configuration: Configuration
    ) throws -> ObservableRequest {
        guard let states = state.waveFunction.ensembleAmplitudes(blockRows: MonteCarloState.localEnergyBlockRows)
        else { return self }
        let problem = configuration.problem
        func refusal(_ item: Item) -> ConfigurationError {
            (root?[item.block] ?? configuration.resolved).error(
                "\(item.name) is no function of the configuration, and of several states other operators are measured as strings; "
                    + "accepted: pauli_strings, fermion_strings, and of the other blocks what is diagonal in the basis, without "
                    + "connected")
        }
        if let entropy = entropies.first { throw refusal(entropy) }
        let functions = functionMakers.map { $0(states[0], problem.space) }
        var first = 0
        for function in functions {
            let isMean = function.reported([Double](repeating: 0, count: function.quantityCount)) == nil
            guard function.isDiagonal, isMean else { throw refusal(items[first]) }
            first += function.quantityCount
        }
        let hamiltonian = problem.hamiltonian
        let operators = operators.map { problem.space.projecting($0) }
        var request = self
        request.observables = { _, _ in
            [EnsembleExpectations(hamiltonian, operators: operators, functions: functions, in: states)]
        }
        let single = items.suffix(operators.count) + items.dropLast(operators.count)
        request.items = (0..<states.count).map { state in
            Item(
                block: Self.statesBlock, labels: ["state": .integer(state)], name: "energy of state \(state)",
                precision: energyPrecision * Double(problem.siteCount))
        }
        for item in single {
            request.items += (0..<states.count).map { item.of("state", .integer($0), "\(item.name) in state \($0)") }
            request.items += EnsembleExpectations.pairs(states.count).map { bra, ket in
                item.of("states", JSONValue([bra, ket]), "|<\(bra)|\(item.name)|\(ket)>|^2")
            }
        }
        return request
    }
}

extension ObservableRequest.Item {
    /// The same with one label more.
    fileprivate func of(_ label: String, _ value: JSONValue, _ name: String) -> Self {
        var labels = labels
        labels[label] = value
        return .init(block: block, labels: labels, name: name, precision: precision)
    }
}
