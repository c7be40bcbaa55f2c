import DistQGT
import DistQGTTestSupport
import Testing

/// diag(S) and T against dense linear algebra from the rows of J, for every network and for tapes whose
/// leaves are tied, derived, or used by several rows of one sample.
@Suite struct DiagonalAndKernelTests {
    static let subjects: [NamedAnsatz] =
        DataType.allCases.flatMap(primitiveProbes) + everyAnsatz(siteCount: 4)

    private struct Problem {
        let state: NeuralQuantumState
        let jacobian: Linearisation
        /// √w-scaled, centred rows: (sample, component) × P.
        let rows: [[Double]]

        init(_ subject: NamedAnsatz, weighted: Bool) throws {
            let samples = 6
            state = NeuralQuantumState(subject.ansatz, seed: 3, chunkRows: 4)
            var generator = SplitMix64(seed: 31)
            let configurations = Configurations.random(siteCount: 4, count: samples, using: &generator)
            let raw = (0..<samples).map { _ in weighted ? Double.random(in: 0.1..<1, using: &generator) : 1 }
            let weights = raw.map { $0 / raw.reduce(0, +) }
            let space = try SampleSpace(
                communicator: .alone(), localCount: samples, isComplex: state.isComplex,
                probabilities: weighted ? weights : nil)
            jacobian = state.linearise(configurations, in: space)
            let stored = jacobian.rows()
            let count = state.layout.count
            let components = space.components
            var means = [[Double]](repeating: .init(repeating: 0, count: count), count: components)
            for sample in 0..<samples {
                for component in 0..<components {
                    for index in 0..<count {
                        means[component][index] += weights[sample] * stored[(sample * components + component) * count + index]
                    }
                }
            }
            rows = (0 ..< samples * components).map { row in
                let sample = row / components
                return (0..<count).map {
                    weights[sample].squareRoot() * (stored[row * count + $0] - means[row % components][$0])
                }
            }
        }
    }

    private func tolerance(_ subject: NamedAnsatz) -> Double { subject.ansatz.dataType.isSingle ? 2e-5 : 1e-13 }

    @Test(arguments: subjects, [false, true]) func diagonalOfS(_ subject: NamedAnsatz, weighted: Bool) throws {
        let problem = try Problem(subject, weighted: weighted)
        let diagonal = try DiagonalOfS.compute(
            problem.jacobian, means: EnergyGradient.means(of: problem.jacobian))
        let expected = (0..<problem.state.layout.count).map { index in
            problem.rows.reduce(0.0) { $0 + $1[index] * $1[index] }
        }
        let largest = max(1, expected.max() ?? 0)
        for index in expected.indices {
            #expect(abs(diagonal[index] - expected[index]) <= tolerance(subject) * largest)
            #expect(diagonal[index] >= 0)
        }
    }

    @Test(arguments: subjects, [false, true]) func kernelOfSamples(_ subject: NamedAnsatz, weighted: Bool) throws {
        let problem = try Problem(subject, weighted: weighted)
        var generator = SplitMix64(seed: 32)
        let scaling = problem.jacobian.makeDomainVector()
        for index in 0..<scaling.count { scaling[index] = Double.random(in: 0.5..<2, using: &generator) }
        for (construction, inverse) in [
            (SampleKernel.Construction.gram, nil), (.rows, nil), (.rows, scaling),
        ] as [(SampleKernel.Construction, ParameterVector?)] {
            let kernel = try SampleKernel(
                problem.jacobian, construction: construction, inverseDiagonal: inverse)
            let full = try kernel.gathered()
            let size = problem.rows.count
            #expect(kernel.size == size)
            var expected: [Double] = []
            for left in problem.rows {
                for right in problem.rows {
                    expected.append(left.indices.reduce(0.0) { $0 + left[$1] * right[$1] * (inverse?[$1] ?? 1) })
                }
            }
            let largest = max(1, expected.map(abs).max() ?? 0)
            for (value, reference) in zip(full, expected) {
                #expect(abs(value - reference) <= 10 * tolerance(subject) * largest)
            }
        }
    }

    /// What the fast rules are for: no leaf of a dense network is written out; and what they are not for.
    @Test func separationIsDetected() {
        func plan(_ ansatz: some Ansatz) -> SeparationPlan { SeparationPlan(Tape(ansatz)) }
        #expect(plan(RestrictedBoltzmannMachine(siteCount: 4, alpha: 1)).restWidth == 0)
        #expect(plan(FeedForward(siteCount: 4, widths: [5, 3])).restWidth == 0)
        #expect(plan(MixedJastrowRBM(siteCount: 4, hiddenUnits: 3)).restWidth == 0)
        for probe in primitiveProbes(.float64) {
            guard let ansatz = probe.ansatz as? ProbeAnsatz else { continue }
            let isSeparable = plan(ansatz).restWidth == 0
            let name = probe.description
            let expected = ["combination", "complex parts", "real parts", "pair", "output read", "gather"]
                .contains { name.hasPrefix($0) }
            #expect(isSeparable == expected, "\(name)")
        }
    }
}
