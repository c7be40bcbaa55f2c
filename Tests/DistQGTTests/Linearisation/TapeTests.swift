import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// J, Jᵀ and rows of every primitive and of every network: against each other, against finite
/// differences, and against other ways of cutting the same work into pieces.
@Suite struct TapeTests {
    static let subjects: [NamedAnsatz] =
        DataType.allCases.flatMap(primitiveProbes) + everyAnsatz(siteCount: 4)

    /// The unit roundoff of the tape's precision times a margin for the length of its sums.
    private func rounding(_ subject: NamedAnsatz) -> Double { subject.ansatz.dataType.isSingle ? 2e-6 : 1e-14 }

    private func linearised(
        _ subject: NamedAnsatz, samples: Int, chunkRows: Int? = nil, seed: UInt64 = 1
    ) throws -> (state: NeuralQuantumState, configurations: Configurations, jacobian: Linearisation) {
        let state = NeuralQuantumState(subject.ansatz, seed: seed, chunkRows: chunkRows)
        var generator = SplitMix64(seed: 77)
        let configurations = Configurations.random(siteCount: 4, count: samples, using: &generator)
        let space = try SampleSpace(communicator: .alone(), localCount: samples, isComplex: state.isComplex)
        return (state, configurations, state.linearise(configurations, in: space))
    }

    @Test(arguments: subjects) func dotTestOfJacobian(_ subject: NamedAnsatz) throws {
        for (samples, chunkRows) in [(1, 256), (7, 256), (7, 3), (7, 1)] {
            let (state, _, jacobian) = try linearised(subject, samples: samples, chunkRows: chunkRows)
            var generator = SplitMix64(seed: 5)
            for _ in 0..<3 {
                #expect(try dotTest(jacobian, using: &generator) < rounding(subject))
            }
            withExtendedLifetime(state) {}
        }
    }

    @Test(arguments: subjects) func finiteDifferences(_ subject: NamedAnsatz) throws {
        let (state, configurations, jacobian) = try linearised(subject, samples: 5)
        var generator = SplitMix64(seed: 6)
        let direction = jacobian.makeDomainVector()
        direction.fillWithNormalDeviates(using: &generator)
        let single = subject.ansatz.dataType.isSingle
        // A kink inside the stencil says nothing about the derivative: smaller steps where there are kinks.
        let hasKinks = subject.description.contains("elu") && !subject.description.contains("gelu")
        let step = single ? (hasKinks ? 2e-4 : 4e-3) : (hasKinks ? 1e-6 : 1e-4)
        let error = try state.finiteDifferenceError(at: configurations, along: direction, step: step)
        #expect(error < (single ? (hasKinks ? 1e-2 : 4e-3) : (hasKinks ? 1e-7 : 1e-8)))
    }

    @Test(arguments: subjects) func rowsAreTransposedUnitVectors(_ subject: NamedAnsatz) throws {
        let (state, _, jacobian) = try linearised(subject, samples: 5, chunkRows: 2)
        let rows = jacobian.rows()
        let seed = jacobian.makeCodomainVector()
        let row = jacobian.makeDomainVector()
        let count = state.layout.count
        let components = jacobian.space.components
        for sample in 0..<5 {
            for component in 0..<components {
                seed.setToZero()
                seed[sample * components + component] = 1
                jacobian.applyTransposed(seed, into: row)
                let largest = row.values.map(abs).max() ?? 0
                for index in 0..<count {
                    #expect(
                        abs(rows[(sample * components + component) * count + index] - row[index]) <= rounding(subject)
                            * max(1, largest))
                }
            }
        }
    }

    @Test(arguments: subjects) func blocksEqualSingleVectors(_ subject: NamedAnsatz) throws {
        let (state, _, jacobian) = try linearised(subject, samples: 5, chunkRows: 2)
        var generator = SplitMix64(seed: 8)
        let vectors = 3
        let count = state.layout.count
        let block = ParameterVector(state.layout, vectors: vectors)
        block.fillWithNormalDeviates(using: &generator)
        let image = SampleVector(jacobian.space, vectors: vectors)
        jacobian.apply(block, into: image)
        let back = ParameterVector(state.layout, vectors: vectors)
        jacobian.applyTransposed(image, into: back)
        let components = jacobian.space.components
        for vector in 0..<vectors {
            let single = ParameterVector(
                state.layout, values: Array(block.values[vector * count..<(vector + 1) * count]))
            let singleImage = jacobian.makeCodomainVector()
            jacobian.apply(single, into: singleImage)
            let scale = max(1, try singleImage.norm())
            for sample in 0..<5 {
                for component in 0..<components {
                    let difference =
                        image[(sample * vectors + vector) * components + component]
                        - singleImage[sample * components + component]
                    #expect(abs(difference) <= 4 * rounding(subject) * scale)
                }
            }
            let singleBack = jacobian.makeDomainVector()
            jacobian.applyTransposed(singleImage, into: singleBack)
            let backScale = max(1, singleBack.norm())
            for index in 0..<count {
                #expect(abs(back[vector * count + index] - singleBack[index]) <= 8 * rounding(subject) * backScale)
            }
        }
    }

    @Test(arguments: subjects) func samplesNeverMixAndChunksDoNotMatter(_ subject: NamedAnsatz) throws {
        let (state, configurations, jacobian) = try linearised(subject, samples: 6)
        var generator = SplitMix64(seed: 9)
        let direction = jacobian.makeDomainVector()
        direction.fillWithNormalDeviates(using: &generator)
        let image = jacobian.makeCodomainVector()
        jacobian.apply(direction, into: image)
        let logPsi = jacobian.logPsi
        let components = jacobian.space.components
        // Each sample alone gives what it gave in company.
        for sample in 0..<6 {
            let space = try SampleSpace(communicator: .alone(), localCount: 1, isComplex: state.isComplex)
            let alone = state.linearise(configurations.rows(sample..<sample + 1), in: space)
            let imageAlone = alone.makeCodomainVector()
            alone.apply(direction, into: imageAlone)
            for component in 0..<2 {
                #expect(abs(alone.logPsi[component] - logPsi[2 * sample + component]) <= 10 * rounding(subject))
            }
            for component in 0..<components {
                let value = image[sample * components + component]
                #expect(abs(imageAlone[component] - value) <= 10 * rounding(subject) * max(1, abs(value)))
            }
        }
    }

    @Test(arguments: subjects) func evaluationEqualsLinearisation(_ subject: NamedAnsatz) throws {
        let (state, configurations, jacobian) = try linearised(subject, samples: 7)
        let amplitudes = state.amplitudes(blockRows: 4)
        var logPsi = [Double](repeating: 0, count: 14)
        amplitudes.evaluate(configurations.spins, count: 7, into: &logPsi)
        for (plain, kept) in zip(logPsi, jacobian.logPsi) {
            #expect(abs(plain - kept) <= 10 * rounding(subject) * max(1, abs(kept)))
        }
    }

    @Test(arguments: everyAnsatz(siteCount: 4)) func holomorphyIsWhatTheActivationsSay(_ subject: NamedAnsatz) throws {
        let (state, configurations, _) = try linearised(subject, samples: 5)
        var generator = SplitMix64(seed: 10)
        let error = try state.holomorphyError(at: configurations, using: &generator)
        if !subject.ansatz.dataType.isComplex || subject.description.hasPrefix("mixed") {
            #expect(error == nil)
        } else if subject.description.contains("reim") || subject.description.hasPrefix("arnn") {
            #expect(try #require(error) > 1e-3)
        } else {
            #expect(try #require(error) < rounding(subject))
        }
    }

    @Test func noSamplesAtAll() throws {
        let state = NeuralQuantumState(RestrictedBoltzmannMachine(siteCount: 4, alpha: 1), seed: 1)
        let space = try SampleSpace(communicator: .alone(), localCount: 0, isComplex: false)
        let jacobian = state.linearise(Configurations(siteCount: 4), in: space)
        let x = jacobian.makeDomainVector()
        var generator = SplitMix64(seed: 3)
        x.fillWithNormalDeviates(using: &generator)
        jacobian.applyTransposed(jacobian.makeCodomainVector(), into: x)
        #expect(x.values.allSatisfy { $0 == 0 })
        #expect(jacobian.logPsi.isEmpty)
    }
}
