import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// diag(S) and T against dense linear algebra from the rows of J, for every network and for tapes whose
/// leaves are tied, derived, or used by several rows of one sample.
@Suite struct DiagonalAndKernelTests {
    static let subjects: [NamedAnsatz] =
        DataType.allCases.flatMap(primitiveProbes) + everyAnsatz(siteCount: 4)

    /// √w-scaled, centred rows: (sample, component) × P.
    private func scaledRows(_ problem: LinearisedState) -> [[Double]] {
        problem.centredRows.enumerated().flatMap { sample, row in
            row.map { $0.map { problem.weight(sample).squareRoot() * $0 } }
        }
    }

    private func tolerance(_ subject: NamedAnsatz) -> Double { subject.ansatz.dataType.isSingle ? 2e-5 : 1e-13 }

    @Test(arguments: subjects, [false, true]) func diagonalOfS(_ subject: NamedAnsatz, weighted: Bool) throws {
        let problem = try LinearisedState(subject, samples: 6, weighted: weighted)
        let rows = scaledRows(problem)
        let diagonal = try DiagonalOfS.compute(
            problem.jacobian, means: EnergyGradient.means(of: problem.jacobian))
        let expected = (0..<problem.state.layout.count).map { index in
            rows.reduce(0.0) { $0 + $1[index] * $1[index] }
        }
        let largest = max(1, expected.max() ?? 0)
        for index in expected.indices {
            #expect(abs(diagonal[index] - expected[index]) <= tolerance(subject) * largest)
            #expect(diagonal[index] >= 0)
        }
    }

    @Test(arguments: subjects, [false, true]) func kernelOfSamples(_ subject: NamedAnsatz, weighted: Bool) throws {
        let problem = try LinearisedState(subject, samples: 6, weighted: weighted)
        let rows = scaledRows(problem)
        var generator = SplitMix64(seed: 32)
        let scaling = problem.jacobian.makeDomainVector()
        for index in 0..<scaling.count { scaling[index] = Double.random(in: 0.5..<2, using: &generator) }
        for (construction, inverse) in [
            (SampleKernel.Construction.gram, nil), (.rows, nil), (.rows, scaling),
        ] as [(SampleKernel.Construction, ParameterVector?)] {
            let kernel = try SampleKernel(
                problem.jacobian, construction: construction, inverseDiagonal: inverse)
            let full = try kernel.gathered()
            let size = rows.count
            #expect(kernel.size == size)
            var expected: [Double] = []
            for left in rows {
                for right in rows {
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
        func plan(_ ansatz: some Ansatz) -> SeparationPlan { SeparationPlan(Tape(ansatz), modewise: false) }
        #expect(plan(RestrictedBoltzmannMachine(siteCount: 4, alpha: 1)).restWidth == 0)
        #expect(plan(FeedForward(siteCount: 4, widths: [5, 3])).restWidth == 0)
        #expect(plan(MixedJastrowRBM(siteCount: 4, hiddenUnits: 3)).restWidth == 0)
        for probe in primitiveProbes(.float64) {
            guard let ansatz = probe.ansatz as? ProbeAnsatz else { continue }
            let isSeparable = plan(ansatz).restWidth == 0
            let name = probe.description
            let expected = [
                "combination", "complex parts", "real parts", "pair", "output read", "gather", "sign", "fixed",
                "determinant of exponentials", "sums of pair products",
            ]
            .contains { name.hasPrefix($0) }
            #expect(isSeparable == expected, "\(name)")
        }
    }
}
