/// How a network turns its features at every position of the lattice, x[p, c], into log ψ.
public enum OutputHead: String, Sendable, CaseIterable {
    /// Σ_p Σ_c x[p, c].
    case sum
    /// The same over the square root of the number of features of a position.
    case sumOverSquareRootWidth = "sum_over_sqrt_width"
    /// Σ_a ln cosh(b_a + Σ_c z_c W_ca) of the pooled features z, with as many outputs as features (Viteritti, Rende,
    /// Becca, PRL 130, 236401, 2023).
    case logCosh = "log_cosh"
    /// The same with complex W and b also where the other parameters are real: each is two real leaves.
    case complexLogCosh = "complex_log_cosh"

    /// The dense layers on z: one, or one each for the real and the imaginary part.
    private func layers(isComplex: Bool) -> [String] {
        switch self {
        case .sum, .sumOverSquareRootWidth: []
        case .logCosh: ["Output"]
        case .complexLogCosh: isComplex ? ["Output"] : ["OutputRe", "OutputIm"]
        }
    }

    func leaves(width: Int, isComplex: Bool, kernel: Initialiser, bias: Initialiser) -> [LeafDeclaration] {
        layers(isComplex: isComplex).flatMap {
            [
                LeafDeclaration("\($0)/bias", [width], isComplex: isComplex, bias),
                LeafDeclaration("\($0)/kernel", [width, width], isComplex: isComplex, kernel),
            ]
        }
    }

    /// - Parameters:
    ///   - x: positions × width features.
    ///   - normalise: z is Σ_p x[p], layer-normalised; otherwise it is Σ_p x[p]/√positions.
    func record(_ tape: Recorder, _ x: Node, isComplex: Bool, normalise: Bool = false) -> Node {
        guard self == .logCosh || self == .complexLogCosh else {
            let factor = self == .sum ? 1 : 1 / Double(x.features).squareRoot()
            return tape.sumFeatures(tape.sumRows(x), factor: factor)
        }
        let pooled = tape.sumRows(x, factor: normalise ? 1 : 1 / Double(x.rows).squareRoot())
        let z = normalise ? tape.layerNormalisation(pooled) : pooled
        let outputs = layers(isComplex: isComplex).map {
            tape.dense(z, kernel: tape.parameter("\($0)/kernel"), bias: tape.parameter("\($0)/bias", rows: 1))
        }
        let output = outputs.count == 1 ? outputs[0] : tape.combination([(1, outputs[0]), (.i, outputs[1])])
        return tape.sumFeatures(tape.activation(.logCosh, output))
    }
}
