/// Two real restricted Boltzmann machines without visible bias, one for the modulus and one for the
/// phase (Torlai et al., Nature Physics 14, 447, 2018):
/// log ψ = Σ_j ln cosh((s W₀ + b₀)_j) + i Σ_j ln cosh((s W₁ + b₁)_j), real parameters.
public struct ModulusPhaseRBM: LayeredAnsatz {
    public let siteCount: Int
    public let hiddenUnits: Int
    public let useHiddenBias: Bool
    public let options: LayerOptions
    public static let defaults = LayerDefaults.small

    /// - Precondition: α N is a positive integer, the data type is real.
    public init(
        siteCount: Int, alpha: Double, useHiddenBias: Bool = true, options: LayerOptions = LayerOptions()
    ) {
        self.siteCount = siteCount
        hiddenUnits = Int((alpha * Double(siteCount)).rounded())
        precondition(hiddenUnits > 0 && abs(alpha * Double(siteCount) - Double(hiddenUnits)) < 1e-9)
        self.useHiddenBias = useHiddenBias
        self.options = options
        precondition(!dataType.isComplex)
    }

    public var leaves: [LeafDeclaration] {
        ["Dense_0", "Dense_1"].flatMap { name -> [LeafDeclaration] in
            let kernel = LeafDeclaration(
                "\(name)/kernel", [siteCount, hiddenUnits], isComplex: false, kernelInitialiser)
            let bias = LeafDeclaration("\(name)/bias", [hiddenUnits], isComplex: false, biasInitialiser)
            return useHiddenBias ? [bias, kernel] : [kernel]
        }
    }

    public func logPsi(_ tape: Recorder) -> Node {
        func machine(_ name: String) -> Node {
            let bias = useHiddenBias ? tape.parameter("\(name)/bias", rows: 1) : nil
            let theta = tape.dense(tape.spins, kernel: tape.parameter("\(name)/kernel"), bias: bias)
            return tape.sumFeatures(tape.activation(.logCosh, theta))
        }
        return tape.combination([(1, machine("Dense_0")), (.i, machine("Dense_1"))])
    }
}
