import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// Chunks that share memory and are linearised again, against a linearisation that keeps all of them.
@Suite struct RelinearisedChunksTests {
    static let subjects: [NamedAnsatz] = DataType.allCases.flatMap(primitiveProbes) + everyAnsatz(siteCount: 4)

    private struct Images: Equatable {
        let rows: [Double]
        let image: [Double]
        let coimage: [Double]
        let product: [Double]
        let kernel: [Double]
    }

    private func images(_ problem: LinearisedState, _ jacobian: Linearisation) throws -> Images {
        var generator = SplitMix64(seed: 41)
        let v = ParameterVector(problem.state.layout, vectors: 2)
        v.fillWithNormalDeviates(using: &generator)
        let image = SampleVector(jacobian.space, vectors: 2)
        jacobian.apply(v, into: image)
        let coimage = v.makeZero()
        jacobian.applyTransposed(image, into: coimage)
        let product = v.makeZero()
        try QuantumGeometricTensor(jacobian, diagonalShift: 0.1).apply(v, into: product)
        return Images(
            rows: jacobian.rows(), image: image.values, coimage: coimage.values, product: product.values,
            kernel: try SampleKernel(jacobian).gathered())
    }

    /// Nine samples in chunks of four: three chunks.
    @Test(arguments: subjects, [0, 1]) func mapsAreTheSameToTheLastBit(_ subject: NamedAnsatz, resident: Int) throws {
        let kept = try LinearisedState(subject)
        let bounded = try LinearisedState(subject, residentChunks: resident)
        #expect(bounded.jacobian.logPsi == kept.jacobian.logPsi)
        #expect(try images(bounded, bounded.jacobian) == images(kept, kept.jacobian))
        #expect(kept.state.relinearisationCount == 0)
        #expect(bounded.state.relinearisationCount > 0)
        #expect(
            try images(bounded, bounded.jacobian.inSinglePrecision())
                == images(kept, kept.jacobian.inSinglePrecision()))
    }

    @Test func aFusedProductLinearisesAChunkOnce() throws {
        let subject = NamedAnsatz("rbm", RestrictedBoltzmannMachine(siteCount: 4, alpha: 2))
        let problem = try LinearisedState(subject, samples: 40, residentChunks: 3)
        let tensor = try QuantumGeometricTensor(problem.jacobian, diagonalShift: 0.1)
        let v = ParameterVector(problem.state.layout)
        v[0] = 1
        let before = problem.state.relinearisationCount
        for _ in 0..<5 { try tensor.apply(v, into: v.makeZero()) }
        // Seven of ten chunks share memory, which each product leaves with the last of them.
        #expect(problem.state.relinearisationCount - before == 5 * 7)
        #expect(problem.state.linearisationCount == 1)
    }

    /// What has been relinearised is whole again as soon as the bound is taken away.
    @Test func theBoundTakesEffectWithTheNextLinearisation() throws {
        let subject = NamedAnsatz("rbm", RestrictedBoltzmannMachine(siteCount: 4, alpha: 2))
        let problem = try LinearisedState(subject, residentChunks: 0)
        problem.state.residentChunks = nil
        var generator = SplitMix64(seed: 21)
        let configurations = Configurations.random(siteCount: 4, count: 9, using: &generator)
        let again = problem.state.linearise(configurations, in: problem.jacobian.space)
        let before = problem.state.relinearisationCount
        #expect(again.rows() == (try LinearisedState(subject)).jacobian.rows())
        #expect(problem.state.relinearisationCount == before)
    }
}
