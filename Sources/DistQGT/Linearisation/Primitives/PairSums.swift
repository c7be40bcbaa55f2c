import LinearAlgebra

/// y_k = Σ x_i x_j over the pairs i > j of class k: the pair features of numbers whose pairs are alike in classes. They carry
/// no tangent, so there is nothing to differentiate.
package struct PairSums: Primitive {
    /// By pair, i(i−1)/2 + j, its class; −1 for none.
    package let index: [Int32]
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    package var scratchReals: Int { (input.features + output.features) * 64 / MemoryLayout<Float>.size }
    package var multiplications: Int { index.count }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        index.withUnsafeBufferPointer { index in
            guard let base = index.baseAddress else { return }
            R.pairSums(
                context.value(input), base, context.value(output), work: context.scratch, rows: context.rows(input),
                sites: input.features, sums: output.features)
        }
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}
