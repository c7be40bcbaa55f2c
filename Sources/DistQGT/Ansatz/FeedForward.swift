/// A feed-forward network: x_0 = s, x_{l+1} = f(x_l W_l + b_l) for every layer, the last included;
/// log ψ = Σ_j x_j, or Σ_j x_j / √width of the last layer.
public struct FeedForward: LayeredAnsatz {
    public enum Output: String, Sendable, CaseIterable {
        case sum
        case sumOverSquareRootWidth = "sum_over_sqrt_width"
    }

    public let siteCount: Int
    public let widths: [Int]
    public let output: Output
    public let useBias: Bool
    public let options: LayerOptions
    public static let defaults = LayerDefaults.scaled(.logCosh)

    /// - Precondition: at least one layer, positive widths, an activation defined for the data type.
    public init(
        siteCount: Int, widths: [Int],
        output: Output = .sumOverSquareRootWidth, useBias: Bool = true, options: LayerOptions = LayerOptions()
    ) {
        precondition(!widths.isEmpty && widths.allSatisfy { $0 > 0 })
        self.siteCount = siteCount
        self.widths = widths
        self.output = output
        self.useBias = useBias
        self.options = options
        precondition(activationIsDefined)
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
