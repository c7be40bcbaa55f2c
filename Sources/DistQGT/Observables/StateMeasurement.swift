/// What is measured in a state, and the state's samples or basis it is measured on.
public struct StateMeasurement {
    public let state: MonteCarloState
    let hamiltonian: any Operator
    public let energy: EnergyExpectation
    /// Measured beside the energy, in this order.
    public let observables: [any LocalObservable]
    public let subsystems: [[Int]]

    /// - Parameters:
    ///   - hamiltonian: whose energy is measured.
    ///   - observables: makes them for the state's amplitudes and space.
    ///   - subsystems: whose purity is measured.
    public init(
        _ state: MonteCarloState, hamiltonian: any Operator,
        observables: (any LogAmplitudes, HilbertSpace) throws -> [any LocalObservable],
        subsystems: [[Int]]
    ) rethrows {
        let amplitudes = state.waveFunction.amplitudes(blockRows: MonteCarloState.localEnergyBlockRows)
        self.state = state
        self.hamiltonian = hamiltonian
        energy = EnergyExpectation(hamiltonian, amplitudes: amplitudes)
        self.observables = try observables(amplitudes, state.space)
        self.subsystems = subsystems
    }

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
        /// What makes the estimates say nothing, or not what they seem to say: known when sampling has ended.
        public internal(set) var faults: [EstimateFault] = []
    }

    /// Energy's quantities, then those of all observables.
    var quantityCount: Int { observables.reduce(energy.quantityCount) { $0 + $1.quantityCount } }

    /// Writes the local values of the energy and of all observables.
    func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        energy.evaluate(spins, count: count, logPsi: logPsi, into: values, stride: stride)
        var offset = energy.quantityCount
        for observable in observables {
            observable.evaluate(spins, count: count, logPsi: logPsi, into: values + offset, stride: stride)
            offset += observable.quantityCount
        }
    }

    /// - Parameter estimates: of the energy's quantities, of all observables' and of the purities.
    func result(_ estimates: [ChainEstimate], samples: Int, acceptance: Double?) -> Result {
        let mean = SIMD2(estimates[0].mean, estimates[1].mean) - energy.reference
        var variance = estimates[2]
        // ⟨|E − reference|²⟩ = variance + |E − reference|².
        variance.mean = max(0, variance.mean - (mean * mean).sum())
        return Result(
            energy: estimates[0], energyVariance: variance,
            quantities: Array(estimates[energy.quantityCount..<quantityCount]),
            purities: Array(estimates[quantityCount...]), samples: samples, acceptance: acceptance)
    }
}
