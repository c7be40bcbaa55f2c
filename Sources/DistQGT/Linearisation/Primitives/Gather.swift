import LinearAlgebra

/// y[e′] = x[index[e′]] for the elements of each sample, counted row by row (rows × features): a selection,
/// permutation, patching or repetition; 0 where the index is −1. Its transpose scatters and adds.
package struct Gather: Primitive {
    package let index: [Int32]
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    /// Whether each element of x is taken once.
    package var isPermutation: Bool {
        index.count == input.elements && Set(index).count == index.count && !index.contains(-1)
    }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let x = context.value(input)
        let y = context.value(output)
        withIndex(vectors: 1) { index, groups, count, stride in
            R.gather(
                x, index, y, rows: context.groups(input) * groups, stride: stride, count: count,
                complex: input.isComplex,
                accumulate: false)
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        withIndex(vectors: context.vectors) { index, groups, count, stride in
            R.gather(
                x, index, y, rows: context.groups(input) * groups, stride: stride, count: count,
                complex: input.isComplex,
                accumulate: false)
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let x = context.tangent(input), let y = context.tangent(output) else { return }
        if !context.accumulates(0) {
            x.setToZero(count: context.groups(input) * context.vectors * input.reals)
        }
        withIndex(vectors: context.vectors) { index, groups, count, stride in
            R.scatterAdd(
                y, index, x, rows: context.groups(input) * groups, stride: stride, count: count,
                complex: input.isComplex)
        }
    }

    /// The index for tangents of k vectors, laid out (row, vector, feature): the index of a group, the groups of each
    /// sample, and a group's elements of output and input. Vectors of one row are groups.
    private func withIndex(vectors: Int, _ body: (UnsafePointer<Int32>, Int, Int, Int) -> Void) {
        index.withUnsafeBufferPointer { plain in
            guard let base = plain.baseAddress else { return }
            guard vectors > 1, input.rows > 1 || output.rows > 1 else {
                return body(base, vectors, index.count, input.elements)
            }
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: vectors * index.count) { expanded in
                guard let pointer = expanded.baseAddress else { return }
                let (features, width) = (output.features, input.features)
                for row in 0..<output.rows {
                    let first = pointer + row * vectors * features
                    for feature in 0..<features {
                        let source = Int(base[row * features + feature])
                        first[feature] = source < 0 ? -1 : Int32(source / width * vectors * width + source % width)
                    }
                    // Vectors of a row of x lie one behind the other.
                    for vector in 1..<vectors {
                        let own = first + vector * features
                        let step = Int32(vector * width)
                        for feature in 0..<features { own[feature] = first[feature] < 0 ? -1 : first[feature] &+ step }
                    }
                }
                body(pointer, 1, vectors * index.count, vectors * input.elements)
            }
        }
    }
}
