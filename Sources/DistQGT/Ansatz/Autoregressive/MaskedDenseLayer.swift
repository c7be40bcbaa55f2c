/// All earlier sites, each with weights of its own: y_i = b_i + Σ_{j ≤ i} x_j W_{ji} (j < i if exclusive).
///
/// Kernel [N · inputs, N · outputs], bias [N, outputs]. The blocks of the kernel with j > i (j ≥ i) have no effect
/// (Germain, Gregor, Murray, Larochelle, MADE, ICML 2015). NetKet's MaskedDense1D.
public struct MaskedDenseLayer: CausalLayer {
    public let siteCount: Int
    public let inputFeatures: Int
    public let outputFeatures: Int
    public let isExclusive: Bool

    /// - Precondition: positive sizes.
    public init(siteCount: Int, inputFeatures: Int, outputFeatures: Int, isExclusive: Bool) {
        precondition(siteCount > 0 && inputFeatures > 0 && outputFeatures > 0)
        self.siteCount = siteCount
        self.inputFeatures = inputFeatures
        self.outputFeatures = outputFeatures
        self.isExclusive = isExclusive
    }

    public var kernelShape: [Int] { [siteCount * inputFeatures, siteCount * outputFeatures] }
    public var biasShape: [Int] { [siteCount, outputFeatures] }
    /// At least one block, so that a layer of one exclusive site has a finite scale.
    public var usedShare: Double {
        Double(max(1, isExclusive ? siteCount - 1 : siteCount + 1)) / Double(2 * siteCount)
    }

    public func record(_ tape: Recorder, _ x: Node, kernel: String, bias: String?) -> Node {
        let (rows, columns) = (kernelShape[0], kernelShape[1])
        var mask = [Int?](repeating: nil, count: rows * columns)
        for site in 0..<siteCount {
            for row in 0..<(isExclusive ? site : site + 1) * inputFeatures {
                for column in site * outputFeatures..<(site + 1) * outputFeatures {
                    mask[row * columns + column] = row * columns + column
                }
            }
        }
        return tape.dense(
            x, kernel: tape.gather(tape.parameter(kernel), padded: mask, rows: rows),
            bias: bias.map { tape.parameter($0, rows: 1) })
    }

    public func product(site: Int) -> CausalProduct {
        CausalProduct(
            sites: Array(0..<(isExclusive ? site : site + 1)), kernelOffset: site * outputFeatures,
            kernelStride: siteCount * outputFeatures, biasOffset: site * outputFeatures)
    }
}
