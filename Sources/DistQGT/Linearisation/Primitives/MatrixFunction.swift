import LinearAlgebra

/// A function of a square matrix of each sample whose value is one number: its slope is a matrix of the same size, and its linear
/// map the sum over the elements of slope times tangent.
package protocol MatrixFunction: Primitive {
    var input: Node { get }
}

extension MatrixFunction {
    package var slopeReals: Int { input.hasTangent ? input.reals : 0 }
    package var tangentMultiplications: Int { input.hasTangent ? input.reals * (input.isComplex ? 2 : 1) : 0 }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        R.matrixSlopeSums(
            context.savedSlope, x, y, samples: context.samples, vectors: context.vectors, size: input.rows,
            complex: input.isComplex)
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        R.spreadMatrixSlopes(
            context.savedSlope, y, x, samples: context.samples, vectors: context.vectors, size: input.rows,
            complex: input.isComplex, accumulate: context.accumulates(0))
    }
}
