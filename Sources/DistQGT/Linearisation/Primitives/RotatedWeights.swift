import LinearAlgebra

/// The modes of the kernels of all channels (feature, point operation) from those of the kernels that they are rotations
/// of (`ModeRotations`): slots × (C_in·C_out/P) of the parameter part become slots × (C_in·C_out).
package struct RotatedWeights: Primitive {
    package let waves: LatticeWaves
    package let rotations: ModeRotations
    /// Without the point operations.
    package let features: (in: Int, out: Int)
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        rotate(context.value(input), context.value(output), vectors: 1)
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        rotate(x, y, vectors: context.vectors)
    }

    private func rotate<R: TapeScalar>(_ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>, vectors: Int) {
        for vector in 0..<vectors {
            R.rotateWeights(
                waves, rotations, features: features, x + vector * input.features, stride: vectors * input.features,
                into: y + vector * output.features, stride: vectors * output.features)
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        let vectors = context.vectors
        // Cotangents of the parameter part always add up.
        for vector in 0..<vectors {
            R.rotateWeightsBack(
                waves, rotations, features: features, y + vector * output.features, stride: vectors * output.features,
                addingTo: x + vector * input.features, stride: vectors * input.features)
        }
    }

    /// The row of the unrotated weights for one sample whose modes are x and ȳ.
    ///
    /// - Parameter scratch: `rowScratchReals` of them.
    package func addRow<R: TapeScalar>(
        _ x: UnsafePointer<R>, _ y: UnsafePointer<R>, to row: UnsafeMutablePointer<R>, scratch: UnsafeMutablePointer<R>
    ) {
        R.addRotatedProducts(
            waves, rotations, features: features, x, y, to: row, stride: input.features, scratch: scratch)
    }

    package var rowScratchReals: Int {
        max(
            Float.rotatedProductsScratch(rotations, features: features),
            Double.rotatedProductsScratch(rotations, features: features))
    }
}
