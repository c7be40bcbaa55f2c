/// What is measured in a state: the energy, observables, and purities of subsystems.
struct MeasuredQuantities {
    let hamiltonian: any Operator
    let energy: EnergyExpectation
    /// Measured beside the energy, in this order.
    let observables: [any LocalObservable]
    let subsystems: [[Int]]
    /// What Lanczos steps take; nil where none is asked for.
    let energyMoments: EnergyMoments?

    /// - Parameters:
    ///   - hamiltonian: whose energy is measured.
    ///   - amplitudes: of the state, in `space`.
    ///   - states: of an ensemble log ψ_j of its states; nil for any other wave function.
    ///   - observables: makes them for these.
    ///   - subsystems: whose purity is measured.
    ///   - lanczosSteps: number of Lanczos steps whose energy is measured, too.
    init(
        _ hamiltonian: any Operator, in space: HilbertSpace, amplitudes: any LogAmplitudes,
        states: [any LogAmplitudes]? = nil,
        observables: (any LogAmplitudes, HilbertSpace) throws -> [any LocalObservable],
        subsystems: [[Int]], lanczosSteps: Int = 0
    ) rethrows {
        self.hamiltonian = hamiltonian
        let ofEnsemble = (hamiltonian as? OperatorCopies).flatMap { copies in
            states.map { EnergyExpectation(copies.base, ofEnsemble: $0) }
        }
        energy = ofEnsemble ?? EnergyExpectation(hamiltonian, amplitudes: amplitudes)
        self.observables = try observables(amplitudes, space)
        self.subsystems = subsystems
        energyMoments =
            lanczosSteps > 0 ? EnergyMoments(hamiltonian, amplitudes: amplitudes, steps: lanczosSteps) : nil
    }

    /// Energy's quantities, then those of all observables, then the moments of the energy.
    var quantityCount: Int { firstMoment + (energyMoments?.quantityCount ?? 0) }

    /// Where the moments of the energy begin.
    private var firstMoment: Int { energy.quantityCount + observables.quantityCount }

    /// What local values are taken about: a mean energy, (re, im), and the mean of log |ψ|, where moments need it.
    var reference: [Double] {
        get {
            [energy.reference.x, energy.reference.y]
                + (energyMoments.map { [$0.cutoff - $0.logShare] } ?? [])
        }
        nonmutating set {
            energy.reference = SIMD2(newValue[0], newValue[1])
            energyMoments?.reference = newValue[0]
            energyMoments.map { $0.cutoff = newValue[2] + $0.logShare }
        }
    }

    /// Numbers of `reference`.
    var referenceCount: Int { energyMoments == nil ? 2 : 3 }

    /// Writes the local values of the energy and of all observables.
    func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        energy.evaluate(spins, count: count, logPsi: logPsi, into: values, stride: stride)
        observables.evaluate(
            spins, count: count, logPsi: logPsi, into: values + energy.quantityCount, stride: stride)
        energyMoments?.evaluate(spins, count: count, into: values + firstMoment, stride: stride)
    }

    /// - Parameters:
    ///   - estimates: of the energy's quantities, of all observables', of the moments' and of the purities.
    ///   - errorsOfCombinations: the standard errors of linear combinations of quantities.
    func result(
        _ estimates: [ChainEstimate], samples: Int, acceptance: Double?,
        errorsOfCombinations: ([[QuantityCoefficient]]) throws -> [Double] = { $0.map { _ in 0 } }
    ) throws -> StateMeasurement.Result {
        let mean = SIMD2(estimates[0].mean, estimates[1].mean) - energy.reference
        var variance = estimates[2]
        // ⟨|E − reference|²⟩ = variance + |E − reference|².
        variance.mean = max(0, variance.mean - (mean * mean).sum())
        var (quantities, first) = ([ChainEstimate](), energy.quantityCount)
        var functions: [(place: Int, gradient: [QuantityCoefficient])] = []
        for observable in observables {
            let own = Array(estimates[first..<first + observable.quantityCount])
            if let reported = observable.reported(own.map(\.mean)) {
                for quantity in reported {
                    switch quantity {
                    case .mean(let place): quantities.append(own[place])
                    case .function(let value, let gradient):
                        functions.append(
                            (quantities.count, gradient.map { .init(first + $0.quantity, $0.coefficient) }))
                        // Of its distribution over samples nothing is known.
                        quantities.append(
                            ChainEstimate(mean: value, error: .nan, variance: .nan, tau: .nan, rHat: .nan))
                    }
                }
            } else {
                quantities += own
            }
            first += observable.quantityCount
        }
        for (function, error) in zip(functions, try errorsOfCombinations(functions.map(\.gradient))) {
            quantities[function.place].error = error
        }
        var result = StateMeasurement.Result(
            energy: estimates[0], energyVariance: variance, quantities: quantities,
            purities: Array(estimates[quantityCount...]), samples: samples, acceptance: acceptance)
        if let energyMoments {
            let bound = hamiltonian.energyBound
            let radius = bound.radius.isFinite ? abs(bound.centre) + bound.radius : 0
            var step = LanczosStep(
                moments: estimates[firstMoment..<quantityCount].map(\.mean), reference: energyMoments.reference,
                scale: abs(energyMoments.reference) + radius)
            step.error =
                try errorsOfCombinations([step.gradient.enumerated().map { .init(firstMoment + $0, $1) }])[0]
            result.lanczosStep = step
        }
        return result
    }
}
