import LinearAlgebra

/// A determinant of orbitals that a perceptron on the configuration has a part in.
protocol PerceptronDeterminant: OrbitalDeterminant {
    var hiddenDimensions: [Int] { get }
    var useHiddenBias: Bool { get }
    var useOutputBias: Bool { get }
}

extension PerceptronDeterminant {
    /// - Parameters:
    ///   - outputs: the width of the last layer.
    ///   - outputInitialiser: of its kernel; nil for that of the others.
    func perceptron(outputs: Int, outputInitialiser: Initialiser? = nil) -> PerceptronLayers {
        PerceptronLayers(
            widths: [sector.featureCount] + hiddenDimensions + [outputs], useHiddenBias: useHiddenBias,
            useOutputBias: useOutputBias, activation: activation, dataType: dataType,
            kernelInitialiser: kernelInitialiser, biasInitialiser: biasInitialiser,
            outputInitialiser: outputInitialiser)
    }

    /// The numbers of a sample row by row.
    func reshaped(_ x: Node, rows: Int, on tape: Recorder) -> Node {
        tape.gather(x, index: Array(0..<x.elements), rows: rows)
    }
}
