import LinearAlgebra

/// The modes of a convolution's kernel: (C_out·C_in) × T numbers of the parameter part become T (complex: 2T) slots ×
/// (C_in·C_out) reals, scaled so that `Convolution` takes modes back with the transpose of the transform.
package struct KernelWeights: Primitive {
    package let waves: LatticeWaves
    package let channels: (in: Int, out: Int)
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    package var multiplications: Int {
        waves.multiplications(channels: channels) - waves.products(channels: channels)
    }
    package var scratchReals: Int { Convolution.scratchReals(waves, channels: 0) }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        transform(context, context.value(input), context.value(output), vectors: 1)
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        transform(context, x, y, vectors: context.vectors)
    }

    private func transform<R: TapeScalar>(
        _ context: TapeContext<R>, _ x: UnsafePointer<R>, _ y: UnsafeMutablePointer<R>, vectors: Int
    ) {
        for vector in 0..<vectors {
            R.kernelToWeights(
                waves, x + vector * input.rowReals, kernelStride: vectors * input.rowReals, channels: channels,
                y + vector * output.features, stride: vectors * output.features, scratch: context.scratch)
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        // Cotangents of the parameter part always add up.
        for vector in 0..<context.vectors {
            R.weightsToKernel(
                waves, y + vector * output.features, stride: context.vectors * output.features, channels: channels,
                addingTo: x + vector * input.rowReals, kernelStride: context.vectors * input.rowReals,
                scratch: context.scratch)
        }
    }
}
