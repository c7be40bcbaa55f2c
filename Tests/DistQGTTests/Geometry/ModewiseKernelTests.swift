import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// T from modes of convolutions against T from rows, on lattices of random shapes with more samples than a block has.
@Suite struct ModewiseKernelTests {
    struct Case: Sendable, CustomStringConvertible {
        let extents: [Int]
        let features: [Int]
        let dataType: DataType
        var paired = false
        var useBias = true
        let form: GroupConvolutionalNetwork.LayerForm
        var description: String { "\(extents) \(features) \(dataType.rawValue) \(paired ? "paired " : "")\(form)" }

        func network() throws -> GroupConvolutionalNetwork {
            let kinds: [Lattice.Kind] = [.chain, .square, .cube]
            let group = SpaceGroup(try Lattice(kinds[extents.count - 1], extent: extents)).group(.translation)
            let wide = Initialiser(.normal, scale: 0.4)
            var network = GroupConvolutionalNetwork(
                group: group, features: features, characters: (0..<group.order).map { _ in 1 }, pairedOutput: paired,
                useBias: useBias, options: LayerOptions(dataType, kernel: wide, bias: wide))
            network.layerForm = form
            return network
        }
    }

    static let cases: [Case] = [
        Case(extents: [6], features: [3, 2, 4], dataType: .float64, form: .fourier),
        Case(extents: [5], features: [2, 9], dataType: .complex128, form: .fourier),
        Case(extents: [3, 4], features: [8, 8], dataType: .float64, form: .fourier),
        Case(extents: [4, 4], features: [2, 4], dataType: .float64, paired: true, form: .fourier),
        Case(extents: [3, 3], features: [1, 2, 1], dataType: .complex128, useBias: false, form: .fourier),
        Case(extents: [3, 2, 2], features: [2, 3], dataType: .float64, form: .convolution),
        Case(extents: [4], features: [2, 3], dataType: .complex128, form: .convolution),
        Case(extents: [6], features: [3, 2], dataType: .float32, form: .fourier),
    ]

    @Test(arguments: cases, [3, 83]) func kernelOfSamples(_ subject: Case, samples: Int) throws {
        let network = try subject.network()
        let state = NeuralQuantumState(network, seed: 7, chunkRows: 10)
        var generator = SplitMix64(seed: 5)
        let configurations = Configurations.random(siteCount: network.siteCount, count: samples, using: &generator)
        let space = try SampleSpace(communicator: .alone(), localCount: samples, isComplex: state.isComplex)
        let jacobian = state.linearise(configurations, in: space)
        let modewise = try SampleKernel(jacobian).gathered()
        let fromRows = try SampleKernel(jacobian, construction: .rows).gathered()
        #expect(largestDifference(modewise, fromRows) < (subject.dataType.isSingle ? 2e-5 : 1e-12))
    }

    /// That these are what was tested: no kernel of a layer is written out, only biases.
    @Test(arguments: cases) func onlyBiasesAreWrittenOut(_ subject: Case) throws {
        let network = try subject.network()
        let plan = SeparationPlan(Tape(network), modewise: true)
        #expect(plan.operations.count == subject.features.count)
        let biases = subject.useBias ? subject.features.reduce(0, +) * (subject.dataType.isComplex ? 2 : 1) : 0
        #expect(plan.restWidth == biases)
    }

    /// Where leaves are used at several places, there is no such rule.
    @Test func tiedLeavesAreWrittenOut() throws {
        let group = SpaceGroup(try Lattice(.square, extent: [2, 2])).group(.spaceGroup)
        let tape = Tape(
            GroupConvolutionalNetwork(group: group, features: [2, 2], characters: (0..<group.order).map { _ in 1 }))
        let plan = SeparationPlan(tape, modewise: true)
        #expect(plan.operations.isEmpty)
        #expect(plan.restWidth == tape.layout.count)
    }
}
