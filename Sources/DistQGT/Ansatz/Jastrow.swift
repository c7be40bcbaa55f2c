/// The two-body Jastrow factor: log ψ = Σ_{i>j} kernel_k s_i s_j with k = i(i−1)/2 + j, each pair once.
public struct Jastrow: LayeredAnsatz {
    public let siteCount: Int
    public let options: LayerOptions
    public static let defaults = LayerDefaults.small

    /// - Precondition: at least two sites.
    public init(
        siteCount: Int, options: LayerOptions = LayerOptions()
    ) {
        precondition(siteCount > 1)
        self.siteCount = siteCount
        self.options = options
    }

    private var pairCount: Int { siteCount * (siteCount - 1) / 2 }

    public var leaves: [LeafDeclaration] {
        [.init("kernel", [pairCount], isComplex: dataType.isComplex, kernelInitialiser)]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        tape.dense(tape.pairProducts(), kernel: tape.parameter("kernel", rows: pairCount))
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        factor.readsSpins
            ? AmplitudeMethods(shownBy: factor)
            : .fields(
                factor, isComplex: dataType.isComplex, of: .code,
                pairs: ("kernel", (0..<pairCount).map { ($0, false) }))
    }
}
