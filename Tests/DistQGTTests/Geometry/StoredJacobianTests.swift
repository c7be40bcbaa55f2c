import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Numerics
import Testing

/// Rows in memory and saved arrays in single precision, against the linearisation that they come from.
@Suite struct StoredJacobianTests {
    static let subjects: [NamedAnsatz] = DataType.allCases.flatMap(primitiveProbes) + everyAnsatz(siteCount: 4)

    /// What a Jacobian is held as.
    enum Form: CaseIterable, CustomStringConvertible {
        case rows, singleRows, singleTape, rowsMadeSingle

        var description: String {
            switch self {
            case .rows: "rows"
            case .singleRows: "single rows"
            case .singleTape: "single tape"
            case .rowsMadeSingle: "rows made single"
            }
        }
        var isSingle: Bool { self != .rows }

        /// In chunks of a few samples, the last of which is not full.
        func hold(_ jacobian: Linearisation) -> Linearisation {
            switch self {
            case .rows: StoredJacobian(chunkBytes: 1).fill(from: jacobian)
            case .singleRows: StoredJacobian(isSingle: true, chunkBytes: 1).fill(from: jacobian)
            case .singleTape: jacobian.inSinglePrecision()
            case .rowsMadeSingle: StoredJacobian(chunkBytes: 1).fill(from: jacobian).inSinglePrecision()
            }
        }
    }

    private func tolerance(_ subject: NamedAnsatz, _ form: Form) -> Double {
        subject.ansatz.dataType.isSingle || form.isSingle ? 1e-5 : 1e-12
    }

    @Test(arguments: subjects, Form.allCases) func formsOfOneJacobianAgree(_ subject: NamedAnsatz, form: Form) throws {
        for vectors in [1, 3] {
            let problem = try LinearisedState(subject)
            let held = form.hold(problem.jacobian)
            let bound = tolerance(subject, form)
            #expect(held.logPsi == problem.jacobian.logPsi)
            #expect(largestDifference(held.rows(), problem.jacobian.rows()) <= bound)

            var generator = SplitMix64(seed: 41)
            let v = ParameterVector(problem.state.layout, vectors: vectors)
            v.fillWithNormalDeviates(using: &generator)
            let images = [held, problem.jacobian].map { jacobian in
                let image = SampleVector(jacobian.space, vectors: vectors)
                jacobian.apply(v, into: image)
                return image
            }
            #expect(largestDifference(images[0].values, images[1].values) <= bound)
            let coimages = [held, problem.jacobian].map { jacobian in
                let coimage = v.makeZero()
                // Overwritten, not added to.
                coimage.assign(from: v)
                jacobian.applyTransposed(images[1], into: coimage)
                return coimage
            }
            #expect(largestDifference(coimages[0].values, coimages[1].values) <= bound)
            let products = try [held, problem.jacobian].map { jacobian in
                let s = try QuantumGeometricTensor(jacobian, diagonalShift: 0.2)
                let product = v.makeZero()
                try s.apply(v, into: product)
                return product
            }
            #expect(largestDifference(products[0].values, products[1].values) <= bound)
        }
    }

    @Test(arguments: subjects, Form.allCases) func everythingMadeOfTheJacobianAgrees(
        _ subject: NamedAnsatz, form: Form
    ) throws {
        for weighted in [false, true] {
            let problem = try LinearisedState(subject, weighted: weighted)
            let held = form.hold(problem.jacobian)
            let bound = tolerance(subject, form)
            func agree(_ quantity: String, _ value: (Linearisation) throws -> [Double]) rethrows {
                #expect(try largestDifference(value(held), value(problem.jacobian)) <= bound, "\(quantity)")
            }
            let gradients = try [held, problem.jacobian].map {
                try EnergyGradient($0, localEnergies: problem.localEnergies, mean: Complex(3, 3))
            }
            #expect(largestDifference(gradients[0].forces.values, gradients[1].forces.values) <= bound)
            #expect(largestDifference(gradients[0].means.real.values, gradients[1].means.real.values) <= bound)
            let imaginary = gradients.map { $0.means.imaginary?.values ?? [] }
            #expect(largestDifference(imaginary[0], imaginary[1]) <= bound)

            try agree("diagonal of S") { try DiagonalOfS.compute($0, means: EnergyGradient.means(of: $0)).values }
            let inverse = problem.jacobian.makeDomainVector()
            for index in 0..<inverse.count { inverse[index] = 0.5 + Double(index % 3) }
            for inverseDiagonal in [nil, inverse] {
                try agree("T") { try SampleKernel($0, inverseDiagonal: inverseDiagonal).gathered() }
                try agree("diagonal of T") {
                    try DiagonalOfKernel.compute(
                        $0, means: EnergyGradient.means(of: $0), inverseDiagonal: inverseDiagonal
                    ).values
                }
            }
            try agree("dense S") { try QuantumGeometricTensor($0).materialised() }
            var generator = SplitMix64(seed: 42)
            #expect(try dotTest(held, using: &generator) <= bound)
            #expect(try dotTest(CentredJacobian(held), using: &generator) <= bound)
        }
    }

    @Test func memoryIsReusedAndAnEmptyShardIsNoTrouble() throws {
        let subject = NamedAnsatz(
            "rbm", RestrictedBoltzmannMachine(siteCount: 4, alpha: 2, options: LayerOptions(.complex128)))
        for isSingle in [false, true] {
            let stored = StoredJacobian(isSingle: isSingle)
            let large = try LinearisedState(subject, samples: 9)
            let first = stored.fill(from: large.jacobian)
            let bytes = stored.allocatedBytes
            let rows = StoredJacobian.bytes(
                samples: 9, parameters: large.state.layout.count, components: 2, isSingle: isSingle)
            #expect(bytes >= rows && bytes <= rows + 64)
            // Rows are numbers of their own: they outlive the linearisation.
            let expected = first.rows()
            large.state.parametersChanged()
            #expect(first.rows() == expected)
            let small = try LinearisedState(subject, samples: 4)
            let second = stored.fill(from: small.jacobian)
            #expect(stored.allocatedBytes == bytes)
            #expect(largestDifference(second.rows(), small.jacobian.rows()) <= (isSingle ? 1e-6 : 0))

            let none = stored.fill(from: try LinearisedState(subject, samples: 0).jacobian)
            let v = none.makeDomainVector()
            for index in 0..<v.count { v[index] = 1 }
            let image = none.makeCodomainVector()
            none.apply(v, into: image)
            none.applyTransposed(image, into: v)
            #expect(none.rows().isEmpty && v.values.allSatisfy { $0 == 0 })
        }
    }

    @Test func aSingleLinearisationIsItsOwnSinglePrecision() throws {
        let machine = RestrictedBoltzmannMachine(siteCount: 4, alpha: 2, options: LayerOptions(.float32))
        let problem = try LinearisedState(NamedAnsatz("rbm", machine))
        let single = problem.jacobian.inSinglePrecision()
        #expect(single.rows() == problem.jacobian.rows())
        #expect(problem.state.linearisationCount == 1)
    }

    /// The conversion follows the parameters and the samples, and evaluates nothing.
    @Test func theConversionIsMadeAnewForEveryLinearisation() throws {
        let machine = FeedForward(
            siteCount: 4, widths: [6, 5], options: LayerOptions(bias: Initialiser(.normal, scale: 0.3)))
        let state = NeuralQuantumState(machine, seed: 5, chunkRows: 3)
        var generator = SplitMix64(seed: 43)
        for (step, count) in [7, 3, 8].enumerated() {
            let space = try SampleSpace(communicator: .alone(), localCount: count, isComplex: false)
            let jacobian = state.linearise(.random(siteCount: 4, count: count, using: &generator), in: space)
            let single = jacobian.inSinglePrecision()
            #expect(state.linearisationCount == step + 1)
            #expect(largestDifference(single.rows(), jacobian.rows()) <= 1e-5)
            #expect(single.rows() != jacobian.rows())
            // The tape in double is as it was.
            #expect(largestDifference(jacobian.rows(), StoredJacobian().fill(from: jacobian).rows()) == 0)
            for index in 0..<state.parameters.count { state.parameters[index] += 0.1 }
            state.parametersChanged()
        }
    }
}
