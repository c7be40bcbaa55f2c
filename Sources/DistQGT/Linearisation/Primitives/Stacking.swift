import LinearAlgebra

/// The rows of several nodes of one number of features, below each other.
package struct Stacking: Primitive {
    package let inputs: [Node]
    package let output: Node

    package var multiplications: Int { 0 }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let y = context.value(output)
        forEachPart { _, node, offset in
            let x = context.value(node)
            for group in 0..<context.groups(node) {
                (y + group * output.reals + offset).update(from: x + group * node.reals, count: node.reals)
            }
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let vectors = context.vectors
        forEachPart { _, node, offset in
            let x = context.tangent(node)
            let count = vectors * node.reals
            for group in 0..<context.groups(node) {
                let target = y + vectors * (group * output.reals + offset)
                if let x {
                    target.update(from: x + group * count, count: count)
                } else {
                    target.setToZero(count: count)
                }
            }
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        let vectors = context.vectors
        forEachPart { position, node, offset in
            guard let x = context.tangent(node) else { return }
            let count = vectors * node.reals
            for group in 0..<context.groups(node) {
                R.combine(
                    1, y + vectors * (group * output.reals + offset), x + group * count, count: count,
                    accumulate: context.accumulates(position))
            }
        }
    }

    /// Each input with its position and its place among the rows, in reals.
    private func forEachPart(_ body: (Int, Node, Int) -> Void) {
        var offset = 0
        for (position, node) in inputs.enumerated() {
            body(position, node, offset)
            offset += node.reals
        }
    }
}
