import DistQGT
import DistQGTTestSupport
import Foundation
import LinearAlgebra
import Numerics
import Testing

private let wide = Initialiser(.normal, scale: 0.4)

/// Autoregressive networks of every kind on six sites, in double precision.
private func networks(magnetisation: Int?) -> [NamedAnsatz] {
    let n = 6
    let kinds: [(String, Activation, [any CausalLayer])] = [
        ("dense", .reimSELU, AutoregressiveNetwork.denseLayers(siteCount: n, features: [3, 4])),
        ("dense of one layer", .tanh, AutoregressiveNetwork.denseLayers(siteCount: n, features: [])),
        ("linear", .identity, AutoregressiveNetwork.denseLayers(siteCount: n, features: [2])),
        ("conv1d", .tanh, AutoregressiveNetwork.convolutionLayers(siteCount: n, features: [3, 2], length: 3)),
        (
            "conv1d dilated", .gelu,
            AutoregressiveNetwork.convolutionLayers(siteCount: n, features: [3], length: 3, dilation: 2)
        ),
        (
            "conv2d", .logCosh,
            AutoregressiveNetwork.convolutionLayers(extent: (2, 3), features: [2, 3], height: 2, width: 3)
        ),
        (
            "conv2d dilated", .tanh,
            AutoregressiveNetwork.convolutionLayers(
                extent: (3, 2), features: [3], height: 2, width: 2, dilation: (2, 1))
        ),
    ]
    return [DataType.float64, .complex128].flatMap { type in
        kinds.map { name, activation, layers in
            NamedAnsatz(
                "\(name) \(type.rawValue)\(magnetisation.map { ", magnetisation \($0)" } ?? "")",
                AutoregressiveNetwork(
                    siteCount: n, layers: layers, magnetisation: magnetisation,
                    options: LayerOptions(type, activation: activation, kernel: wide, bias: wide)))
        }
    }
}

private let subjects = [nil, 0, 2, -4, 6].flatMap(networks)

@Suite struct AutoregressiveNetworkTests {
    private func everything(
        _ subject: NamedAnsatz
    ) throws -> (state: NeuralQuantumState, configurations: Configurations, logPsi: [Double]) {
        let network = try #require(subject.ansatz as? AutoregressiveNetwork)
        let state = NeuralQuantumState(network, seed: 3)
        let space =
            try network.magnetisation.map { try HilbertSpace(siteCount: 6, magnetisation: $0) }
            ?? HilbertSpace(siteCount: 6)
        let configurations = try BasisNumbering(space).everyConfiguration()
        var logPsi = [Double](repeating: 0, count: 2 * configurations.count)
        state.amplitudes(blockRows: 16).evaluate(configurations.spins, count: configurations.count, into: &logPsi)
        return (state, configurations, logPsi)
    }

    @Test(arguments: subjects) func normalisedInItsSpace(_ subject: NamedAnsatz) throws {
        let (_, configurations, logPsi) = try everything(subject)
        let total = (0..<configurations.count).reduce(0.0) { $0 + exp(2 * logPsi[2 * $1]) }
        #expect(abs(total - 1) < 1e-12)
        // More than one state counts.
        if configurations.count > 6 {
            let largest = (0..<configurations.count).map { exp(2 * logPsi[2 * $0]) }.max() ?? 1
            #expect(largest < 0.9)
        }
    }

    /// log ψ as its definition says it, with loops over sites and taps, in numbers of their own.
    @Test(arguments: subjects) func logPsiIsItsDefinition(_ subject: NamedAnsatz) throws {
        let (state, configurations, logPsi) = try everything(subject)
        for row in 0..<configurations.count {
            let expected = DefinitionOfArnn(state, subject.description).logPsi(Array(configurations[row: row]))
            #expect(abs(logPsi[2 * row] - expected.real) < 1e-12)
            #expect(abs(logPsi[2 * row + 1] - expected.imaginary) < 1e-12)
        }
    }

    /// The evaluator that samples are drawn with has the probabilities that log ψ is made of.
    @Test(arguments: subjects) func conditionalsMakeTheAmplitude(_ subject: NamedAnsatz) throws {
        let (state, configurations, logPsi) = try everything(subject)
        let evaluator = try #require(state.amplitudes(blockRows: 16).makeConditionalEvaluator())
        let rows = evaluator.blockRows
        let network = try #require(subject.ansatz as? AutoregressiveNetwork)
        for first in stride(from: 0, to: configurations.count, by: rows) {
            let count = min(rows, configurations.count - first)
            // Spins that are not known yet must not matter.
            var spins = [Int8](repeating: 1, count: rows * 6)
            var sums = [Double](repeating: 0, count: count)
            var up = [Int](repeating: network.magnetisation.map { (6 + $0) / 2 } ?? 99, count: count)
            var down = [Int](repeating: network.magnetisation.map { (6 - $0) / 2 } ?? 99, count: count)
            var odds = [Double](repeating: 0, count: rows)
            for site in 0..<6 {
                evaluator.evaluate(site: site, spins: spins, into: &odds)
                for row in 0..<count {
                    let spin = configurations[row: first + row][(first + row) * 6 + site]
                    spins[row * 6 + site] = spin
                    if up[row] > 0, down[row] > 0 { sums[row] -= log(1 + exp(-Double(spin) * odds[row])) / 2 }
                    if spin == 1 { up[row] -= 1 } else { down[row] -= 1 }
                }
            }
            for row in 0..<count { #expect(abs(sums[row] - logPsi[2 * (first + row)]) < 1e-12) }
        }
    }

    @Test func namesAndShapesAreThoseOfNetKet() {
        func leaves(_ layers: [any CausalLayer]) -> [String] {
            AutoregressiveNetwork(siteCount: 4, layers: layers).leaves.map { "\($0.leaf.name) \($0.leaf.shape)" }
        }
        #expect(
            leaves(AutoregressiveNetwork.denseLayers(siteCount: 4, features: [5])) == [
                "_layers_0/bias [4, 5]", "_layers_0/kernel [4, 20]", "_layers_1/bias [4, 2]",
                "_layers_1/kernel [20, 8]",
            ])
        #expect(
            leaves(AutoregressiveNetwork.convolutionLayers(siteCount: 4, features: [5], length: 3)) == [
                "_layers_0/bias [5]", "_layers_0/kernel [2, 1, 5]", "_layers_1/bias [2]", "_layers_1/kernel [3, 5, 2]",
            ])
        #expect(
            leaves(AutoregressiveNetwork.convolutionLayers(extent: (2, 2), features: [5], height: 2, width: 3)) == [
                "_layers_0/bias [5]", "_layers_0/kernel [2, 3, 1, 5]", "_layers_1/bias [2]",
                "_layers_1/kernel [2, 3, 5, 2]",
            ])
    }
}

/// The definition of an autoregressive network, site by site.
private struct DefinitionOfArnn {
    private typealias Number = Complex<Double>
    private let network: AutoregressiveNetwork
    private let state: NeuralQuantumState
    private let name: String

    init(_ state: NeuralQuantumState, _ name: String) {
        guard let network = state.ansatz as? AutoregressiveNetwork else { preconditionFailure("not autoregressive") }
        (self.network, self.state, self.name) = (network, state, name)
    }

    private func leaf(_ name: String, _ element: Int) -> Number {
        guard let index = state.layout.index(of: name) else { preconditionFailure("no \(name)") }
        let offset = state.layout.offsets[index]
        return network.dataType.isComplex
            ? Number(state.parameters[offset + 2 * element], state.parameters[offset + 2 * element + 1])
            : Number(state.parameters[offset + element])
    }

    private func activated(_ z: Number) -> Number {
        func selu(_ x: Double) -> Double {
            1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x))
        }
        let root = 2.0.squareRoot()
        switch network.activation {
        case .reimSELU where network.dataType.isComplex:
            return Number(selu(root * z.real) / root, selu(root * z.imaginary) / root)
        case .reimSELU: return Number(selu(z.real))
        case .tanh: return .tanh(z)
        case .logCosh: return .log(.cosh(z))
        case .gelu:
            let inner = Number((2 / Double.pi).squareRoot()) * (z + Number(0.044715) * z * z * z)
            return Number(0.5) * z * (Number(1) + .tanh(inner))
        default: return z
        }
    }

    func logPsi(_ spins: [Int8]) -> Complex<Double> {
        var x: [[Number]] = spins.map { [Number(Double($0))] }
        for (number, layer) in network.layers.enumerated() {
            if number > 0 { x = x.map { $0.map(activated) } }
            x = (0..<6).map { site in
                (0..<layer.outputFeatures).map { feature in output(number, layer, site, feature, x) }
            }
        }
        var result = Number(0)
        var (up, down) = (99, 99)
        if let magnetisation = network.magnetisation { (up, down) = ((6 + magnetisation) / 2, (6 - magnetisation) / 2) }
        for (site, spin) in spins.enumerated() {
            let (chosen, other) = spin == 1 ? (x[site][0], x[site][1]) : (x[site][1], x[site][0])
            let probability = exp(2 * chosen.real) / (exp(2 * chosen.real) + exp(2 * other.real))
            if up > 0, down > 0 { result += Number(log(probability) / 2) }
            result += Number(0, chosen.imaginary)
            if spin == 1 { up -= 1 } else { down -= 1 }
        }
        return result
    }

    private func output(
        _ number: Int, _ layer: any CausalLayer, _ site: Int, _ feature: Int, _ x: [[Number]]
    ) -> Number {
        let (inputs, outputs) = (layer.inputFeatures, layer.outputFeatures)
        let isDense = !name.hasPrefix("conv")
        let isExclusive = number == 0
        var sum = leaf("_layers_\(number)/bias", isDense ? site * outputs + feature : feature)
        func add(_ source: Int, block: (Int) -> Int) {
            for input in 0..<inputs { sum += x[source][input] * leaf("_layers_\(number)/kernel", block(input)) }
        }
        let isDilated = name.contains("dilated")
        if isDense {
            for source in 0..<(isExclusive ? site : site + 1) {
                add(source) { (source * inputs + $0) * 6 * outputs + site * outputs + feature }
            }
        } else if name.hasPrefix("conv1d") {
            for back in (isExclusive ? 1 : 0)..<3 where site - back * (isDilated ? 2 : 1) >= 0 {
                let tap = 2 - back
                add(site - back * (isDilated ? 2 : 1)) { (tap * inputs + $0) * outputs + feature }
            }
        } else {
            let (rows, columns) = isDilated ? (3, 2) : (2, 3)
            let (width, step) = (isDilated ? 2 : 3, isDilated ? 2 : 1)
            let (row, column) = (site / columns, site % columns)
            for (u, v) in (0..<2).flatMap({ u in (0..<width).map { (u, $0) } }) {
                let (sourceRow, sourceColumn) = (row - (1 - u) * step, column + v - width / 2)
                guard 0..<rows ~= sourceRow, 0..<columns ~= sourceColumn else { continue }
                let source = sourceRow * columns + sourceColumn
                guard isExclusive ? source < site : source <= site else { continue }
                add(source) { ((u * width + v) * inputs + $0) * outputs + feature }
            }
        }
        return sum
    }
}
