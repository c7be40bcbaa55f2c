import DistQGT

extension Configurations {
    /// `count` independent uniform configurations.
    public static func random(
        siteCount: Int, count: Int, using generator: inout some RandomNumberGenerator
    ) -> Configurations {
        Configurations(
            siteCount: siteCount,
            spins: (0..<siteCount * count).map { _ in Bool.random(using: &generator) ? 1 : -1 })
    }

    /// Rows `range`, as a batch of their own.
    public func rows(_ range: Range<Int>) -> Configurations {
        Configurations(siteCount: siteCount, spins: Array(spins[range.lowerBound * siteCount ..< range.upperBound * siteCount]))
    }
}

/// A network by name, for tests that run over all of them.
public struct NamedAnsatz: Sendable, CustomStringConvertible {
    public let description: String
    public let ansatz: any Ansatz

    public init(_ description: String, _ ansatz: any Ansatz) {
        self.description = description
        self.ansatz = ansatz
    }
}

/// Every network of the package in every data type and form that it admits, on `siteCount` sites, with
/// parameters large enough that the activations are used where they bend.
public func everyAnsatz(siteCount n: Int) -> [NamedAnsatz] {
    let wide = Initialiser(.normal, scale: 0.3)
    var all: [NamedAnsatz] = []
    func add(_ name: String, _ type: DataType, _ ansatz: any Ansatz) {
        all.append(NamedAnsatz("\(name) \(type.rawValue)", ansatz))
    }
    for type in DataType.allCases {
        add("rbm", type, RestrictedBoltzmannMachine(
            siteCount: n, alpha: 2, dataType: type, kernelInitialiser: wide, biasInitialiser: wide))
        add("rbm without biases", type, RestrictedBoltzmannMachine(
            siteCount: n, alpha: 1, useHiddenBias: false, useVisibleBias: false, dataType: type, kernelInitialiser: wide))
        add("rbm gelu", type, RestrictedBoltzmannMachine(
            siteCount: n, alpha: 1, activation: .gelu, dataType: type, kernelInitialiser: wide, biasInitialiser: wide))
        add("jastrow", type, Jastrow(siteCount: n, dataType: type, kernelInitialiser: wide))
        for activation in Activation.allCases where !type.isComplex || activation.acceptsComplex {
            add("ffnn \(activation.rawValue)", type, FeedForward(
                siteCount: n, widths: [n + 1, 5], activation: activation, dataType: type,
                kernelInitialiser: wide, biasInitialiser: wide))
        }
        add("ffnn sum without bias", type, FeedForward(
            siteCount: n, widths: [4, 3, 5], activation: .tanh, output: .sum, useBias: false, dataType: type,
            kernelInitialiser: wide))
        add("mlp", type, MultilayerPerceptron(
            siteCount: n, hiddenDimensions: [7, 5], activation: .gelu, useOutputBias: true, dataType: type,
            kernelInitialiser: wide, biasInitialiser: wide))
        add("mlp without hidden layers", type, MultilayerPerceptron(
            siteCount: n, hiddenDimensions: [], dataType: type, kernelInitialiser: wide))
        if type.isComplex {
            add("mixed_jastrow_rbm", type, MixedJastrowRBM(
                siteCount: n, hiddenUnits: 4, dataType: type, kernelInitialiser: wide, biasInitialiser: wide))
        } else {
            add("rbm_modphase", type, ModulusPhaseRBM(
                siteCount: n, alpha: 1, dataType: type, kernelInitialiser: wide, biasInitialiser: wide))
        }
    }
    return all
}

extension NeuralQuantumState {
    /// A state with parameters drawn from its leaves' distributions.
    public convenience init(_ ansatz: any Ansatz, seed: UInt64, chunkRows: Int? = nil) {
        self.init(ansatz, chunkRows: chunkRows)
        var generator = SplitMix64(seed: seed)
        initialiseParameters(using: &generator)
    }
}
