import DistQGT
import DistQGTTestSupport
import Numerics
import Testing

/// The whole matrix S, from the rows of J and as products with the columns of the identity.
@Suite struct DenseTensorTests {
    private static let subjects = everyAnsatz(siteCount: 4).filter {
        ["rbm float64", "rbm complex128", "ffnn tanh float64", "mixed_jastrow_rbm complex128", "rbm_modphase float64"]
            .contains($0.description)
    }

    private func linearised(
        _ subject: NamedAnsatz, samples: Int
    ) throws -> (state: NeuralQuantumState, configurations: Configurations, jacobian: Linearisation) {
        // Chunks of three samples, the last one not full.
        let state = NeuralQuantumState(subject.ansatz, seed: 4, chunkRows: 3)
        var generator = SplitMix64(seed: 41)
        let configurations = Configurations.random(siteCount: 4, count: samples, using: &generator)
        let space = try SampleSpace(communicator: .alone(), localCount: samples, isComplex: state.isComplex)
        return (state, configurations, state.linearise(configurations, in: space))
    }

    /// Rows of J, one for each sample and component.
    private func rows(_ jacobian: Linearisation) -> [[Double]] {
        let stored = jacobian.rows()
        let count = jacobian.layout.count
        return stride(from: 0, to: stored.count, by: count).map { Array(stored[$0..<$0 + count]) }
    }

    /// S = ΔOᵀΔO/N, row-major.
    private func denseTensor(_ jacobian: Linearisation) -> [Double] {
        let rows = rows(jacobian)
        let components = jacobian.space.components
        let samples = jacobian.space.localCount
        let count = jacobian.layout.count
        var s = [Double](repeating: 0, count: count * count)
        for component in 0..<components {
            let part = (0..<samples).map { rows[$0 * components + component] }
            let mean = (0..<count).map { index in part.reduce(0) { $0 + $1[index] } / Double(samples) }
            for row in part {
                for i in 0..<count {
                    for j in 0..<count {
                        s[i * count + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / Double(samples)
                    }
                }
            }
        }
        return s
    }

    /// Whether the Cholesky factorisation of S + shift succeeds.
    private func isPositiveDefinite(_ s: [Double], size: Int, shift: Double) -> Bool {
        var l = s
        for j in 0..<size {
            for i in j..<size {
                var sum = s[i * size + j] + (i == j ? shift : 0)
                for k in 0..<j { sum -= l[i * size + k] * l[j * size + k] }
                if i == j {
                    guard sum > 0 else { return false }
                    l[j * size + j] = sum.squareRoot()
                } else {
                    l[i * size + j] = sum / l[j * size + j]
                }
            }
        }
        return true
    }

    @Test(arguments: subjects) func productsWithTheIdentityGiveTheDenseTensor(_ subject: NamedAnsatz) throws {
        let (state, _, jacobian) = try linearised(subject, samples: 11)
        let count = state.layout.count
        let expected = denseTensor(jacobian)
        let identity = ParameterVector(state.layout, vectors: count)
        for index in 0..<count { identity[index * count + index] = 1 }
        let tensor = try QuantumGeometricTensor(jacobian)
        let columns = identity.makeZero()
        try tensor.apply(identity, into: columns)
        #expect(tensor.productCount == count)
        let largest = expected.map(abs).max() ?? 0
        for i in 0..<count {
            for j in 0..<count {
                #expect(abs(columns[j * count + i] - expected[i * count + j]) <= 1e-14 * largest)
                #expect(abs(columns[j * count + i] - columns[i * count + j]) <= 1e-14 * largest)
            }
        }
        // At most 22 (or 11) of the eigenvalues are not 0: without a shift the factorisation must fail, with one of
        // the size of rounding it must not.
        #expect(isPositiveDefinite(columns.values, size: count, shift: 1e-13 * largest * Double(count)))
        #expect(!isPositiveDefinite(columns.values, size: count, shift: -1e-3 * largest))
    }

    /// Every entry of J, parameter by parameter.
    @Test(arguments: subjects) func rowsAreTheDerivativesByEveryParameter(_ subject: NamedAnsatz) throws {
        let (state, configurations, jacobian) = try linearised(subject, samples: 7)
        let rows = rows(jacobian)
        let components = jacobian.space.components
        let amplitudes = state.amplitudes(blockRows: 7)
        func logPsi() -> [Double] {
            var logPsi = [Double](repeating: 0, count: 14)
            state.parametersChanged()
            amplitudes.evaluate(configurations.spins, count: 7, into: &logPsi)
            return logPsi
        }
        let step = 1e-3
        for index in 0..<state.layout.count {
            let start = state.parameters[index]
            let values = [-2, -1, 1, 2].map { multiple in
                state.parameters[index] = start + multiple * step
                return logPsi()
            }
            state.parameters[index] = start
            for sample in 0..<7 {
                for component in 0..<components {
                    let at = values.map { $0[2 * sample + component] }
                    func difference(_ a: Double, _ b: Double) -> Double {
                        component == 1 ? (a - b).remainder(dividingBy: 2 * .pi) : a - b
                    }
                    let slope = (8 * difference(at[2], at[1]) - difference(at[3], at[0])) / (12 * step)
                    #expect(abs(slope - rows[sample * components + component][index]) < 1e-9)
                }
            }
        }
    }

    /// ⟨ΔO_k* ΔO_l⟩ with O_k = ∂log ψ/∂θ_k from complex arithmetic on the derivatives by the real parts.
    @Test func complexMatrixOfAHolomorphicAmplitude() throws {
        let subject = try #require(everyAnsatz(siteCount: 4).first { $0.description == "rbm complex128" })
        let (state, _, jacobian) = try linearised(subject, samples: 8)
        var generator = SplitMix64(seed: 5)
        let tensor = try QuantumGeometricTensor(jacobian)
        let matrix = try tensor.complexMatrix(using: &generator)
        let stored = rows(jacobian)
        #expect(state.isComplex)
        let size = jacobian.layout.count / 2
        var derivatives: [[Complex<Double>]] = []
        for sample in 0..<8 {
            derivatives.append(
                (0..<size).map { Complex<Double>(stored[2 * sample][2 * $0], stored[2 * sample + 1][2 * $0]) })
        }
        for k in 0..<size {
            for l in 0..<size {
                var (product, left, right) = (Complex<Double>.zero, Complex<Double>.zero, Complex<Double>.zero)
                for row in derivatives {
                    product += row[k].conjugate * row[l]
                    left += row[k].conjugate
                    right += row[l]
                }
                let eighth = Complex<Double>(0.125)
                let expected: Complex<Double> = product * eighth - left * right * eighth * eighth
                let found = Complex<Double>(matrix[2 * (k * size + l)], matrix[2 * (k * size + l) + 1])
                #expect((found - expected).length < 1e-12)
            }
        }
    }

    @Test(arguments: ["ffnn reim_selu complex128", "rbm float64", "mixed_jastrow_rbm complex128"])
    func complexMatrixNeedsAHolomorphicAmplitude(_ name: String) throws {
        let subject = try #require(everyAnsatz(siteCount: 4).first { $0.description == name })
        let (state, _, jacobian) = try linearised(subject, samples: 8)
        let tensor = try QuantumGeometricTensor(jacobian)
        let error = #expect(throws: HolomorphyError.self) {
            var generator = SplitMix64(seed: 5)
            _ = try withExtendedLifetime(state) { try tensor.complexMatrix(using: &generator) }
        }
        #expect((error?.error == nil) == (name != "ffnn reim_selu complex128"))
    }
}
