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

    private var layers: PerceptronLayers {
        PerceptronLayers(
            widths: [siteCount] + hiddenDimensions + [1], useHiddenBias: useHiddenBias, useOutputBias: useOutputBias,
            activation: activation, dataType: dataType, kernelInitialiser: kernelInitialiser,
            biasInitialiser: biasInitialiser)
    }

    public var leaves: [LeafDeclaration] { layers.leaves }

    public func logPsi(_ tape: Recorder) -> Node { layers.output(tape) }
}
