/// A multilayer perceptron: hidden layers x_{l+1} = f(x_l W_l + b_l), then a linear output layer of one
/// unit without activation, which is log ψ.
public struct MultilayerPerceptron: Ansatz {
    public let siteCount: Int
    public let hiddenDimensions: [Int]
    public let activation: Activation
    public let useHiddenBias: Bool
    public let useOutputBias: Bool
    public let dataType: DataType
    public let kernelInitialiser: Initialiser
    public let biasInitialiser: Initialiser

    /// - Precondition: positive widths, an activation defined for the data type.
    public init(
        siteCount: Int, hiddenDimensions: [Int], activation: Activation = .gelu, useHiddenBias: Bool = true,
        useOutputBias: Bool = false, dataType: DataType = .float64,
        kernelInitialiser: Initialiser = Initialiser(.lecunNormal),
        biasInitialiser: Initialiser = Initialiser(.zeros)
    ) {
        precondition(hiddenDimensions.allSatisfy { $0 > 0 })
        precondition(!dataType.isComplex || activation.acceptsComplex)
        self.siteCount = siteCount
        self.hiddenDimensions = hiddenDimensions
        self.activation = activation
        self.useHiddenBias = useHiddenBias
        self.useOutputBias = useOutputBias
        self.dataType = dataType
        self.kernelInitialiser = kernelInitialiser
        self.biasInitialiser = biasInitialiser
    }

    /// Inputs, outputs and bias of each dense layer, the output layer last.
    private var layers: [(name: String, inputs: Int, outputs: Int, hasBias: Bool)] {
        let sizes = [siteCount] + hiddenDimensions + [1]
        return (0..<sizes.count - 1).map { layer in
            let isOutput = layer == hiddenDimensions.count
            return ("MLP_0/Dense_\(layer)", sizes[layer], sizes[layer + 1], isOutput ? useOutputBias : useHiddenBias)
        }
    }

    public var leaves: [LeafDeclaration] {
        layers.flatMap { layer -> [LeafDeclaration] in
            let complex = dataType.isComplex
            let kernel = LeafDeclaration(
                "\(layer.name)/kernel", [layer.inputs, layer.outputs], isComplex: complex, kernelInitialiser)
            let bias = LeafDeclaration("\(layer.name)/bias", [layer.outputs], isComplex: complex, biasInitialiser)
            return layer.hasBias ? [bias, kernel] : [kernel]
        }
    }

    public func logPsi(_ tape: Recorder) -> Node {
        var x = tape.spins
        for (index, layer) in layers.enumerated() {
            let bias = layer.hasBias ? tape.parameter("\(layer.name)/bias", rows: 1) : nil
            x = tape.dense(x, kernel: tape.parameter("\(layer.name)/kernel"), bias: bias)
            if index < hiddenDimensions.count { x = tape.activation(activation, x) }
        }
        return x
    }
}
