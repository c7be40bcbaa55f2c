import LinearAlgebra
import DistQGT
import DistQGTTestSupport
import Numerics
import Testing

/// S, F and the centred Jacobian against dense linear algebra built from the rows of J, and the two ways
/// of applying S against each other.
@Suite struct QuantumGeometricTensorTests {
    static let subjects = everyAnsatz(siteCount: 4)

    private func tolerance(_ subject: NamedAnsatz) -> Double { subject.ansatz.dataType.isSingle ? 1e-5 : 1e-13 }

    @Test(arguments: subjects, [false, true]) func productsEqualTheDenseMatrix(
        _ subject: NamedAnsatz, weighted: Bool
    ) throws {
        let problem = try LinearisedState(subject, weighted: weighted)
        let centred = problem.centredRows
        let count = problem.state.layout.count
        var generator = SplitMix64(seed: 22)
        let v = problem.jacobian.makeDomainVector()
        v.fillWithNormalDeviates(using: &generator)
        var expected = [Double](repeating: 0, count: count)
        for (sample, row) in centred.enumerated() {
            for component in row {
                let product = zip(component, v.values).reduce(0.0) { $0 + $1.0 * $1.1 }
                for index in 0..<count { expected[index] += problem.weight(sample) * product * component[index] }
            }
        }
        let shift = 0.3
        for centring in QuantumGeometricTensor.Centring.allCases {
            let s = try QuantumGeometricTensor(problem.jacobian, diagonalShift: shift, centring: centring)
            let y = s.makeCodomainVector()
            try s.apply(v, into: y)
            let scale = expected.map(abs).max() ?? 1
            for index in 0..<count {
                #expect(abs(y[index] - expected[index] - shift * v[index]) <= tolerance(subject) * max(1, scale))
            }
        }
    }

    @Test(arguments: subjects, [false, true]) func forcesEqualTheCovariance(
        _ subject: NamedAnsatz, weighted: Bool
    ) throws {
        let problem = try LinearisedState(subject, weighted: weighted)
        let centred = problem.centredRows
        let count = problem.state.layout.count
        var mean = Complex<Double>.zero
        for sample in centred.indices {
            let energy = Complex(problem.localEnergies[2 * sample], problem.localEnergies[2 * sample + 1])
            mean += Complex(problem.weight(sample)) * energy
        }
        var expected = [Double](repeating: 0, count: count)
        for (sample, row) in centred.enumerated() {
            for (component, values) in row.enumerated() {
                let energy =
                    problem.localEnergies[2 * sample + component] - (component == 0 ? mean.real : mean.imaginary)
                for index in 0..<count { expected[index] += problem.weight(sample) * energy * values[index] }
            }
        }
        // The given mean need not be exact.
        for offset in [0.0, 0.01] {
            let gradient = try EnergyGradient(
                problem.jacobian, localEnergies: problem.localEnergies, mean: mean + Complex(offset, -offset))
            let scale = max(1, expected.map(abs).max() ?? 1)
            for index in 0..<count {
                #expect(abs(gradient.forces[index] - expected[index]) <= 10 * tolerance(subject) * scale)
            }
        }
    }

    @Test(arguments: subjects, [false, true]) func dotTestsOfTheMaps(_ subject: NamedAnsatz, weighted: Bool) throws {
        let problem = try LinearisedState(subject, weighted: weighted)
        var generator = SplitMix64(seed: 23)
        #expect(try dotTest(CentredJacobian(problem.jacobian), using: &generator) < tolerance(subject))
        #expect(try dotTest(SubtractMean(problem.jacobian.space), using: &generator) < 1e-14)
        #expect(try dotTest(SampleWeighting(problem.jacobian.space), using: &generator) < 1e-14)
        for centring in QuantumGeometricTensor.Centring.allCases {
            let s = try QuantumGeometricTensor(problem.jacobian, diagonalShift: 0.1, centring: centring)
            #expect(try dotTest(s, using: &generator) < tolerance(subject))
        }
    }

    @Test func subtractMeanIsAProjector() throws {
        var generator = SplitMix64(seed: 24)
        for probabilities in [nil, [0.1, 0.2, 0.3, 0.4]] as [[Double]?] {
            let space = try SampleSpace(
                communicator: .alone(), localCount: 4, isComplex: true, probabilities: probabilities)
            let mean = SubtractMean(space)
            let x = mean.makeDomainVector()
            x.fillWithNormalDeviates(using: &generator)
            let once = x.makeZero()
            let twice = x.makeZero()
            try mean.apply(x, into: once)
            try mean.apply(once, into: twice)
            for (a, b) in zip(once.values, twice.values) { #expect(abs(a - b) < 1e-15) }
            let norms = try (once.norm(), x.norm())
            #expect(norms.0 < norms.1)
        }
    }

    @Test(arguments: subjects) func blocksOfVectors(_ subject: NamedAnsatz) throws {
        let problem = try LinearisedState(subject, weighted: false)
        var generator = SplitMix64(seed: 25)
        let s = try QuantumGeometricTensor(problem.jacobian, diagonalShift: 0.1)
        let count = problem.state.layout.count
        let block = ParameterVector(problem.state.layout, vectors: 3)
        block.fillWithNormalDeviates(using: &generator)
        let image = block.makeZero()
        try s.apply(block, into: image)
        for vector in 0..<3 {
            let single = ParameterVector(
                problem.state.layout, values: Array(block.values[vector * count..<(vector + 1) * count]))
            let singleImage = single.makeZero()
            try s.apply(single, into: singleImage)
            let scale = max(1, singleImage.norm())
            for index in 0..<count {
                #expect(abs(image[vector * count + index] - singleImage[index]) <= 10 * tolerance(subject) * scale)
            }
        }
    }

    /// |O| ≈ 1 with fluctuations of 1e-2 in single precision: one projection would give errors of 1e-2 and
    /// negative eigenvalues.
    @Test(arguments: QuantumGeometricTensor.Centring.allCases)
    func illCentredJacobianStaysPositiveDefinite(_ centring: QuantumGeometricTensor.Centring) throws {
        // tanh(8 + small) on a bias-dominated hidden layer: the derivative with respect to the output weights
        // is one to 1e-2 for every sample.
        let probe = { (type: DataType) in
            ProbeAnsatz(siteCount: 8, dataType: type, leaves: [("w", [8, 24], false), ("v", [24, 1], false)]) { tape in
                let hidden = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("w")))
                return tape.dense(hidden, kernel: tape.parameter("v"))
            }
        }
        var generator = SplitMix64(seed: 26)
        var spins = Configurations.random(siteCount: 8, count: 400, using: &generator)
        for row in 0..<400 { spins.spins[row * 8] = 1 }
        func state(_ type: DataType) -> NeuralQuantumState {
            let state = NeuralQuantumState(probe(type), chunkRows: 128)
            var generator = SplitMix64(seed: 27)
            for site in 0..<8 {
                for hidden in 0..<24 {
                    state.parameters[site * 24 + hidden] = site == 0 ? 2.3 : 0.08 * generator.normalDeviate()
                }
            }
            for hidden in 0..<24 { state.parameters[192 + hidden] = Double.random(in: -1..<1, using: &generator) }
            state.parametersChanged()
            return state
        }
        let single = state(.float32)
        let double = state(.float64)
        double.parameters.assign(from: single.parameters)
        double.parametersChanged()
        let space = try SampleSpace(communicator: .alone(), localCount: 400, isComplex: false)
        let exact = try QuantumGeometricTensor(double.linearise(spins, in: space), centring: centring)
        let rounded = try QuantumGeometricTensor(single.linearise(spins, in: space), centring: centring)
        let v = exact.makeDomainVector()
        let reference = v.makeZero()
        let image = v.makeZero()
        // The direction along which the means add up, and random ones.
        for trial in 0..<6 {
            v.fillWithNormalDeviates(using: &generator)
            if trial == 0 { for index in 0..<v.count { v[index] = index < 192 ? 0 : 1 } }
            try exact.apply(v, into: reference)
            try rounded.apply(v, into: image)
            #expect(v.dot(image) > 0)
            image.add(-1, times: reference)
            #expect(image.norm() <= 2e-4 * reference.norm())
        }
    }
}
