import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// Against all eigenvalues of the dense S.
@Suite struct TensorSpectrumTests {
    private struct Problem {
        let state: NeuralQuantumState
        let jacobian: Linearisation
        /// Ascending.
        let eigenvalues: [Double]

        init(_ ansatz: any Ansatz, samples: Int) throws {
            state = NeuralQuantumState(ansatz, seed: 4)
            var generator = SplitMix64(seed: 12)
            let space = try SampleSpace(
                communicator: .alone(), localCount: samples, isComplex: state.isComplex)
            jacobian = state.linearise(
                .random(siteCount: ansatz.siteCount, count: samples, using: &generator), in: space)
            let dense = try QuantumGeometricTensor(jacobian, centring: .composed).materialised()
            eigenvalues = try #require(SymmetricMatrix(size: state.layout.count, entries: dense).eigensystem()).values
        }
    }

    /// The eigenvalues agree to `tolerance` relative to the largest.
    private func expect(
        _ spectrum: TensorSpectrum, count: Int, _ problem: Problem, tolerance: Double
    ) {
        let scale = tolerance * (problem.eigenvalues.last ?? 0)
        #expect(spectrum.lowest.values.count == count && spectrum.highest.values.count == count)
        for (value, expected) in zip(spectrum.lowest.values, problem.eigenvalues) {
            #expect(abs(value - expected) <= scale, "\(spectrum.method), lowest")
        }
        for (value, expected) in zip(spectrum.highest.values, problem.eigenvalues.reversed()) {
            #expect(abs(value - expected) <= scale, "\(spectrum.method), highest")
        }
    }

    @Test func moreSamplesThanParameters() throws {
        let networks: [any Ansatz] = [
            RestrictedBoltzmannMachine(siteCount: 8, alpha: 1),
            RestrictedBoltzmannMachine(siteCount: 8, alpha: 1, options: LayerOptions(.complex128)),
        ]
        for network in networks {
            let problem = try Problem(network, samples: 300)
            for count in [1, 2] {
                let dense = try TensorSpectrum(problem.jacobian, count: count)
                #expect(dense.method == .denseTensor && dense.products == 0)
                expect(dense, count: count, problem, tolerance: 1e-13)
                let lanczos = try TensorSpectrum(problem.jacobian, count: count, largestDenseSize: 0)
                #expect(lanczos.method == .lanczos && lanczos.products > 0)
                #expect(lanczos.lowest.isConverged && lanczos.highest.isConverged)
                expect(lanczos, count: count, problem, tolerance: 1e-8)
                for (index, value) in lanczos.highest.values.enumerated() {
                    let exact = problem.eigenvalues[problem.eigenvalues.count - 1 - index]
                    #expect(abs(value - exact) <= max(lanczos.highest.residuals[index], 1e-13 * exact))
                }
            }
        }
    }

    @Test func fewerSamplesThanParameters() throws {
        for dataType in [DataType.float64, .complex128] {
            let problem = try Problem(
                RestrictedBoltzmannMachine(siteCount: 8, alpha: 2, options: LayerOptions(dataType)), samples: 40)
            let dense = try TensorSpectrum(problem.jacobian, count: 3)
            #expect(dense.method == .denseKernel)
            expect(dense, count: 3, problem, tolerance: 1e-13)
            let lanczos = try TensorSpectrum(problem.jacobian, count: 3, largestDenseSize: 0)
            #expect(lanczos.method == .lanczos && lanczos.lowest.values == [0, 0, 0])
            expect(lanczos, count: 3, problem, tolerance: 1e-8)
        }
    }

    @Test func everyEigenvalue() throws {
        let problem = try Problem(RestrictedBoltzmannMachine(siteCount: 4, alpha: 1), samples: 7)
        let count = problem.state.layout.count
        // More than there are; the kernel has fewer than that.
        let spectrum = try TensorSpectrum(problem.jacobian, count: count + 5)
        #expect(spectrum.method == .denseKernel)
        expect(spectrum, count: count, problem, tolerance: 1e-13)
        let forced = try TensorSpectrum(problem.jacobian, count: count, largestDenseSize: 0)
        #expect(forced.method == .denseKernel)
    }

    @Test func conditionNumber() throws {
        let problem = try Problem(RestrictedBoltzmannMachine(siteCount: 8, alpha: 1), samples: 300)
        let spectrum = try TensorSpectrum(problem.jacobian, count: 1)
        let (least, largest) = (problem.eigenvalues[0], problem.eigenvalues[problem.eigenvalues.count - 1])
        let expected = (largest + 0.01) / (least + 0.01)
        #expect(abs(spectrum.conditionNumber(shift: 0.01) - expected) < 1e-10 * expected)
        #expect(spectrum.conditionNumber(shift: -1) == .infinity)
    }

    /// Two products are not enough: the values come with residuals that say so.
    @Test func withoutConvergence() throws {
        let problem = try Problem(RestrictedBoltzmannMachine(siteCount: 8, alpha: 1), samples: 300)
        let spectrum = try TensorSpectrum(problem.jacobian, count: 1, maximumProducts: 2, largestDenseSize: 0)
        #expect(!spectrum.highest.isConverged && spectrum.products == 4)
        let largest = problem.eigenvalues[problem.eigenvalues.count - 1]
        #expect(spectrum.highest.values[0] <= largest * (1 + 1e-13))
        // Some eigenvalue lies within the residual of the value.
        #expect(
            problem.eigenvalues.contains { abs($0 - spectrum.highest.values[0]) <= spectrum.highest.residuals[0] })
    }
}
