/// The two-body Jastrow factor: log ψ = Σ_{i>j} kernel_k s_i s_j with k = i(i−1)/2 + j, each pair once.
public struct Jastrow: Ansatz {
    public let siteCount: Int
    public let dataType: DataType
    public let kernelInitialiser: Initialiser

    /// - Precondition: at least two sites.
    public init(
        siteCount: Int, dataType: DataType = .float64,
        kernelInitialiser: Initialiser = Initialiser(.normal, scale: 0.01)
    ) {
        precondition(siteCount > 1)
        self.siteCount = siteCount
        self.dataType = dataType
        self.kernelInitialiser = kernelInitialiser
    }

    private var pairCount: Int { siteCount * (siteCount - 1) / 2 }

    public var leaves: [LeafDeclaration] {
        [.init("kernel", [pairCount], isComplex: dataType.isComplex, kernelInitialiser)]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        tape.dense(tape.pairProducts(), kernel: tape.parameter("kernel", rows: pairCount))
    }
}
