/// A multilayer perceptron: hidden layers x_{l+1} = f(x_l W_l + b_l), then a linear output layer of one
/// unit without activation, which is log ψ.
public struct MultilayerPerceptron: LayeredAnsatz {
    public let siteCount: Int
    public let hiddenDimensions: [Int]
    public let useHiddenBias: Bool
    public let useOutputBias: Bool
    public let options: LayerOptions
    public static let defaults = LayerDefaults.scaled(.gelu)

    /// - Precondition: positive widths, an activation defined for the data type.
    public init(
        siteCount: Int, hiddenDimensions: [Int], useHiddenBias: Bool = true,
        useOutputBias: Bool = false, options: LayerOptions = LayerOptions()
    ) {
        precondition(hiddenDimensions.allSatisfy { $0 > 0 })
        self.siteCount = siteCount
        self.hiddenDimensions = hiddenDimensions
        self.useHiddenBias = useHiddenBias
        self.useOutputBias = useOutputBias
        self.options = options
        precondition(activationIsDefined)
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
