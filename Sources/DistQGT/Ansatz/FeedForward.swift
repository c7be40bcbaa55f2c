/// A feed-forward network: x_0 = s, x_{l+1} = f(x_l W_l + b_l) for every layer, the last included;
/// log ψ = Σ_j x_j, or Σ_j x_j / √width of the last layer.
public struct FeedForward: Ansatz {
    public enum Output: String, Sendable, CaseIterable {
        case sum
        case sumOverSquareRootWidth = "sum_over_sqrt_width"
    }

    public let siteCount: Int
    public let widths: [Int]
    public let activation: Activation
    public let output: Output
    public let useBias: Bool
    public let dataType: DataType
    public let kernelInitialiser: Initialiser
    public let biasInitialiser: Initialiser

    /// - Precondition: at least one layer, positive widths, an activation defined for the data type.
    public init(
        siteCount: Int, widths: [Int], activation: Activation = .logCosh,
        output: Output = .sumOverSquareRootWidth, useBias: Bool = true, dataType: DataType = .float64,
        kernelInitialiser: Initialiser = Initialiser(.lecunNormal),
        biasInitialiser: Initialiser = Initialiser(.zeros)
    ) {
        precondition(!widths.isEmpty && widths.allSatisfy { $0 > 0 })
        precondition(!dataType.isComplex || activation.acceptsComplex)
        self.siteCount = siteCount
        self.widths = widths
        self.activation = activation
        self.output = output
        self.useBias = useBias
        self.dataType = dataType
        self.kernelInitialiser = kernelInitialiser
        self.biasInitialiser = biasInitialiser
    }

    public var leaves: [LeafDeclaration] {
        zip([siteCount] + widths, widths).enumerated().flatMap { layer, sizes -> [LeafDeclaration] in
            let complex = dataType.isComplex
            let kernel = LeafDeclaration(
                "layers_\(layer)/kernel", [sizes.0, sizes.1], isComplex: complex, kernelInitialiser)
            let bias = LeafDeclaration("layers_\(layer)/bias", [sizes.1], isComplex: complex, biasInitialiser)
            return useBias ? [bias, kernel] : [kernel]
        }
    }

    public func logPsi(_ tape: Recorder) -> Node {
        var x = tape.spins
        for layer in widths.indices {
            let bias = useBias ? tape.parameter("layers_\(layer)/bias", rows: 1) : nil
            x = tape.activation(
                activation, tape.dense(x, kernel: tape.parameter("layers_\(layer)/kernel"), bias: bias))
        }
        return tape.sumFeatures(
            x, factor: output == .sum ? 1 : 1 / Double(widths[widths.count - 1]).squareRoot())
    }
}
