import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Numerics
import Testing

/// A wave function of which some leaves are constants, against the same one with all its leaves trained: derivatives, forces,
/// S and T are those of the whole with columns taken out.
@Suite struct FrozenLeavesTests {
    /// Every second leaf of an ansatz, from the first or from the second on.
    private struct PartlyFrozen: Ansatz {
        let base: any Ansatz
        let parity: Int

        var siteCount: Int { base.siteCount }
        var dataType: DataType { base.dataType }
        var leaves: [LeafDeclaration] {
            zip(base.leaves, Frozen(base).leaves).enumerated().map { $0 % 2 == parity ? $1.1 : $1.0 }
        }
        func logPsi(_ tape: Recorder) -> Node { base.logPsi(tape) }
    }

    /// Both states at the same parameters and samples.
    private struct Pair {
        let whole: (state: NeuralQuantumState, jacobian: Linearisation)
        let part: (state: NeuralQuantumState, jacobian: Linearisation)
        /// By component of a vector of the trained parameters: its place among all.
        let places: [Int]
        /// Of the part's components of log ψ, those of the whole: log ψ may have a constant phase.
        let components: Int
        let configurations: Configurations

        init?(_ subject: NamedAnsatz, _ frozen: any Ansatz, residentChunks: Int? = nil) throws {
            let layout = ParameterLayout(leaves: frozen.leaves.map(\.leaf))
            places = zip(layout.leaves, layout.offsets).flatMap { leaf, offset in
                leaf.isTrained ? Array(offset..<offset + leaf.realCount) : []
            }
            guard !places.isEmpty, places.count < layout.count else { return nil }
            var generator = SplitMix64(seed: 78)
            let configurations = Configurations.random(siteCount: 4, count: 7, using: &generator)
            self.configurations = configurations
            func linearised(_ ansatz: any Ansatz) throws -> (NeuralQuantumState, Linearisation) {
                let state = NeuralQuantumState(ansatz, seed: 2, chunkRows: 3)
                state.residentChunks = residentChunks
                let space = try SampleSpace(
                    communicator: .alone(), localCount: 7, isComplex: state.isComplex)
                return (state, state.linearise(configurations, in: space))
            }
            (whole, part) = (try linearised(subject.ansatz), try linearised(frozen))
            components = part.jacobian.space.components
        }

        /// A vector of the trained parameters with zeros for the others.
        func embedded(_ vector: ParameterVector) -> ParameterVector {
            let all = ParameterVector(whole.state.layout)
            for (index, place) in places.enumerated() { all[place] = vector[index] }
            return all
        }

        /// Rows of J of the whole at the trained columns, those of the part's components.
        var expectedRows: [Double] {
            let rows = whole.jacobian.rows()
            let (width, all) = (whole.state.layout.count, whole.jacobian.space.components)
            return (0..<7).flatMap { sample in
                (0..<components).flatMap { component in
                    places.map { rows[(sample * all + component) * width + $0] }
                }
            }
        }
    }

    private static let subjects =
        TapeTests.subjects + [DataType.float64, .complex64].flatMap(fermionProbes)

    private func rounding(_ subject: NamedAnsatz) -> Double { subject.ansatz.dataType.isSingle ? 1e-5 : 1e-12 }

    @Test(arguments: subjects, [0, 1]) func derivativesAreColumnsOfTheWhole(_ subject: NamedAnsatz, parity: Int) throws
    {
        let frozen = PartlyFrozen(base: subject.ansatz, parity: parity)
        for residentChunks in [nil, 1] {
            guard let pair = try Pair(subject, frozen, residentChunks: residentChunks) else { return }
            let (state, jacobian) = pair.part
            #expect(state.parameters.values == pair.whole.state.parameters.values)
            #expect(jacobian.layout.count == pair.places.count)
            #expect(jacobian.logPsi == pair.whole.jacobian.logPsi)
            #expect(largestDifference(jacobian.rows(), pair.expectedRows) < rounding(subject))
            var generator = SplitMix64(seed: 6)
            #expect(try dotTest(jacobian, using: &generator) < (subject.ansatz.dataType.isSingle ? 2e-6 : 1e-14))

            let v = jacobian.makeDomainVector()
            v.fillWithNormalDeviates(using: &generator)
            let (image, expected) = (jacobian.makeCodomainVector(), pair.whole.jacobian.makeCodomainVector())
            jacobian.apply(v, into: image)
            pair.whole.jacobian.apply(pair.embedded(v), into: expected)
            let all = pair.whole.jacobian.space.components
            let same = (0..<7).flatMap { sample in (0..<pair.components).map { expected[sample * all + $0] } }
            #expect(largestDifference(image.values, same) < rounding(subject))
            // What is left out did not depend on the trained parameters.
            for sample in 0..<7 where all > pair.components {
                #expect(abs(expected[2 * sample + 1]) < rounding(subject))
            }

            let back = jacobian.makeDomainVector()
            jacobian.applyTransposed(image, into: back)
            let whole = pair.whole.jacobian.makeDomainVector()
            pair.whole.jacobian.applyTransposed(expected, into: whole)
            #expect(largestDifference(back.values, pair.places.map { whole[$0] }) < rounding(subject))
            let block = ParameterVector(jacobian.layout, vectors: 2)
            for index in 0..<v.count { (block[index], block[v.count + index]) = (v[index], -2 * v[index]) }
            let images = SampleVector(jacobian.space, vectors: 2)
            jacobian.apply(block, into: images)
            jacobian.applyTransposed(images, into: block)
            #expect(largestDifference(Array(block.values[..<v.count]), back.values) < 10 * rounding(subject))
        }
    }

    @Test(arguments: subjects, [0, 1]) func tensorAndKernelAreThoseOfDenseRows(_ subject: NamedAnsatz, parity: Int)
        throws
    {
        let frozen = PartlyFrozen(base: subject.ansatz, parity: parity)
        guard let pair = try Pair(subject, frozen) else { return }
        let (jacobian, count) = (pair.part.jacobian, pair.places.count)
        let size = 7 * pair.components
        var rows = pair.expectedRows
        for component in 0..<pair.components {
            for column in 0..<count {
                let entries = (0..<7).map { ($0 * pair.components + component) * count + column }
                let mean = entries.reduce(0) { $0 + rows[$1] } / 7
                for entry in entries { rows[entry] = (rows[entry] - mean) / 7.0.squareRoot() }
            }
        }
        let means = try EnergyGradient.means(of: jacobian)
        let diagonal = try DiagonalOfS.compute(jacobian, means: means)
        let squares = (0..<count).map { column in
            (0..<size).reduce(0) { $0 + rows[$1 * count + column] * rows[$1 * count + column] }
        }
        #expect(largestDifference(diagonal.values, squares) < 10 * rounding(subject))
        let kernel = try SampleKernel(jacobian).gathered()
        let products = (0..<size * size).map { entry in
            (0..<count).reduce(0) { $0 + rows[entry / size * count + $1] * rows[entry % size * count + $1] }
        }
        #expect(largestDifference(kernel, products) < 10 * rounding(subject))

        var generator = SplitMix64(seed: 7)
        let v = jacobian.makeDomainVector()
        v.fillWithNormalDeviates(using: &generator)
        let image = v.makeZero()
        try QuantumGeometricTensor(jacobian, means: means).apply(v, into: image)
        let along = (0..<size).map { row in (0..<count).reduce(0) { $0 + rows[row * count + $1] * v[$1] } }
        let expected = (0..<count).map { column in
            (0..<size).reduce(0) { $0 + rows[$1 * count + column] * along[$1] }
        }
        #expect(largestDifference(image.values, expected) < 10 * rounding(subject))
    }

    /// Nothing of a frozen factor is kept for its linearisation, and what is kept is foretold.
    @Test func whatIsFrozenTakesNoMemory() throws {
        let wide = Initialiser(.normal, scale: 0.3)
        let options = LayerOptions(.float64, kernel: wide, bias: wide)
        let large = FeedForward(siteCount: 4, widths: [64, 64], options: options)
        let small = Jastrow(siteCount: 4, options: LayerOptions(.float64, kernel: wide))
        func memory(_ ansatz: any Ansatz) -> TapeMemory {
            let state = NeuralQuantumState(ansatz, seed: 1, chunkRows: 4)
            return state.machine.memory(
                chunks: 25, residentChunks: .max, samples: 100, evaluatedRows: 0, forward: 1, backward: 2)
        }
        let all = memory(FactorProduct([.init("0", large), .init("1", small)]))
        let frozen = memory(FactorProduct([.init("0", Frozen(large)), .init("1", small)]))
        let alone = memory(small)
        #expect(frozen.perSample < all.perSample / 10)
        #expect(frozen.perSample == alone.perSample)
        #expect(frozen.parameterArrays < all.parameterArrays)
    }

    /// A run leaves frozen parameters as they are, bit for bit, its average of the last steps included.
    @Test func stepsTrainTheOthersAlone() throws {
        let wide = Initialiser(.normal, scale: 0.3)
        let machine = RestrictedBoltzmannMachine(
            siteCount: 4, alpha: 1, options: LayerOptions(.complex128, kernel: wide, bias: wide))
        let ansatz = FactorProduct([
            .init("0", Frozen(Jastrow(siteCount: 4, options: LayerOptions(.float64, kernel: wide)))),
            .init("1", machine),
        ])
        let problem = try SmallProblem.ising(sites: 4)
        let driver = try problem.fullSummation(ansatz, UpdateSettings(), on: .alone())
        driver.averaging = (parameters: true, energy: true)
        let start = driver.waveFunction.parameters.values
        let frozen = ansatz.factors[0].ansatz.leaves.reduce(0) { $0 + $1.leaf.realCount }
        for _ in 0..<3 { _ = try driver.advance() }
        driver.exchangeAverage()
        let end = driver.waveFunction.parameters.values
        #expect(end[..<frozen].map(\.bitPattern) == start[..<frozen].map(\.bitPattern))
        #expect(zip(end[frozen...], start[frozen...]).allSatisfy { $0 != $1 })
    }
}
