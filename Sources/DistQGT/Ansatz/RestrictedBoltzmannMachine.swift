/// The restricted Boltzmann machine of Carleo and Troyer (Science 355, 602, 2017):
/// log ψ = Σ_j f(b_j + Σ_i s_i W_ij) + Σ_i a_i s_i with f = ln cosh and M = α N hidden units.
public struct RestrictedBoltzmannMachine: LayeredAnsatz {
    public let siteCount: Int
    public let hiddenUnits: Int
    public let useHiddenBias: Bool
    public let useVisibleBias: Bool
    public let options: LayerOptions
    public static let defaults = LayerDefaults.small

    /// - Precondition: α N is a positive integer.
    public init(
        siteCount: Int, alpha: Double, useHiddenBias: Bool = true, useVisibleBias: Bool = true,
        options: LayerOptions = LayerOptions()
    ) {
        self.siteCount = siteCount
        hiddenUnits = Int((alpha * Double(siteCount)).rounded())
        precondition(hiddenUnits > 0 && abs(alpha * Double(siteCount) - Double(hiddenUnits)) < 1e-9)
        self.useHiddenBias = useHiddenBias
        self.useVisibleBias = useVisibleBias
        self.options = options
    }

    public var leaves: [LeafDeclaration] {
        let complex = dataType.isComplex
        var leaves: [LeafDeclaration] = []
        if useHiddenBias { leaves.append(.init("Dense/bias", [hiddenUnits], isComplex: complex, biasInitialiser)) }
        leaves.append(.init("Dense/kernel", [siteCount, hiddenUnits], isComplex: complex, kernelInitialiser))
        if useVisibleBias { leaves.append(.init("visible_bias", [siteCount], isComplex: complex, biasInitialiser)) }
        return leaves
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let bias = useHiddenBias ? tape.parameter("Dense/bias", rows: 1) : nil
        let theta = tape.dense(tape.spins, kernel: tape.parameter("Dense/kernel"), bias: bias)
        let hidden = tape.sumFeatures(tape.activation(activation, theta))
        guard useVisibleBias else { return hidden }
        return tape.sum(hidden, tape.dense(tape.spins, kernel: tape.parameter("visible_bias", rows: siteCount)))
    }
}
