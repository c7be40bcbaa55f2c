import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import Numerics
import Testing

/// A dense matrix on spins 1 from Kronecker products of 3 × 3 matrices in the basis m = 1, 0, −1, site 0 first.
private struct DenseSpinOne {
    let siteCount: Int
    let dimension: Int
    /// Row-major.
    private(set) var elements: [Complex<Double>]

    private static let root = Double(2).squareRoot()
    static let matrices: [Character: [Double]] = [
        "1": [1, 0, 0, 0, 1, 0, 0, 0, 1],
        "z": [1, 0, 0, 0, 0, 0, 0, 0, -1],
        "q": [1, 0, 0, 0, 0, 0, 0, 0, 1],
        "+": [0, root, 0, 0, 0, root, 0, 0, 0],
        "-": [0, 0, 0, root, 0, 0, 0, root, 0],
    ]

    init(_ siteCount: Int) {
        self.siteCount = siteCount
        dimension = (0..<siteCount).reduce(1) { product, _ in 3 * product }
        elements = [Complex<Double>](repeating: .zero, count: dimension * dimension)
    }

    mutating func add(_ letters: [(Int, Character)], _ coefficient: Complex<Double>) {
        var product: [Double] = [1]
        var size = 1
        for site in 0..<siteCount {
            let matrix = Self.matrices[letters.first { $0.0 == site }?.1 ?? "1"] ?? []
            var next = [Double](repeating: 0, count: 9 * size * size)
            for row in 0..<3 * size {
                for column in 0..<3 * size {
                    next[row * 3 * size + column] =
                        product[row / 3 * size + column / 3] * matrix[row % 3 * 3 + column % 3]
                }
            }
            product = next
            size *= 3
        }
        for index in elements.indices { elements[index] += coefficient * Complex(product[index]) }
    }

    /// The matrix of the same terms as `SpinExchange`.
    init(_ model: SpinExchange) {
        self.init(model.siteCount)
        for edge in model.edges {
            let (i, j) = (edge.first, edge.second)
            add([(i, "z"), (j, "z")], Complex(model.J * model.delta))
            add([(i, "+"), (j, "-")], Complex(length: model.J / 2, phase: model.phase))
            add([(i, "-"), (j, "+")], Complex(length: model.J / 2, phase: -model.phase))
        }
        for site in 0..<siteCount {
            add([(site, "q")], Complex(model.anisotropy))
            add([(site, "+")], Complex(model.field / 2))
            add([(site, "-")], Complex(model.field / 2))
        }
    }

    /// (H ψ)(s)/ψ(s).
    func localEnergy(_ state: Int, _ psi: [Complex<Double>]) -> Complex<Double> {
        var sum = Complex<Double>.zero
        for column in 0..<dimension { sum += elements[state * dimension + column] * psi[column] }
        return sum / psi[state]
    }
}

@Suite struct TransitionTests {
    private func model(sites: Int) throws -> SpinExchange {
        var model = SpinExchange(siteCount: sites, doubledSpin: 2, edges: (0..<sites - 1).map { Edge($0, $0 + 1) })
        (model.delta, model.phase, model.anisotropy, model.field) = (0.6, 0.4, 0.3, 0.7)
        return model
    }

    private func spinsOne(_ sites: Int) throws -> HilbertSpace {
        try HilbertSpace([LocalSpace](repeating: .spin(doubled: 2), count: sites))
    }

    private func largestDifference(
        _ amplitudes: any LogAmplitudes, _ numbering: BasisNumbering, _ model: SpinExchange
    ) throws -> Double {
        let dense = DenseSpinOne(model)
        let basis = try numbering.everyConfiguration()
        var logPsi = [Double](repeating: 0, count: 2 * basis.count)
        amplitudes.evaluate(basis.spins, count: basis.count, into: &logPsi)
        let psi = (0..<basis.count).map { Complex(length: .exp(logPsi[2 * $0]), phase: logPsi[2 * $0 + 1]) }
        let energies = LocalEnergies(of: model, in: amplitudes).evaluate(basis, logPsi: logPsi)
        return (0..<basis.count).reduce(0) { worst, state in
            let expected = dense.localEnergy(state, psi)
            let found = Complex(energies[2 * state], energies[2 * state + 1])
            return max(worst, (found - expected).length / max(1, expected.length))
        }
    }

    @Test func localEnergiesOfTransitionsAreThoseOfTheDenseMatrix() throws {
        let numbering = try BasisNumbering(spinsOne(4))
        let amplitudes = NumberedAmplitudes(numbering, seed: 3)
        #expect(try largestDifference(amplitudes, numbering, model(sites: 4)) < 1e-12)
        // A test that can fail: the conjugate phases are another operator.
        var other = try model(sites: 4)
        other.phase = -other.phase
        let dense = DenseSpinOne(other)
        let psi = (0..<81).map {
            Complex(length: .exp(amplitudes.logPsi[2 * $0]), phase: amplitudes.logPsi[2 * $0 + 1])
        }
        #expect((dense.localEnergy(5, psi) - DenseSpinOne(try model(sites: 4)).localEnergy(5, psi)).length > 1e-3)
    }

    @Test(arguments: [Encoding.code, .oneHot])
    func localEnergiesOfEncodedNetworks(_ encoding: Encoding) throws {
        let numbering = try BasisNumbering(spinsOne(3))
        let encoder = Encoder(encoding, of: numbering.space)
        #expect(encoder.featureCount == (encoding == .code ? 3 : 9))
        let network = MultilayerPerceptron(
            siteCount: encoder.featureCount, hiddenDimensions: [7, 5],
            options: LayerOptions(
                activation: .gelu, kernel: Initialiser(.normal, scale: 0.5), bias: Initialiser(.normal, scale: 0.5)))
        let state = NeuralQuantumState(network, reading: encoder, seed: 4)
        let amplitudes = state.amplitudes(blockRows: 8)
        #expect(try largestDifference(amplitudes, numbering, model(sites: 3)) < 1e-12)
    }

    @Test func encodingsOfCodes() throws {
        let space = try HilbertSpace([.spin(doubled: 2), .mode, .bosons(maximum: 3)])
        func encoded(_ encoding: Encoding, _ codes: [Int8]) -> [Int8] {
            let encoder = Encoder(encoding, of: space)
            var features = [Int8](repeating: 9, count: encoder.featureCount)
            encoder.encode(codes, count: 1, into: &features)
            return features
        }
        #expect(encoded(.code, [-2, 1, 3]) == [-2, 1, 3])
        #expect(encoded(.oneHot, [-2, 1, 3]) == [0, 0, 1, 0, 1, 0, 0, 0, 1])
        #expect(encoded(.oneHot, [2, 0, 1]) == [1, 0, 0, 1, 0, 0, 1, 0, 0])
    }

    /// Flips of spins 1/2 as transitions are the rows that the fast way reads.
    @Test func transitionsOfPauliStringsAreTheirRows() throws {
        var random = RandomPauliStrings(seed: 31)
        let sum = try PauliSum.pauliStrings(random.strings(siteCount: 5, count: 20), siteCount: 5)
        let dense = DenseOperator.rows(of: sum)
        let numbering = try BasisNumbering(HilbertSpace(siteCount: 5))
        let list = TransitionList()
        for row in 0..<32 {
            list.removeAll()
            let configuration = try numbering.configuration(at: row)
            var found = [Complex<Double>](repeating: .zero, count: 32)
            found[row] = sum.appendTransitions(from: configuration, to: list)
            for transition in 0..<list.count {
                var image = configuration
                list.apply(transition, to: &image)
                found[try numbering.index(of: image)] += list.element(transition)
                list.revert(transition, in: &image, to: configuration)
                #expect(image == configuration)
            }
            for column in 0..<32 { #expect((found[column] - dense[row, column]).length < 1e-14) }
        }
    }
}
