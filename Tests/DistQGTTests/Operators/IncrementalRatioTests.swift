import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Numerics
import Testing

/// Local energies from incremental ratios against those from whole evaluations.
@Suite struct IncrementalRatioTests {
    private static func hamiltonians(_ sites: Int) throws -> [PauliSum] {
        var random = RandomPauliStrings(seed: 71)
        return [
            try SmallProblem.ising(sites: sites).hamiltonian,
            try SmallProblem.heisenberg(sites: sites, signRule: true).hamiltonian,
            try SmallProblem.dzyaloshinskiiMoriya(sites: sites).hamiltonian,
            try .pauliStrings(random.strings(siteCount: sites, count: 40, isComplex: true), siteCount: sites),
        ]
    }

    /// The largest error relative to Σ |⟨σ|H|σ′⟩ ψ(σ′)/ψ(σ)|, over random samples.
    private func error(_ state: NeuralQuantumState, _ hamiltonian: PauliSum, count: Int) -> Double {
        let amplitudes = state.amplitudes(blockRows: 32)
        var generator = SplitMix64(seed: 4)
        let samples = Configurations.random(siteCount: state.siteCount, count: count, using: &generator)
        var logPsi = [Double](repeating: 0, count: 2 * count)
        amplitudes.evaluate(samples.spins, count: count, into: &logPsi)
        let energies = LocalEnergies(of: hamiltonian, in: amplitudes).evaluate(samples, logPsi: logPsi)
        let expected = LocalEnergies(of: hamiltonian, ratios: BatchedRatios(amplitudes, capacity: 100))
            .evaluate(samples, logPsi: logPsi)
        var largest = 0.0
        var row = [Double](repeating: 0, count: 2 * max(1, hamiltonian.flipSets.count))
        for sample in 0..<count {
            let spins = Array(samples[row: sample])
            var scale = hamiltonian.row(spins, into: &row).length
            for (set, sites) in hamiltonian.flipSets.enumerated() {
                var flipped = spins
                for site in sites { flipped[site] = -flipped[site] }
                var other = [0.0, 0]
                amplitudes.evaluate(flipped, count: 1, into: &other)
                scale += Complex(row[2 * set], row[2 * set + 1]).length * Double.exp(other[0] - logPsi[2 * sample])
            }
            let difference = Complex(
                energies[2 * sample] - expected[2 * sample], energies[2 * sample + 1] - expected[2 * sample + 1])
            let error = difference.length / max(1, scale)
            largest = error.isNaN ? .infinity : max(largest, error)
        }
        return largest
    }

    @Test(arguments: everyAnsatz(siteCount: 6)) func energiesAreThoseOfWholeEvaluations(
        _ subject: NamedAnsatz
    ) throws {
        let state = NeuralQuantumState(subject.ansatz, seed: 3)
        for hamiltonian in try Self.hamiltonians(6) {
            // More samples than one batch holds.
            #expect(error(state, hamiltonian, count: 150) < (subject.ansatz.dataType.isSingle ? 2e-5 : 1e-12))
        }
    }

    @Test(arguments: DataType.allCases) func energiesOfTrainedWeights(_ type: DataType) throws {
        let initialiser = Initialiser(.normal, scale: 1.5)
        let ansatze: [any Ansatz] = [
            RestrictedBoltzmannMachine(
                siteCount: 6, alpha: 4, options: LayerOptions(type, kernel: initialiser, bias: initialiser)),
            MultilayerPerceptron(
                siteCount: 6, hiddenDimensions: [9, 6],
                options: LayerOptions(type, activation: .logCosh, kernel: initialiser, bias: initialiser)),
        ]
        for ansatz in ansatze {
            let state = NeuralQuantumState(ansatz, seed: 9)
            for hamiltonian in try Self.hamiltonians(6) {
                #expect(error(state, hamiltonian, count: 60) < (type.isSingle ? 2e-4 : 1e-12))
            }
        }
    }

    @Test func energiesOfWeightsWhoseExponentialsOverflow() throws {
        let state = NeuralQuantumState(
            RestrictedBoltzmannMachine(
                siteCount: 6, alpha: 1, options: LayerOptions(kernel: Initialiser(.normal, scale: 70))),
            seed: 2)
        #expect(!state.productsAreUsable)
        for hamiltonian in try Self.hamiltonians(6) {
            let amplitudes = state.amplitudes(blockRows: 32)
            var generator = SplitMix64(seed: 4)
            let samples = Configurations.random(siteCount: 6, count: 40, using: &generator)
            var logPsi = [Double](repeating: 0, count: 80)
            amplitudes.evaluate(samples.spins, count: 40, into: &logPsi)
            let energies = LocalEnergies(of: hamiltonian, in: amplitudes).evaluate(samples, logPsi: logPsi)
            let expected = LocalEnergies(of: hamiltonian, ratios: BatchedRatios(amplitudes))
                .evaluate(samples, logPsi: logPsi)
            for (energy, expected) in zip(energies, expected) {
                let agree = energy == expected || abs(energy - expected) <= 1e-11 * abs(expected)
                #expect(agree || (energy.isNaN && expected.isNaN))
            }
        }
    }

    @Test func energiesAreNotNumbersWhereParametersAreNot() throws {
        for subject in everyAnsatz(siteCount: 4) {
            let state = NeuralQuantumState(subject.ansatz, seed: 3)
            for index in 0..<state.parameters.count { state.parameters[index] = .nan }
            state.parametersChanged()
            let samples = Configurations(siteCount: 4, repeating: 1, count: 3)
            let energies = LocalEnergies(
                of: try SmallProblem.ising(sites: 4).hamiltonian, in: state.amplitudes(blockRows: 8)
            ).evaluate(samples, logPsi: [Double](repeating: .nan, count: 6))
            #expect(energies[0].isNaN && energies[2].isNaN && energies[4].isNaN)
        }
    }
}
