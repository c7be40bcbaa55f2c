import LinearAlgebra

/// The dense layers of a multilayer perceptron on what the tape reads, as leaves `MLP_0/Dense_l/…`: hidden ones with an
/// activation, the last one without.
struct PerceptronLayers: Sendable {
    /// Of the input, of each hidden layer, of the output.
    let widths: [Int]
    let useHiddenBias: Bool
    let useOutputBias: Bool
    let activation: Activation
    let dataType: DataType
    let kernelInitialiser: Initialiser
    let biasInitialiser: Initialiser
    /// Of the output layer's kernel; nil for that of the others.
    var outputInitialiser: Initialiser?

    private var layers: [(name: String, inputs: Int, outputs: Int, hasBias: Bool, isOutput: Bool)] {
        (0..<widths.count - 1).map { layer in
            let isOutput = layer == widths.count - 2
            return (
                "MLP_0/Dense_\(layer)", widths[layer], widths[layer + 1], isOutput ? useOutputBias : useHiddenBias,
                isOutput
            )
        }
    }

    var leaves: [LeafDeclaration] {
        layers.flatMap { layer -> [LeafDeclaration] in
            let complex = dataType.isComplex
            let kernel = LeafDeclaration(
                "\(layer.name)/kernel", [layer.inputs, layer.outputs], isComplex: complex,
                layer.isOutput ? outputInitialiser ?? kernelInitialiser : kernelInitialiser)
            let bias = LeafDeclaration("\(layer.name)/bias", [layer.outputs], isComplex: complex, biasInitialiser)
            return layer.hasBias ? [bias, kernel] : [kernel]
        }
    }

    /// 1 × the width of the output.
    func output(_ tape: Recorder) -> Node {
        layers.reduce(tape.spins) { x, layer in
            let bias = layer.hasBias ? tape.parameter("\(layer.name)/bias", rows: 1) : nil
            let y = tape.dense(x, kernel: tape.parameter("\(layer.name)/kernel"), bias: bias)
            return layer.isOutput ? y : tape.activation(activation, y)
        }
    }
}
