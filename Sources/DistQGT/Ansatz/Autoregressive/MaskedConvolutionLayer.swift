/// Earlier sites nearby, with the same weights everywhere: y_i = b + Σ_t x_{i + offset t} W_t, where what lies outside of
/// the lattice, which is open, counts as zero. NetKet's MaskedConv1D and MaskedConv2D.
public struct MaskedConvolutionLayer: CausalLayer {
    public let inputFeatures: Int
    public let outputFeatures: Int
    public let kernelShape: [Int]
    /// Of the whole kernel; those behind `taps` have no effect.
    private let tapCount: Int
    /// The site that each used tap reads for each site; −1 where there is none.
    private let taps: [[Int]]

    /// Along the order of the sites: a kernel [length, inputs, outputs] whose last tap is the site itself, or, if
    /// exclusive, [length − 1, inputs, outputs] whose last tap is the site before (`dilation` sites before).
    ///
    /// - Precondition: positive sizes; a length of at least 2 if exclusive.
    public init(
        siteCount: Int, length: Int, dilation: Int, inputFeatures: Int, outputFeatures: Int, isExclusive: Bool
    ) {
        let count = isExclusive ? length - 1 : length
        precondition(siteCount > 0 && count > 0 && dilation > 0 && inputFeatures > 0 && outputFeatures > 0)
        self.inputFeatures = inputFeatures
        self.outputFeatures = outputFeatures
        kernelShape = [count, inputFeatures, outputFeatures]
        tapCount = count
        taps = (0..<siteCount).map { site in
            (0..<count).map { tap in max(-1, site - (length - 1 - tap) * dilation) }
        }
    }

    /// On a rectangle whose sites are numbered row by row: a kernel [height, width, inputs, outputs] whose last row is
    /// the site's own, with the site at width / 2. Of that row the taps before the site count, and the site itself
    /// unless the layer is exclusive.
    ///
    /// - Parameter extent: rows and columns of the lattice.
    /// - Precondition: positive sizes; a kernel with a tap before the site.
    public init(
        extent: (Int, Int), height: Int, width: Int, dilation: (Int, Int), inputFeatures: Int, outputFeatures: Int,
        isExclusive: Bool
    ) {
        let used = (height - 1) * width + width / 2 + (isExclusive ? 0 : 1)
        precondition(extent.0 > 0 && extent.1 > 0 && height > 0 && width > 0 && used > 0)
        precondition(dilation.0 > 0 && dilation.1 > 0 && inputFeatures > 0 && outputFeatures > 0)
        self.inputFeatures = inputFeatures
        self.outputFeatures = outputFeatures
        kernelShape = [height, width, inputFeatures, outputFeatures]
        tapCount = height * width
        taps = (0..<extent.0 * extent.1).map { site in
            (0..<used).map { tap in
                let row = site / extent.1 - (height - 1 - tap / width) * dilation.0
                let column = site % extent.1 + (tap % width - width / 2) * dilation.1
                return row >= 0 && 0..<extent.1 ~= column ? row * extent.1 + column : -1
            }
        }
    }

    public var biasShape: [Int] { [outputFeatures] }
    public var usedShare: Double { Double(usedTaps) / Double(tapCount) }

    private var usedTaps: Int { taps.first?.count ?? 0 }

    public func record(_ tape: Recorder, _ x: Node, kernel: String, bias: String?) -> Node {
        let patches = taps.flatMap { sites in
            sites.flatMap { site in
                (0..<inputFeatures).map { site < 0 ? nil : site * inputFeatures + $0 } as [Int?]
            }
        }
        var weights = tape.parameter(kernel, rows: tapCount * inputFeatures)
        if usedTaps < tapCount {
            let rows = usedTaps * inputFeatures
            weights = tape.gather(weights, index: Array(0..<rows * outputFeatures), rows: rows)
        }
        return tape.dense(
            tape.gather(x, padded: patches, rows: taps.count), kernel: weights,
            bias: bias.map { tape.parameter($0, rows: 1) })
    }

    public func product(site: Int) -> CausalProduct {
        CausalProduct(sites: taps[site], kernelOffset: 0, kernelStride: outputFeatures, biasOffset: 0)
    }
}
