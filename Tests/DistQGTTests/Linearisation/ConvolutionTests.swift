import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// The two forms of a convolution against each other, and which of them is taken.
@Suite struct ConvolutionTests {
    private struct Shape: CustomTestStringConvertible {
        let extents: [Int]
        let features: [Int]
        var sites: Int { extents.reduce(1, *) }
        var testDescription: String { "\(extents) \(features)" }
    }

    private static let shapes = [
        Shape(extents: [6], features: [1, 3, 2]), Shape(extents: [7], features: [2, 1, 1]),
        Shape(extents: [3, 4], features: [2, 9, 1]), Shape(extents: [2, 3, 2], features: [1, 2, 3]),
        Shape(extents: [1, 5], features: [4, 4, 4]),
    ]

    /// Two convolutions after a dense layer, all with biases.
    private func network(_ shape: Shape, _ type: DataType, fourier: Bool) -> ProbeAnsatz {
        let sites = shape.sites
        let f = shape.features
        let complex = type.isComplex
        @Sendable func convolution(_ tape: Recorder, _ x: Node, _ layer: Int) -> Node {
            let kernel = tape.parameter("k\(layer)")
            let bias = tape.parameter("b\(layer)", rows: 1)
            return fourier
                ? tape.fourierConvolution(x, kernel: kernel, bias: bias, extents: shape.extents)
                : tape.directConvolution(x, kernel: kernel, bias: bias, extents: shape.extents)
        }
        return ProbeAnsatz(
            siteCount: sites, dataType: type,
            leaves: [
                ("v", [sites, f[0] * sites], complex), ("k1", [f[1] * f[0], sites], complex),
                ("b1", [f[1] * sites], complex), ("k2", [f[2] * f[1], sites], complex), ("b2", [f[2] * sites], complex),
            ]
        ) { tape in
            let x = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("v")))
            let y = tape.activation(.tanh, convolution(tape, x, 1))
            return tape.sumFeatures(tape.activation(.logCosh, convolution(tape, y, 2)), factor: 0.3)
        }
    }

    @Test(arguments: shapes, DataType.allCases)
    private func formsAgree(_ shape: Shape, _ type: DataType) throws {
        let samples = 19
        let tolerance = type.isSingle ? 2e-4 : 1e-12
        var generator = SplitMix64(seed: 12)
        let configurations = Configurations.random(siteCount: shape.sites, count: samples, using: &generator)
        func linearise(fourier: Bool) throws -> (NeuralQuantumState, Linearisation) {
            let state = NeuralQuantumState(network(shape, type, fourier: fourier), seed: 3, chunkRows: 8)
            let space = try SampleSpace(communicator: .alone(), localCount: samples, isComplex: state.isComplex)
            return (state, state.linearise(configurations, in: space))
        }
        let (state, direct) = try linearise(fourier: false)
        let (other, fourier) = try linearise(fourier: true)
        func compare(_ x: [Double], _ y: [Double], _ what: String) {
            let scale = max(1, y.map(abs).max() ?? 0)
            #expect(x.count == y.count)
            #expect(zip(x, y).allSatisfy { abs($0 - $1) < tolerance * scale }, "\(what)")
        }
        compare(fourier.logPsi, direct.logPsi, "log ψ")
        compare(fourier.rows(), direct.rows(), "rows")
        let x = direct.makeDomainVector()
        x.fillWithNormalDeviates(using: &generator)
        let y = direct.makeCodomainVector()
        direct.apply(x, into: y)
        let u = fourier.makeCodomainVector()
        fourier.apply(x, into: u)
        compare(Array(u.values), Array(y.values), "J")
        let back = direct.makeDomainVector()
        direct.applyTransposed(y, into: back)
        let otherBack = fourier.makeDomainVector()
        fourier.applyTransposed(y, into: otherBack)
        compare(Array(otherBack.values), Array(back.values), "Jᵀ")
        withExtendedLifetime((state, other)) {}
    }

    /// A layer on the spins, and very small lattices, are matrix products.
    @Test func formIsChosenByTheNumberOfMultiplications() {
        func usesModes(_ extents: [Int], channels: Int, onSpins: Bool = false) -> Bool {
            let sites = extents.reduce(1, *)
            let ansatz = ProbeAnsatz(
                siteCount: sites, dataType: .float64,
                leaves: [
                    ("v", [sites, channels * sites], false),
                    ("k", [(onSpins ? 1 : channels) * channels, sites], false),
                ]
            ) { tape in
                let x =
                    onSpins ? tape.spins : tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("v")))
                return tape.sumFeatures(tape.convolution(x, kernel: tape.parameter("k"), extents: extents))
            }
            return Tape(ansatz).sampleOperations.contains { $0 is Convolution }
        }
        #expect(usesModes([10, 10], channels: 8))
        #expect(usesModes([4, 4], channels: 4))
        #expect(usesModes([2, 2, 2], channels: 32))
        #expect(!usesModes([2], channels: 8))
        #expect(!usesModes([8], channels: 1))
        #expect(!usesModes([10, 10], channels: 8, onSpins: true))
    }
}
