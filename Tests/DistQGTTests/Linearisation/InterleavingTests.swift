import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Testing

/// Values of networks whose convolutions hand samples to each other side by side: those of the linearised network, sample
/// by sample, for any number of samples.
@Suite struct InterleavingTests {
    private static func network(_ type: DataType, parity: Int?, features: [Int]) throws -> GroupConvolutionalNetwork {
        let group = SpaceGroup(try Lattice(.square, extent: [3, 4])).group(.translation)
        let wide = Initialiser(.normal, scale: 0.3)
        var network = GroupConvolutionalNetwork(
            group: group, features: features, characters: (0..<group.order).map { _ in 1 }, parity: parity,
            options: LayerOptions(type, kernel: wide, bias: wide))
        network.layerForm = .fourier
        return network
    }

    @Test(arguments: DataType.allCases, [nil, 1]) func valuesAreTheSame(_ type: DataType, parity: Int?) throws {
        let network = try Self.network(type, parity: parity, features: [3, 2, 4, 3])
        for samples in [1, 7, 8, 16, 29] {
            let state = NeuralQuantumState(network, seed: 11, chunkRows: 50)
            var generator = SplitMix64(seed: 12)
            let configurations = Configurations.random(siteCount: 12, count: samples, using: &generator)
            let space = try SampleSpace(communicator: .alone(), localCount: samples, isComplex: state.isComplex)
            let linearised = state.linearise(configurations, in: space).logPsi
            var plain = [Double](repeating: .nan, count: 2 * samples)
            state.amplitudes(blockRows: samples).evaluate(configurations.spins, count: samples, into: &plain)
            #expect(largestDifference(plain, linearised) < (type.isSingle ? 1e-5 : 1e-13))
        }
    }

    /// That it was interleaving: convolutions between convolutions, not their first input and not their last result.
    @Test func nodesBetweenConvolutions() throws {
        // First layer, (activation, convolution) three times: the results of two convolutions and their activations.
        let tape = Tape(try Self.network(.float64, parity: nil, features: [2, 2, 2, 2]))
        #expect(tape.interleaved.count { $0 } == 4)
        #expect(!tape.interleaved[tape.output.index])
        #expect(Tape(RestrictedBoltzmannMachine(siteCount: 4, alpha: 1)).interleaved.allSatisfy { !$0 })
    }
}
