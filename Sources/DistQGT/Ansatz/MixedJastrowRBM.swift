import LinearAlgebra

/// Real and complex leaves in one tree: a real visible bias and Jastrow factor with a complex
/// restricted Boltzmann machine,
/// log ψ = Σ_i a_i s_i + Σ_{i>j} jastrow_k s_i s_j + Σ_j ln cosh(hidden_bias_j + Σ_i s_i kernel_ij).
public struct MixedJastrowRBM: LayeredAnsatz {
    public let siteCount: Int
    public let hiddenUnits: Int
    /// The data type says the precision; the real leaves are real whatever it says.
    public let options: LayerOptions
    public static let defaults = LayerDefaults.small

    /// - Precondition: at least two sites and one hidden unit.
    public init(
        siteCount: Int, hiddenUnits: Int, options: LayerOptions = LayerOptions(.complex128)
    ) {
        precondition(siteCount > 1 && hiddenUnits > 0)
        self.siteCount = siteCount
        self.hiddenUnits = hiddenUnits
        var options = options
        options.dataType = options.dataType.complex
        self.options = options
    }

    private var pairCount: Int { siteCount * (siteCount - 1) / 2 }

    public var leaves: [LeafDeclaration] {
        [
            .init("hidden_bias", [hiddenUnits], isComplex: true, biasInitialiser),
            .init("jastrow", [pairCount], isComplex: false, kernelInitialiser),
            .init("kernel", [siteCount, hiddenUnits], isComplex: true, kernelInitialiser),
            .init("visible_bias", [siteCount], isComplex: false, biasInitialiser),
        ]
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let theta = tape.dense(
            tape.spins, kernel: tape.parameter("kernel"), bias: tape.parameter("hidden_bias", rows: 1))
        let hidden = tape.sumFeatures(tape.activation(.logCosh, theta))
        let pairs = tape.dense(tape.pairProducts(), kernel: tape.parameter("jastrow", rows: pairCount))
        let visible = tape.dense(tape.spins, kernel: tape.parameter("visible_bias", rows: siteCount))
        return tape.sum(hidden, pairs, visible)
    }
}
