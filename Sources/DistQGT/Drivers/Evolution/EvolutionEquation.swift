import Communication
import LinearAlgebra
import Numerics

/// θ̇ at some parameters, and what is known of it.
public struct TimeDerivative {
    /// The samples that it was found in.
    let batch: SampleBatch
    /// θ̇, this rank's own.
    public let slope: ParameterVector
    public let energy: EnergyEstimate
    /// Of the proposals; nil where nothing is proposed.
    public let acceptances: Acceptance?
    public let solution: ReconfigurationReport
    /// Σ w |ΔO θ̇ − Δε|²; 0 where it was not asked for.
    public let residual: Double
    /// Over the variance, of the θ̇ of half of the samples in the other half; nil where it was not asked for, or has no meaning.
    public let crossValidatedResidual: Double?
}

/// The equation of motion of the parameters by the time-dependent variational principle: S θ̇ = f.
///
/// log ψ is to change by ε = −iE_loc in real time (McLachlan, Mol. Phys. 8, 39, 1964; Carleo et al., Sci. Rep. 2, 243, 2012),
/// by −E_loc in imaginary time. θ̇ minimises Σ w |ΔO θ̇ − Δε|², so that f_k = Re Σ w conj(ΔO_k) Δε: the equation of
/// stochastic reconfiguration with ε in place of the local energies, solved by the same solvers.
public final class EvolutionEquation {
    public let state: MonteCarloState
    /// Of the Hamiltonian that moves the state, as it was when a derivative was last found.
    public private(set) var energy: StateEnergy
    /// The Hamiltonian at a time; nil where it is the same at all.
    private let hamiltonianAt: ((Double) throws -> any Operator)?
    /// That of `energy`.
    private var energyTime = 0.0
    /// Whether the Hamiltonian depends on the time.
    public var isDriven: Bool { hamiltonianAt != nil }
    public let time: EvolutionTime
    public let reconfiguration: StochasticReconfiguration
    /// Whether residuals are also measured in samples that θ̇ was not solved in.
    public let crossValidates: Bool
    private let rows: StoredJacobian?
    /// Rank 0's θ̇.
    private let message: RealBuffer

    /// Local.
    ///
    /// - Parameters:
    ///   - hamiltonian: the one that moves the state, at time 0 where it depends on it.
    ///   - hamiltonianAt: the one at a time; nil where it is always the same.
    /// - Precondition: in real time log ψ is complex.
    /// - Throws: as `StateEnergy.init`.
    public init(
        state: MonteCarloState, hamiltonian: any Operator, at hamiltonianAt: ((Double) throws -> any Operator)? = nil,
        time: EvolutionTime,
        reconfiguration: StochasticReconfiguration, crossValidates: Bool = false
    ) throws {
        precondition(time == .imaginary || state.waveFunction.isComplex, "a real log ψ has no phase that moves")
        self.state = state
        self.time = time
        self.reconfiguration = reconfiguration
        self.crossValidates = crossValidates
        self.hamiltonianAt = hamiltonianAt
        energy = try StateEnergy(of: hamiltonian, in: state)
        rows = reconfiguration.makeRows()
        message = RealBuffer(count: state.waveFunction.layout.count)
    }

    /// θ̇ at the present parameters, from samples that are drawn for it. Collective: the collectives of a step of an
    /// optimisation with the same solver, its update among them, and one allreduce for the residual.
    ///
    /// - Parameters:
    ///   - step: that it is for, in messages.
    ///   - instant: the time that the parameters belong to.
    /// - Throws: `DivergenceError` on every rank where numbers are not finite.
    func derivative(
        _ clock: inout PhaseClock, of step: Int, at instant: Double, hasResidual: Bool = true
    ) throws -> TimeDerivative {
        if let hamiltonianAt, instant != energyTime {
            energy = try StateEnergy(of: hamiltonianAt(instant), in: state)
            energyTime = instant
        }
        do {
            let (batch, acceptances) = try clock.time(.sample) {
                let batch = try state.draw(remembersStart: true)
                return (batch, try state.acceptances(of: batch))
            }
            let jacobian = clock.time(.linearise) { state.linearise(batch) }
            let (rates, estimate) = try clock.time(.localEnergy) {
                let energies = energy.localEnergies(of: batch, logPsi: jacobian.logPsi)
                return (time.rates(energies), try energy.estimate(energies, of: batch))
            }
            let mean = time.rate(estimate.statistics.mean)
            let gradient = try clock.time(.forces) {
                try EnergyGradient(jacobian, localEnergies: rates, mean: mean)
            }
            let (slope, solution) = try clock.time(.solve) {
                try solve(jacobian, gradient, rates: rates, mean: mean, step: step)
            }
            let residual = try clock.time(.update) {
                try hasResidual
                    ? EvolutionResidual.squared(jacobian, slope, means: gradient.means, rates: rates, mean: mean) : 0
            }
            let crossValidated = try clock.time(.solve) {
                try hasResidual && crossValidates ? crossValidation(batch, rates: rates, step: step) : nil
            }
            return TimeDerivative(
                batch: batch, slope: slope, energy: estimate, acceptances: acceptances, solution: solution,
                residual: residual, crossValidatedResidual: crossValidated)
        } catch let error as NotFiniteError {
            throw DivergenceError(step: step, quantity: error.quantity, problem: error.problem)
        }
    }

    /// Rank 0's θ̇ in some samples. Collective: those of the solver, and one broadcast.
    ///
    /// - Throws: `DivergenceError` on every rank where it is not finite.
    func solve(
        _ jacobian: Linearisation, _ gradient: EnergyGradient, rates: [Double], mean: Complex<Double>, step: Int
    ) throws -> (slope: ParameterVector, solution: ReconfigurationReport) {
        let (direction, solution) = try reconfiguration.direction(
            jacobian, gradient, energies: rates, meanEnergy: mean, step: step, previous: nil, rows: rows, subspace: nil)
        guard solution.solver.outcome != .notFinite else {
            throw DivergenceError(step: step, quantity: "the solution of the equation of motion")
        }
        let slope = try broadcast(direction)
        guard slope.isFinite else { throw DivergenceError(step: step, quantity: "the derivative of the parameters") }
        return (slope, solution)
    }

    /// Rank 0's θ̇, in memory of this rank's own. Collective: one broadcast.
    private func broadcast(_ direction: ParameterVector) throws -> ParameterVector {
        message.pointer.update(from: direction.pointer, count: direction.count)
        try state.communicator.broadcast(message.buffer)
        return ParameterVector(direction.layout, values: Array(message.buffer))
    }
}

extension EvolutionTime {
    /// ε of some local energies, (re, im) in turn: −i E in real time, −E in imaginary time.
    func rates(_ energies: [Double]) -> [Double] {
        switch self {
        case .real: energies.indices.map { $0 % 2 == 0 ? energies[$0 + 1] : -energies[$0 - 1] }
        case .imaginary: energies.map { -$0 }
        }
    }

    /// The same of their mean.
    func rate(_ energy: Complex<Double>) -> Complex<Double> {
        switch self {
        case .real: Complex(energy.imaginary, -energy.real)
        case .imaginary: -energy
        }
    }
}
