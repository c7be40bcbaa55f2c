/// What is measured in a state: the energy, observables, and purities of subsystems.
struct MeasuredQuantities {
    let hamiltonian: any Operator
    let energy: EnergyExpectation
    /// Measured beside the energy, in this order.
    let observables: [any LocalObservable]
    let subsystems: [[Int]]

    /// - Parameters:
    ///   - hamiltonian: whose energy is measured.
    ///   - amplitudes: of the state, in `space`.
    ///   - observables: makes them for these.
    ///   - subsystems: whose purity is measured.
    init(
        _ hamiltonian: any Operator, in space: HilbertSpace, amplitudes: any LogAmplitudes,
        observables: (any LogAmplitudes, HilbertSpace) throws -> [any LocalObservable],
        subsystems: [[Int]]
    ) rethrows {
        self.hamiltonian = hamiltonian
        energy = EnergyExpectation(hamiltonian, amplitudes: amplitudes)
        self.observables = try observables(amplitudes, space)
        self.subsystems = subsystems
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
    func result(_ estimates: [ChainEstimate], samples: Int, acceptance: Double?) -> StateMeasurement.Result {
        let mean = SIMD2(estimates[0].mean, estimates[1].mean) - energy.reference
        var variance = estimates[2]
        // ⟨|E − reference|²⟩ = variance + |E − reference|².
        variance.mean = max(0, variance.mean - (mean * mean).sum())
        return StateMeasurement.Result(
            energy: estimates[0], energyVariance: variance,
            quantities: Array(estimates[energy.quantityCount..<quantityCount]),
            purities: Array(estimates[quantityCount...]), samples: samples, acceptance: acceptance)
    }
}
