/// Which operations of a tape have rows that stay factored, and which leaves need rows written out.
///
/// The factored form holds for a leaf that one primitive touches, once per sample; a tied leaf, a leaf
/// seen through derived weights, or a batch with several rows per sample uses rows.
package struct SeparationPlan: Sendable {
    /// Indices into the tape's sample operations.
    package let operations: [Int]
    /// By leaf: position in the written-out remainder of a row; −1 where the leaf is factored.
    package let restOffsets: [Int]
    /// Reals of the remainder of a row.
    package let restWidth: Int

    package init(_ tape: Tape) {
        // How many places of the tape touch each leaf.
        var uses = [Int](repeating: 0, count: tape.layout.leaves.count)
        var leafOfNode: [Int: Int] = [:]
        for (node, leaf) in tape.leafNodes {
            leafOfNode[node.index] = leaf
            let places = (tape.parameterOperations + tape.sampleOperations).flatMap(\.inputs).count { $0 == node }
            uses[leaf] += places
        }
        var operations: [Int] = []
        var factored = [Bool](repeating: false, count: uses.count)
        for (index, operation) in tape.sampleOperations.enumerated() {
            guard let row = (operation as? any ParameterPrimitive)?.separable else { continue }
            let leaves = ([row.kernel] + (row.bias.map { [$0] } ?? [])).map { leafOfNode[$0.index] }
            let areOwn = leaves.allSatisfy { leaf in leaf.map { uses[$0] == 1 } ?? false }
            guard areOwn else { continue }
            operations.append(index)
            for leaf in leaves.compactMap({ $0 }) { factored[leaf] = true }
        }
        self.operations = operations
        var width = 0
        restOffsets = tape.layout.leaves.enumerated().map { index, leaf in
            guard !factored[index], uses[index] > 0 else { return -1 }
            defer { width += leaf.realCount }
            return width
        }
        restWidth = width
    }

    /// The factored primitives of the tape that this plan was made for.
    package func rows(of tape: Tape) -> [SeparableRow] {
        operations.compactMap { (tape.sampleOperations[$0] as? any ParameterPrimitive)?.separable }
    }
}

/// The rows of some samples in factored form: for each separable primitive x and ȳ (one ȳ for each
/// component of log ψ), and the written-out remainder. Sample-major, double precision.
package final class RowFactors {
    package struct Pair {
        package let row: SeparableRow
        /// Where the kernel's and the bias's leaves begin in a parameter vector.
        package let kernelOffset: Int
        package let biasOffset: Int?
        /// samples × reals of x.
        package let input: RealBuffer
        /// samples × components × reals of ȳ.
        package let cotangent: RealBuffer
        package var inputReals: Int { row.input.reals }
        package var cotangentReals: Int { row.output.reals }
    }

    package let plan: SeparationPlan
    package let samples: Int
    package let components: Int
    package let pairs: [Pair]
    /// The leaves of the remainder: position in it, position in a parameter vector, reals.
    package let restLeaves: [(rest: Int, layout: Int, count: Int)]
    /// samples × components × restWidth.
    package let rest: RealBuffer

    package init(_ plan: SeparationPlan, tape: Tape, samples: Int) {
        self.plan = plan
        self.samples = samples
        let components = tape.output.isComplex ? 2 : 1
        self.components = components
        func offset(_ node: Node) -> Int? {
            tape.leafNodes.first { $0.node == node }.map { tape.layout.offsets[$0.leaf] }
        }
        pairs = plan.operations.compactMap { index in
            guard let row = (tape.sampleOperations[index] as? any ParameterPrimitive)?.separable,
                let kernelOffset = offset(row.kernel)
            else { return nil }
            return Pair(
                row: row, kernelOffset: kernelOffset, biasOffset: row.bias.flatMap(offset),
                input: RealBuffer(count: samples * row.input.reals),
                cotangent: RealBuffer(count: samples * components * row.output.reals))
        }
        restLeaves = plan.restOffsets.indices.filter { plan.restOffsets[$0] >= 0 }.map { leaf in
            (plan.restOffsets[leaf], tape.layout.offsets[leaf], tape.layout.leaves[leaf].realCount)
        }
        rest = RealBuffer(count: samples * components * plan.restWidth)
    }
}
