import LinearAlgebra

/// y = [x_0, x_1, …]: the features of several nodes of one number of rows, side by side.
package struct Concatenation: Primitive {
    package let inputs: [Node]
    package let output: Node

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let y = context.value(output)
        forEachPart { node, offset in
            let x = context.value(node)
            for row in 0..<context.rows(node) {
                (y + row * output.rowReals + offset).update(from: x + row * node.rowReals, count: node.rowReals)
            }
        }
    }

    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        forEachPart { node, offset in
            let x = context.tangent(node)
            for row in 0..<context.rows(node) * context.vectors {
                let target = y + row * output.rowReals + offset
                if let x {
                    target.update(from: x + row * node.rowReals, count: node.rowReals)
                } else {
                    target.setToZero(count: node.rowReals)
                }
            }
        }
    }

    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {
        guard let y = context.tangent(output) else { return }
        var position = 0
        forEachPart { node, offset in
            defer { position += 1 }
            guard let x = context.tangent(node) else { return }
            for row in 0..<context.rows(node) * context.vectors {
                R.combine(
                    1, y + row * output.rowReals + offset, x + row * node.rowReals, count: node.rowReals,
                    accumulate: context.accumulates(position))
            }
        }
    }

    /// Each input with its place in a row, in reals.
    private func forEachPart(_ body: (Node, Int) -> Void) {
        var offset = 0
        for node in inputs {
            body(node, offset)
            offset += node.rowReals
        }
    }
}
