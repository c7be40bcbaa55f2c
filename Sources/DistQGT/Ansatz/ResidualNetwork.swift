import LatticeSymmetry

/// A residual convolutional network on a regular lattice (He et al., CVPR 2016, with activations before convolutions;
/// for wave functions Chen, Heyl, Nature Physics 20, 1476, 2024): x_0 = convolution(spins), of spinful fermions that of the
/// occupations of both spins,
///
///     x_{b+1} = x_b + convolution(f(convolution(f(x_b/√(b + 1)))))
///
/// for every block b, and an output head on x_B/√(B + 1). The divisors keep the size of what goes on while blocks
/// add up, without normalisation. With `layerNorm` layer normalisations over the channels of each cell replace them.
///
/// Convolutions wrap around along periodic directions and see zeros beyond open ones. Where all directions are
/// periodic, log ψ does not change under translations.
public struct ResidualNetwork: LayeredAnsatz {
    public let siteCount: Int
    /// Numbers that each site is read by (`HilbertSpace.numbersPerSite`).
    public let numbersPerSite: Int
    public let window: CellWindow
    public let channels: Int
    public let blocks: Int
    public let layerNorm: Bool
    public let output: OutputHead
    public let options: LayerOptions
    public static let defaults = LayerDefaults.scaled(.gelu)

    /// - Precondition: positive numbers of channels and blocks, an activation defined for the data type, a real data
    ///   type with `layerNorm`.
    public init(
        window: CellWindow, channels: Int, blocks: Int, numbersPerSite: Int = 1, layerNorm: Bool = false,
        output: OutputHead = .complexLogCosh, options: LayerOptions = LayerOptions()
    ) {
        precondition(channels > 0 && blocks > 0)
        siteCount = numbersPerSite * window.cellCount * window.sitesPerCell
        self.numbersPerSite = numbersPerSite
        self.window = window
        self.channels = channels
        self.blocks = blocks
        self.layerNorm = layerNorm
        self.output = output
        self.options = options
        precondition(activationIsDefined && !(dataType.isComplex && layerNorm))
    }

    private func convolution(_ name: String, inputs: Int? = nil) -> CellConvolution {
        CellConvolution(name: name, window: window, inputs: inputs ?? channels, outputs: channels, useBias: true)
    }
    private var input: CellConvolution { convolution("Conv_0", inputs: numbersPerSite * window.sitesPerCell) }
    private func convolutions(ofBlock block: Int) -> [CellConvolution] {
        [convolution("Block_\(block)/Conv_0"), convolution("Block_\(block)/Conv_1")]
    }

    public var leaves: [LeafDeclaration] {
        let isComplex = dataType.isComplex
        return ([input] + (0..<blocks).flatMap(convolutions))
            .flatMap { $0.leaves(isComplex: isComplex, kernel: kernelInitialiser, bias: biasInitialiser) }
            + output.leaves(width: channels, isComplex: isComplex, kernel: kernelInitialiser, bias: biasInitialiser)
    }

    public func logPsi(_ tape: Recorder) -> Node {
        /// x of so many summands, brought to the size of one.
        func normalised(_ x: Node, summands: Int) -> Node {
            if layerNorm { return tape.layerNormalisation(x) }
            return summands == 1 ? x : tape.combination([(.init(1 / Double(summands).squareRoot()), x)])
        }
        var x = input.record(tape, tape.spins, planes: numbersPerSite)
        for block in 0..<blocks {
            let branch = convolutions(ofBlock: block).reduce(normalised(x, summands: block + 1)) { y, convolution in
                convolution.record(tape, tape.activation(activation, y))
            }
            x = tape.sum(x, branch)
        }
        return output.record(tape, normalised(x, summands: blocks + 1), isComplex: dataType.isComplex)
    }
}
