/// An autoregressive wave function (Sharir, Levine, Wies, Carleo, Shashua, Phys. Rev. Lett. 124, 020503, 2020):
/// |ψ(s)|² = Π_i p_i(s_i | s_0 … s_{i−1}), where every factor is normalised, so that Σ_s |ψ(s)|² = 1 and configurations
/// can be drawn site after site.
///
/// Causal layers x_{l+1} = f(b_l + W_l x_l), the first one exclusive, the last one without activation, take the spins
/// to two numbers for each site, a_i and b_i, that depend on the spins before it. With σ the logistic function
///
///     log ψ(s) = ½ Σ_i ln p_i(s_i) + i Σ_i Im(a_i if s_i = 1, b_i if s_i = −1),
///     p_i(1) = e^{2 Re a_i}/(e^{2 Re a_i} + e^{2 Re b_i}) = σ(2 Re(a_i − b_i)),   p_i(−1) = 1 − p_i(1),
///
/// which is NetKet's ARNNDense, ARNNConv1D or ARNNConv2D with machine_pow = 2. In a sector of fixed magnetisation
/// p_i(s_i) = 1 for every site whose direction the spins before it decide; |ψ|² is then normalised in the sector,
/// and log ψ means nothing outside of it.
public struct AutoregressiveNetwork: LayeredAnsatz {
    public let siteCount: Int
    public let layers: [any CausalLayer]
    public let useBias: Bool
    /// Σ_i s_i of the sector; nil for the whole space.
    public let magnetisation: Int?
    public let options: LayerOptions
    public static let defaults = LayerDefaults.scaled(.reimSELU)

    /// - Parameter layers: the first one exclusive with one input, the last one with two outputs.
    /// - Precondition: layers that fit together, an activation defined for the data type, a magnetisation that exists.
    public init(
        siteCount: Int, layers: [any CausalLayer], useBias: Bool = true,
        magnetisation: Int? = nil, options: LayerOptions = LayerOptions()
    ) {
        precondition(layers.first?.inputFeatures == 1 && layers.last?.outputFeatures == 2)
        precondition(zip(layers, layers.dropFirst()).allSatisfy { $0.outputFeatures == $1.inputFeatures })
        precondition(magnetisation.map { abs($0) <= siteCount && (siteCount - $0) % 2 == 0 } ?? true)
        self.siteCount = siteCount
        self.layers = layers
        self.useBias = useBias
        self.magnetisation = magnetisation
        self.options = options
        precondition(activationIsDefined)
    }

    static func kernelName(_ layer: Int) -> String { "_layers_\(layer)/kernel" }
    static func biasName(_ layer: Int) -> String { "_layers_\(layer)/bias" }

    public var leaves: [LeafDeclaration] {
        layers.enumerated().flatMap { number, layer -> [LeafDeclaration] in
            let complex = dataType.isComplex
            let kernel = LeafDeclaration(
                Self.kernelName(number), layer.kernelShape, isComplex: complex,
                kernelInitialiser.masked(leaving: layer.usedShare))
            let bias = LeafDeclaration(Self.biasName(number), layer.biasShape, isComplex: complex, biasInitialiser)
            return useBias ? [bias, kernel] : [kernel]
        }
    }

    public func logPsi(_ tape: Recorder) -> Node {
        var x = tape.spins
        for (number, layer) in layers.enumerated() {
            if number > 0 { x = tape.activation(activation, x) }
            x = layer.record(tape, x, kernel: Self.kernelName(number), bias: useBias ? Self.biasName(number) : nil)
        }
        let up = tape.gather(x, index: (0..<siteCount).map { 2 * $0 }, rows: 1)
        let down = tape.gather(x, index: (0..<siteCount).map { 2 * $0 + 1 }, rows: 1)
        let difference = tape.combination([(1, up), (-1, down)])
        let real = dataType.isComplex ? tape.realPart(difference) : difference
        var logProbabilities = tape.activation(
            .logSigmoid, tape.combination([(2, tape.product(real, fixed: tape.spins))]))
        if let magnetisation {
            logProbabilities = tape.product(
                logProbabilities, fixed: tape.freeSites(upSpins: (siteCount + magnetisation) / 2))
        }
        let modulus = tape.sumFeatures(logProbabilities, factor: 0.5)
        guard dataType.isComplex else { return modulus }
        // The phase of the chosen direction is ½ Im(a + b) + ½ s Im(a − b).
        let phases = tape.sum(
            tape.imaginaryPart(tape.sum(up, down)), tape.product(tape.imaginaryPart(difference), fixed: tape.spins))
        return tape.combination([(1, modulus), (.i, tape.sumFeatures(phases, factor: 0.5))])
    }
}

extension AutoregressiveNetwork {
    /// Widths of the layers between one input and two outputs for each site.
    private static func sizes(_ features: [Int]) -> [(number: Int, inputs: Int, outputs: Int)] {
        zip([1] + features, features + [2]).enumerated().map { ($0, $1.0, $1.1) }
    }

    /// Masked dense layers with so many features for each site.
    public static func denseLayers(siteCount: Int, features: [Int]) -> [any CausalLayer] {
        sizes(features).map {
            MaskedDenseLayer(
                siteCount: siteCount, inputFeatures: $0.inputs, outputFeatures: $0.outputs, isExclusive: $0.number == 0)
        }
    }

    /// Masked convolutions along the order of the sites.
    public static func convolutionLayers(
        siteCount: Int, features: [Int], length: Int, dilation: Int = 1
    ) -> [any CausalLayer] {
        sizes(features).map {
            MaskedConvolutionLayer(
                siteCount: siteCount, length: length, dilation: dilation, inputFeatures: $0.inputs,
                outputFeatures: $0.outputs, isExclusive: $0.number == 0)
        }
    }

    /// Masked convolutions on a rectangle whose sites are numbered row by row.
    public static func convolutionLayers(
        extent: (Int, Int), features: [Int], height: Int, width: Int, dilation: (Int, Int) = (1, 1)
    ) -> [any CausalLayer] {
        sizes(features).map {
            MaskedConvolutionLayer(
                extent: extent, height: height, width: width, dilation: dilation, inputFeatures: $0.inputs,
                outputFeatures: $0.outputs, isExclusive: $0.number == 0)
        }
    }
}
