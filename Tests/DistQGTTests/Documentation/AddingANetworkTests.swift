import DistQGT
import DistQGTTestSupport
import Foundation
import LinearAlgebra
import Numerics
import Testing

// docs/adding-a-network.md shows the file PairMachine.swift, and what stands between the two marks below, character
// for character.
// docs: begin
@Suite struct PairMachineTests {
    /// The network at random parameters, linearised at random configurations.
    private func linearised(_ type: DataType) throws -> (NeuralQuantumState, Configurations, Linearisation) {
        let state = NeuralQuantumState(PairMachine(siteCount: 5, hiddenUnits: 3, dataType: type))
        var stream = RandomStream(seed: 1, index: 0, purpose: .parameters)
        state.parameters.fillWithNormalDeviates(using: &stream)
        state.parametersChanged()
        let configurations = Configurations.random(siteCount: 5, count: 7, using: &stream)
        let space = try SampleSpace(communicator: .alone(), localCount: 7, isComplex: state.isComplex)
        return (state, configurations, state.linearise(configurations, in: space))
    }

    /// ⟨J x, y⟩ = ⟨x, Jᵀ y⟩.
    @Test(arguments: DataType.allCases) func dotTestOfTheJacobian(_ type: DataType) throws {
        let (_, _, jacobian) = try linearised(type)
        var stream = RandomStream(seed: 2, index: 0, purpose: .parameters)
        #expect(try dotTest(jacobian, using: &stream) < (type.isSingle ? 2e-6 : 1e-14))
    }

    /// J v against central differences of log ψ along v.
    @Test(arguments: DataType.allCases) func finiteDifferences(_ type: DataType) throws {
        let (state, configurations, jacobian) = try linearised(type)
        var stream = RandomStream(seed: 3, index: 0, purpose: .parameters)
        let direction = jacobian.makeDomainVector()
        direction.fillWithNormalDeviates(using: &stream)
        let error = try state.finiteDifferenceError(
            at: configurations, along: direction, step: type.isSingle ? 4e-3 : 1e-4)
        #expect(error < (type.isSingle ? 4e-3 : 1e-8))
    }

    /// J(iv) = i J(v): ln cosh is holomorphic, so log ψ is.
    @Test(arguments: [DataType.complex64, .complex128]) func holomorphy(_ type: DataType) throws {
        let (state, configurations, _) = try linearised(type)
        var stream = RandomStream(seed: 4, index: 0, purpose: .parameters)
        let error = try state.holomorphyError(at: configurations, using: &stream)
        #expect(try #require(error) < (type.isSingle ? 2e-6 : 1e-14))
    }

    /// log ψ by its formula, in loops of its own.
    @Test func logPsiIsItsFormula() throws {
        let (state, configurations, jacobian) = try linearised(.complex128)
        func leaf(_ index: Int) -> Complex<Double> {
            Complex(state.parameters[2 * index], state.parameters[2 * index + 1])
        }
        for row in 0..<configurations.count {
            let s = configurations[row: row].map { Complex(Double($0)) }
            var product: Complex<Double> = 1
            for unit in 0..<3 {
                var theta = leaf(unit)
                for k in 0..<5 {
                    for l in 0..<k { theta += s[k] * s[l] * leaf(3 + (k * (k - 1) / 2 + l) * 3 + unit) }
                }
                product *= .cosh(theta)
            }
            // A logarithm is known up to 2πi.
            let psi = Complex.exp(Complex(jacobian.logPsi[2 * row], jacobian.logPsi[2 * row + 1]))
            #expect((psi - product).length < 1e-12 * product.length)
        }
    }
}
// docs: end

@Suite struct AddingANetworkTests {
    @Test func theDocumentShowsTheCodeThatIsTestedHere() throws {
        let tests = URL(fileURLWithPath: #filePath)
        let root = (0..<4).reduce(tests) { path, _ in path.deletingLastPathComponent() }
        let document = try String(
            contentsOf: root.appendingPathComponent("docs/adding-a-network.md"), encoding: .utf8)
        let network = try String(
            contentsOf: tests.deletingLastPathComponent().appendingPathComponent("PairMachine.swift"), encoding: .utf8)
        let source = try String(contentsOf: tests, encoding: .utf8)
        let begin = try #require(source.range(of: "// docs: begin\n"))
        let end = try #require(source.range(of: "// docs: end\n"))
        let blocks = document.components(separatedBy: "```swift\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(blocks == [network, String(source[begin.upperBound..<end.lowerBound])])
        #expect(network.split(separator: "\n", omittingEmptySubsequences: false).count <= 31)
    }
}
