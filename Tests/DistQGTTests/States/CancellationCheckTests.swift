import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

struct CancellationCheckTests {
    private func share(
        _ base: any Ansatz, momentum: Int, parity: Int? = nil, seed: UInt64 = 1
    ) throws -> (found: Double, rounding: Double)? {
        let spaceGroup = SpaceGroup(try Lattice(.chain, extent: [6], periodic: [true]))
        let ansatz = Symmetrised(
            base, group: spaceGroup.group(.translation),
            characters: try spaceGroup.characters(of: .translation, momentum: [momentum]), parity: parity)
        return try CancellationCheck.share(
            of: NeuralQuantumState(ansatz, seed: seed), in: HilbertSpace(siteCount: 6, magnetisation: 0), seed: 3)
    }

    private func machine(_ type: DataType, bias: Bool, scale: Double = 0.3) -> RestrictedBoltzmannMachine {
        RestrictedBoltzmannMachine(
            siteCount: 6, alpha: 1, useHiddenBias: bias, useVisibleBias: bias,
            options: LayerOptions(
                type, kernel: Initialiser(.normal, scale: scale), bias: Initialiser(.normal, scale: scale)))
    }

    @Test(arguments: DataType.allCases) func whatIsLeftOfASum(_ type: DataType) throws {
        // ψ of a network without biases is even under the flip of all spins: nothing odd is in it.
        let even = try #require(try share(machine(type, bias: false), momentum: 0, parity: -1))
        #expect(even.found <= even.rounding)
        let biased = try #require(try share(machine(type, bias: true), momentum: 0, parity: -1))
        #expect(biased.found > biased.rounding)
        let moving = try #require(try share(machine(type, bias: true), momentum: 3))
        #expect(moving.found > moving.rounding)
        // A sum within a sum: translations of one momentum projected on another.
        let spaceGroup = SpaceGroup(try Lattice(.chain, extent: [6], periodic: [true]))
        let inner = Symmetrised(
            machine(type, bias: true), group: spaceGroup.group(.translation),
            characters: try spaceGroup.characters(of: .translation))
        let twice = try #require(try share(inner, momentum: 3))
        #expect(twice.found <= twice.rounding)
    }

    @Test func positiveSumsAreNotLookedAt() throws {
        let positive = try share(machine(.float64, bias: true), momentum: 0)
        #expect(positive == nil)
    }
}
