import Communication
import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Testing

/// Products of wave functions. Their ratios, derivatives and memory are also tested wherever `everyAnsatz` is.
@Suite struct FactorProductTests {
    private static let wide = Initialiser(.normal, scale: 0.4)
    private static func rbm(_ type: DataType = .float64, visibleBias: Bool = true) -> RestrictedBoltzmannMachine {
        RestrictedBoltzmannMachine(
            siteCount: 6, alpha: 1, useVisibleBias: visibleBias, options: LayerOptions(type, kernel: wide, bias: wide))
    }
    /// So small that chains cross it with ease.
    private static let jastrow = Jastrow(
        siteCount: 6, options: LayerOptions(kernel: Initialiser(.normal, scale: 0.1)))
    private static let mlp = MultilayerPerceptron(
        siteCount: 6, hiddenDimensions: [5], options: LayerOptions(kernel: wide, bias: wide))

    private func logPsi(_ state: NeuralQuantumState, _ samples: Configurations) -> [Double] {
        var logPsi = [Double](repeating: 0, count: 2 * samples.count)
        state.amplitudes(blockRows: 8).evaluate(samples.spins, count: samples.count, into: &logPsi)
        return logPsi
    }

    @Test func logPsiIsTheSumOverTheFactors() throws {
        let factors: [any Ansatz] = [Self.rbm(), Self.rbm(.complex128), Self.mlp]
        let product = FactorProduct(factors.enumerated().map { .init("\($0)", $1) })
        #expect(product.dataType == .complex128)
        let state = NeuralQuantumState(product, seed: 4)
        #expect(state.isComplex && !state.layout.allComplex)
        var generator = SplitMix64(seed: 2)
        let samples = Configurations.random(siteCount: 6, count: 20, using: &generator)
        var sum = [Double](repeating: 0, count: 40)
        var offset = 0
        for (number, factor) in factors.enumerated() {
            let part = NeuralQuantumState(factor)
            for (index, leaf) in part.layout.leaves.enumerated() {
                let place = try #require(state.layout.index(of: "\(number)/\(leaf.name)"))
                #expect(state.layout.offsets[place] == offset + part.layout.offsets[index])
            }
            for index in 0..<part.parameters.count { part.parameters[index] = state.parameters[offset + index] }
            part.parametersChanged()
            offset += part.parameters.count
            for (index, value) in logPsi(part, samples).enumerated() { sum[index] += value }
        }
        #expect(offset == state.parameters.count)
        for (value, expected) in zip(logPsi(state, samples), sum) { #expect(abs(value - expected) < 1e-13) }
    }

    /// Products over hidden units for all together where every factor has the form, otherwise where one has.
    @Test func ratiosAreProductsWhereAllFactorsHaveThem() throws {
        let jastrow = Jastrow(siteCount: 6)
        #expect(ProductForm(Tape(FactorProduct([.init("a", jastrow), .init("b", Self.rbm(.complex128))]))) != nil)
        #expect(ProductForm(Tape(FactorProduct([.init("a", jastrow), .init("b", Self.mlp)]))) == nil)
    }

    /// The sign of a real factor stays apart: derivatives are real.
    @Test func productsOfRealFactorsAreReal() throws {
        let chain = try Lattice(.chain, extent: [6])
        let group = SpaceGroup(chain).group(.translation)
        let signed = Symmetrised(
            Self.mlp, group: group, characters: group.permutations.indices.map { $0 % 2 == 0 ? 1 : -1 })
        let state = NeuralQuantumState(
            FactorProduct([.init("a", signed), .init("b", Self.mlp), .init("c", signed)]), seed: 2)
        #expect(state.hasPhases && !state.isComplex)
        #expect(FactorProduct([.init("a", signed), .init("b", Self.rbm(.complex128))]).hasPhases)
        #expect(!FactorProduct([.init("a", Self.mlp), .init("b", Self.rbm())]).hasPhases)
    }

    /// A product of products is the product of their factors.
    @Test func productsNest() throws {
        let inner = FactorProduct([.init("b", Self.mlp), .init("c", Self.rbm())])
        let nested = NeuralQuantumState(FactorProduct([.init("a", Self.rbm()), .init("d", inner)]), seed: 3)
        let flat = NeuralQuantumState(
            FactorProduct([.init("a", Self.rbm()), .init("b", Self.mlp), .init("c", Self.rbm())]), seed: 3)
        #expect(nested.parameters.values == flat.parameters.values)
        #expect(nested.layout.leaves.last?.name == "d/c/visible_bias")
        let samplers = try [nested, flat].map { try sampler($0, chains: 5, samples: 100) }
        #expect(samplers[0].sample().configurations == samplers[1].sample().configurations)
    }

    private func sampler(_ state: NeuralQuantumState, chains: Int, samples: Int) throws -> MetropolisSampler {
        try MetropolisSampler(
            rule: .local(flips: 1),
            parameters: SamplerParameters(chains: chains, samples: samples, sweep: 30, discard: 5, seed: 8),
            evaluator: state.amplitudes(blockRows: 16).makeProposalEvaluator(),
            shard: Shard(offset: 0, count: chains))
    }

    @Test(arguments: [
        [rbm(), mlp] as [any Ansatz], [jastrow, rbm(.complex128)], [mlp, rbm(.complex128), jastrow],
    ])
    func samplesHaveTheExactDistribution(_ factors: [any Ansatz]) throws {
        let state = NeuralQuantumState(
            FactorProduct(factors.enumerated().map { .init("\($0)", $1) }), seed: 5)
        let basis = Configurations(
            siteCount: 6, spins: (0..<64).flatMap { state in (0..<6).map { state >> $0 & 1 == 1 ? 1 : -1 } })
        let weights = logPsi(state, basis).enumerated().filter { $0.offset % 2 == 0 }
            .map { Double.exp(2 * $0.element) }
        let total = weights.reduce(0, +)
        let samples = try sampler(state, chains: 100, samples: 10_000).sample().configurations
        var counts = [Int](repeating: 0, count: 64)
        for row in 0..<samples.count {
            counts[samples[row: row].enumerated().reduce(0) { $0 + ($1.element > 0 ? 1 << $1.offset : 0) }] += 1
        }
        let (statistic, freedom) = ChiSquared.statistic(
            observed: counts, expected: weights.map { $0 / total * Double(samples.count) })
        #expect(ChiSquared.pValue(statistic: statistic, degreesOfFreedom: freedom) > 1e-4)
    }

    /// A node of one factor is a node; numbers beyond the range of one factor that others make up for are kept.
    @Test func nodesAndOverflowsOfFactors() throws {
        func product(_ weight: Double) throws -> NeuralQuantumState {
            let state = NeuralQuantumState(
                FactorProduct([
                    .init("a", Self.rbm(.complex128, visibleBias: false)), .init("b", Self.mlp),
                    .init(
                        "c",
                        MultilayerPerceptron(
                            siteCount: 6, hiddenDimensions: [1], options: LayerOptions(activation: .identity))),
                    .init(
                        "d",
                        MultilayerPerceptron(
                            siteCount: 6, hiddenDimensions: [1], options: LayerOptions(activation: .identity))),
                ]), seed: 1)
            // cosh(iπ/4 Σs) vanishes where Σs = ±2.
            let kernel = state.layout.offsets[try #require(state.layout.index(of: "a/Dense/kernel"))]
            for index in 0..<72 { state.parameters[kernel + index] = 0 }
            for site in 0..<6 { state.parameters[kernel + 12 * site + 1] = .pi / 4 }
            let bias = state.layout.offsets[try #require(state.layout.index(of: "a/Dense/bias"))]
            for index in 0..<12 { state.parameters[bias + index] = 0 }
            for (name, sign) in [("c", 1.0), ("d", -1)] {
                let dense = state.layout.offsets[try #require(state.layout.index(of: "\(name)/MLP_0/Dense_0/kernel"))]
                for site in 0..<6 { state.parameters[dense + site] = 1 }
                let output = state.layout.offsets[
                    try #require(state.layout.index(of: "\(name)/MLP_0/Dense_1/kernel"))]
                state.parameters[output] = sign * weight
            }
            state.parametersChanged()
            return state
        }
        let hamiltonian = try SmallProblem.dzyaloshinskiiMoriya(sites: 6).hamiltonian
        // Σs = 0, −4, 4: flips of one spin lead to nodes, of two past them.
        let samples = Configurations(
            siteCount: 6, spins: [1, 1, 1, -1, -1, -1, -1, -1, 1, -1, -1, -1, 1, 1, 1, -1, 1, 1])
        var energies: [[Double]] = []
        for weight in [0.0, 1, 1000] {
            let state = try product(weight)
            let amplitudes = state.amplitudes(blockRows: 8)
            energies.append(
                LocalEnergies(of: hamiltonian, in: amplitudes).evaluate(samples, logPsi: logPsi(state, samples)))
            #expect(energies.last?.allSatisfy(\.isFinite) == true)
        }
        for other in energies.dropFirst() {
            for (value, expected) in zip(other, energies[0]) { #expect(abs(value - expected) < 1e-9) }
        }
    }

    @Test func ratiosOfProposalsAtNodes() {
        let infinity = Double.infinity
        for (a, b, product) in [
            (1, 2, 3), (infinity, -infinity, infinity), (-infinity, infinity, infinity), (-infinity, 5, -infinity),
            (infinity, 1, infinity),
        ] {
            #expect(FactorwiseProposals.product(a, b) == product)
        }
        for other in [1, infinity, -infinity, .nan] {
            #expect(FactorwiseProposals.product(.nan, other).isNaN)
            #expect(FactorwiseProposals.product(other, .nan).isNaN)
        }
    }
}
