import DistQGT
import DistQGTTestSupport
import Foundation
import Numerics
import Testing

/// ⟨ψ|H|ψ⟩/⟨ψ|ψ⟩ over the basis of a space, from dense matrices of Pauli products.
private struct RayleighQuotient {
    private let configurations: Configurations
    private let entries: [(row: Int, column: Int, element: Complex<Double>)]

    init(_ problem: SmallProblem) throws {
        let space = problem.space
        let configurations = try BasisNumbering(space).everyConfiguration()
        let dense = DenseOperator(problem.hamiltonian.strings, siteCount: space.siteCount)
        let states = (0..<configurations.count).map { state in
            configurations[row: state].reduce(0) { 2 * $0 + ($1 < 0 ? 1 : 0) }
        }
        var entries: [(Int, Int, Complex<Double>)] = []
        for (row, bra) in states.enumerated() {
            for (column, ket) in states.enumerated() where dense[bra, ket] != .zero {
                entries.append((row, column, dense[bra, ket]))
            }
        }
        self.configurations = configurations
        self.entries = entries
    }

    func energy(of state: NeuralQuantumState) -> Double {
        let count = configurations.count
        var logPsi = [Double](repeating: 0, count: 2 * count)
        state.amplitudes(blockRows: count).evaluate(configurations.spins, count: count, into: &logPsi)
        let psi = (0..<count).map { index in
            Complex.exp(Complex(logPsi[2 * index], logPsi[2 * index + 1]))
        }
        var sum = Complex<Double>.zero
        for (row, column, element) in entries { sum += psi[row].conjugate * element * psi[column] }
        return sum.real / psi.reduce(0) { $0 + $1.lengthSquared }
    }

    /// ∂E/∂θ by central differences of four points at distance `step`.
    func gradient(of state: NeuralQuantumState, step: Double) -> [Double] {
        (0..<state.layout.count).map { index in
            let start = state.parameters[index]
            func energy(_ offset: Double) -> Double {
                state.parameters[index] = start + offset
                state.parametersChanged()
                return self.energy(of: state)
            }
            let near = energy(step) - energy(-step)
            let far = energy(2 * step) - energy(-2 * step)
            state.parameters[index] = start
            state.parametersChanged()
            return (8 * near - far) / (12 * step)
        }
    }
}

/// The gradient of the energy that an optimisation reports, for every network and data type.
@Suite struct EnergyGradientTests {
    private static let problems: [@Sendable () throws -> SmallProblem] = [
        { try .dzyaloshinskiiMoriya(sites: 4) }, { try .ising(sites: 5) },
        { try .heisenberg(sites: 6, signRule: false) },
    ]

    private static func subjects(_ sites: Int) -> [NamedAnsatz] { everyAnsatz(siteCount: sites) }

    /// The same network in double precision.
    private func doubled(_ subject: NamedAnsatz, sites: Int) throws -> any Ansatz {
        let name = subject.description.replacingOccurrences(of: "float32", with: "float64")
            .replacingOccurrences(of: "complex64", with: "complex128")
        return try #require(Self.subjects(sites).first { $0.description == name }).ansatz
    }

    /// In single precision the energy itself has errors of 1e-6, too many for differences to say anything to
    /// 1e-6. So the differences are those of the same network with the same parameters in double
    /// precision, and 2F differs from them by the rounding of single precision (1e-5; 2e-4 near the pole of a tanh).
    @Test(arguments: problems) func energyGradientIsTwiceTheForces(_ make: @Sendable () throws -> SmallProblem) throws {
        let problem = try make()
        let quotient = try RayleighQuotient(problem)
        for subject in Self.subjects(problem.siteCount) {
            let single = subject.ansatz.dataType.isSingle
            let vmc = try problem.fullSummation(subject.ansatz, seed: 3, on: .alone())
            let state = vmc.waveFunction
            let batch = try vmc.state.source.draw(state.amplitudes(blockRows: 16), communicator: vmc.state.communicator)
            let jacobian = state.linearise(
                batch.configurations,
                in: SampleSpace(
                    communicator: vmc.state.communicator, localCount: batch.configurations.count,
                    totalCount: batch.totalCount,
                    isComplex: state.isComplex, probabilities: batch.probabilities))
            let energies = LocalEnergies(of: problem.hamiltonian, in: state.amplitudes(blockRows: 16))
                .evaluate(batch.configurations, logPsi: jacobian.logPsi)
            let statistics = try EnergyStatistics.ofFullSummation(
                energies: energies, probabilities: try #require(batch.probabilities),
                communicator: vmc.state.communicator)
            let forces = try EnergyGradient(jacobian, localEnergies: energies, mean: statistics.mean).forces

            let reference = NeuralQuantumState(single ? try doubled(subject, sites: problem.siteCount) : subject.ansatz)
            reference.parameters.assign(from: state.parameters)
            reference.parametersChanged()
            let energy = quotient.energy(of: reference)
            #expect(abs(statistics.mean.real - energy) <= (single ? 1e-4 : 1e-12) * abs(energy), "\(subject)")
            // A kink inside the stencil says nothing about the derivative: smaller steps where there are kinks. Even
            // elsewhere small ones, because complex activations have poles.
            let hasKinks = subject.description.contains("elu") && !subject.description.contains("gelu")
            let gradient = quotient.gradient(of: reference, step: hasKinks ? 1e-6 : 3e-5)
            let largest = gradient.map(abs).max() ?? 0
            #expect(largest > 1e-3, "\(subject), \(problem): the gradient shows nothing")
            let worst = gradient.indices.map { abs(2 * forces[$0] - gradient[$0]) }.max() ?? 0
            #expect(worst <= (single ? 1e-3 : 1e-6) * largest, "\(subject), \(problem)")
        }
    }
}
