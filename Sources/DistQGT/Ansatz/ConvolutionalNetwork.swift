import LatticeSymmetry

/// A convolutional network on a regular lattice: x_0[c] = the spins of cell c, x_{l+1} = f(convolution_l(x_l)), the
/// last layer included, and an output head on the last layer's features. Of spinful fermions x_0[c] are the occupations up
/// of the cell's sites, then those down.
///
/// Convolutions wrap around along periodic directions and see zeros beyond open ones. Where all directions are
/// periodic, log ψ does not change under translations.
public struct ConvolutionalNetwork: LayeredAnsatz {
    public let siteCount: Int
    /// Numbers that each site is read by (`HilbertSpace.numbersPerSite`).
    public let numbersPerSite: Int
    public let window: CellWindow
    public let channels: [Int]
    public let output: OutputHead
    public let useBias: Bool
    public let options: LayerOptions
    public static let defaults = LayerDefaults.scaled(.logCosh)

    /// - Precondition: at least one layer, positive widths, an activation defined for the data type.
    public init(
        window: CellWindow, channels: [Int], numbersPerSite: Int = 1,
        output: OutputHead = .sumOverSquareRootWidth, useBias: Bool = true, options: LayerOptions = LayerOptions()
    ) {
        precondition(!channels.isEmpty && channels.allSatisfy { $0 > 0 })
        siteCount = numbersPerSite * window.cellCount * window.sitesPerCell
        self.numbersPerSite = numbersPerSite
        self.window = window
        self.channels = channels
        self.output = output
        self.useBias = useBias
        self.options = options
        precondition(activationIsDefined)
    }

    private var layers: [CellConvolution] {
        channels.indices.map { layer in
            CellConvolution(
                name: "Conv_\(layer)", window: window,
                inputs: layer == 0 ? numbersPerSite * window.sitesPerCell : channels[layer - 1],
                outputs: channels[layer], useBias: useBias)
        }
    }

    public var leaves: [LeafDeclaration] {
        let isComplex = dataType.isComplex
        return layers.flatMap { $0.leaves(isComplex: isComplex, kernel: kernelInitialiser, bias: biasInitialiser) }
            + output.leaves(
                width: channels[channels.count - 1], isComplex: isComplex, kernel: kernelInitialiser,
                bias: biasInitialiser)
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let x = layers.enumerated().reduce(tape.spins) { x, layer in
            let planes = layer.offset == 0 ? numbersPerSite : 1
            return tape.activation(activation, layer.element.record(tape, x, planes: planes))
        }
        return output.record(tape, x, isComplex: dataType.isComplex)
    }
}
