/// What is measured in a state, and the state's samples or basis it is measured on.
public struct StateMeasurement {
    public let state: MonteCarloState
    let quantities: MeasuredQuantities

    /// - Parameters:
    ///   - hamiltonian: whose energy is measured.
    ///   - observables: makes them for the state's amplitudes and space.
    ///   - subsystems: whose purity is measured.
    ///   - hasLanczosStep: whether the energy after a Lanczos step is measured, too.
    public init(
        _ state: MonteCarloState, hamiltonian: any Operator,
        observables: (any LogAmplitudes, HilbertSpace) throws -> [any LocalObservable],
        subsystems: [[Int]], hasLanczosStep: Bool = false
    ) rethrows {
        let amplitudes = state.waveFunction.amplitudes(blockRows: MonteCarloState.localEnergyBlockRows)
        self.state = state
        quantities = try MeasuredQuantities(
            hamiltonian, in: state.space, amplitudes: amplitudes, observables: observables, subsystems: subsystems,
            hasLanczosStep: hasLanczosStep)
    }

    var energy: EnergyExpectation { quantities.energy }
    var subsystems: [[Int]] { quantities.subsystems }
    var quantityCount: Int { quantities.quantityCount }

    /// The estimates of a measurement.
    public struct Result: Sendable {
        public let energy: ChainEstimate
        /// ⟨|E_loc − E|²⟩, and its error.
        public let energyVariance: ChainEstimate
        /// Of all quantities of all observables.
        public let quantities: [ChainEstimate]
        /// Tr ρ_A² of each subsystem.
        public let purities: [ChainEstimate]
        /// Over all ranks; of each of two sets where there are subsystems. The number of basis states for a full
        /// summation.
        public let samples: Int
        public let acceptance: Double?
        /// The energy after a Lanczos step; nil where it was not asked for.
        public internal(set) var lanczosStep: LanczosStep?
        /// What makes the estimates say nothing, or not what they seem to say: known when sampling has ended.
        public internal(set) var faults: [EstimateFault] = []
    }
}
