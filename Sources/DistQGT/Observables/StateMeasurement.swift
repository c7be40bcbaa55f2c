import Foundation

/// What is measured in a state, and the state's samples or basis it is measured on.
public struct StateMeasurement {
    public let state: MonteCarloState
    let quantities: MeasuredQuantities

    /// - Parameters:
    ///   - hamiltonian: whose energy is measured.
    ///   - observables: makes them for the state's amplitudes and space.
    ///   - subsystems: whose purity is measured.
    ///   - lanczosSteps: number of Lanczos steps whose energy is measured, too; 0 for none.
    public init(
        _ state: MonteCarloState, hamiltonian: any Operator,
        observables: (any LogAmplitudes, HilbertSpace) throws -> [any LocalObservable],
        subsystems: [[Int]], lanczosSteps: Int = 0
    ) rethrows {
        let amplitudes = state.waveFunction.amplitudes(blockRows: MonteCarloState.localEnergyBlockRows)
        self.state = state
        quantities = try MeasuredQuantities(
            hamiltonian, in: state.space, amplitudes: amplitudes,
            states: state.waveFunction.ensembleAmplitudes(blockRows: MonteCarloState.localEnergyBlockRows),
            observables: observables, subsystems: subsystems,
            lanczosSteps: lanczosSteps)
    }

    /// The most configurations whose local energies `steps` Lanczos steps take for a sample.
    public static func configurationBound(of hamiltonian: any Operator, in space: HilbertSpace, lanczosSteps steps: Int)
        -> Double
    {
        let connected = Double(hamiltonian.transitionBound)
        return min(
            space.dimension.map(Double.init) ?? .infinity, (0...steps).reduce(0) { $0 + pow(connected, Double($1)) })
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
        /// The energy after Lanczos steps; nil where none was asked for.
        public internal(set) var lanczosStep: LanczosStep?
        /// What makes the estimates say nothing, or not what they seem to say: known when sampling has ended.
        public internal(set) var faults: [EstimateFault] = []
    }
}
