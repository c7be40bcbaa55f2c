import DistQGT
import DistQGTTestSupport
import Foundation
import LinearAlgebra
import Numerics
import Testing

/// Energies and variances of summed bases whose weights leave the range of a double, against sums of logarithms.
struct FaintStateTests {
    /// E and ⟨H²⟩ − E² from the vectors ψ and Hψ, scaled by the largest |ψ|.
    private func reference(
        _ hamiltonian: PauliSum, _ space: HilbertSpace, _ amplitudes: NetworkAmplitudes
    ) throws -> (energy: Double, variance: Double) {
        let numbering = try BasisNumbering(space)
        let all = try numbering.configurations(in: 0..<numbering.dimension)
        var logPsi = [Double](repeating: 0, count: 2 * all.count)
        all.spins.withUnsafeBufferPointer { spins in
            logPsi.withUnsafeMutableBufferPointer { output in
                guard let spins = spins.baseAddress, let output = output.baseAddress else { return }
                amplitudes.evaluate(spins, count: all.count, into: output)
            }
        }
        let largest = (0..<all.count).map { logPsi[2 * $0] }.max() ?? 0
        let psi = (0..<all.count).map { state in
            Complex(length: exp(logPsi[2 * state] - largest), phase: logPsi[2 * state + 1])
        }
        let dense = DenseOperator(hamiltonian.strings, siteCount: hamiltonian.siteCount)
        // The basis of a sector is a part of the dense one, in its order.
        let rows = (0..<all.count).map { state in all[row: state].reduce(0) { 2 * $0 + ($1 < 0 ? 1 : 0) } }
        let image = rows.map { row in
            zip(rows, psi).reduce(Complex<Double>.zero) { $0 + dense[row, $1.0] * $1.1 }
        }
        let norm = psi.reduce(0) { $0 + $1.lengthSquared }
        let energy = zip(psi, image).reduce(0) { $0 + ($1.0.conjugate * $1.1).real } / norm
        let variance = zip(psi, image).reduce(0) { $0 + ($1.1 - Complex(energy) * $1.0).lengthSquared } / norm
        return (energy, variance)
    }

    @Test(arguments: [DataType.float64, .float32, .complex128, .complex64], [1.0, 30, 100, 1000])
    func energyAndVarianceOfSteepStates(_ type: DataType, scale: Double) throws {
        for problem in [try SmallProblem.ising(sites: 6), try .heisenberg(sites: 6, signRule: true)] {
            for seed in 1...4 as ClosedRange<UInt64> {
                let wide = Initialiser(.normal, scale: scale)
                let machine = RestrictedBoltzmannMachine(
                    siteCount: 6, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide))
                let vmc = try problem.fullSummation(machine, seed: seed, on: .alone())
                let expected = try reference(
                    problem.hamiltonian, problem.space, vmc.waveFunction.amplitudes(blockRows: 16))
                let found = try vmc.energy.measured(samples: 0).statistics
                // Amplitudes of single precision have an error that grows with their logarithm.
                let tolerance = type.isSingle ? 2e-4 * max(1, scale) : 1e-9
                #expect(abs(found.mean.real - expected.energy) <= tolerance * max(1, abs(expected.energy)))
                #expect(abs(found.variance - expected.variance) <= tolerance * max(1, expected.variance))
                let measured = StateMeasurement(
                    vmc.state, hamiltonian: problem.hamiltonian, observables: { _, _ in [] }, subsystems: [])
                guard case .fullSummation(let basis) = vmc.state.source else { continue }
                let result = try measured.summed(basis)
                #expect(abs(result.energyVariance.mean - found.variance) <= 1e-9 * max(1, found.variance))
            }
        }
    }
}
