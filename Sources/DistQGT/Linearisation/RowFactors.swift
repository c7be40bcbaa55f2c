import LinearAlgebra

/// Which operations of a tape have rows that stay factored, and which leaves need rows written out.
///
/// The factored form holds for a leaf that one primitive touches, once per sample, or whose numbers in another order it
/// touches; a tied leaf, a leaf seen through other derived weights, or a batch with several rows per sample uses rows.
package struct SeparationPlan: Sendable {
    /// Indices into the tape's sample operations.
    package let operations: [Int]
    /// By leaf: position in the written-out remainder of a row; −1 where the leaf is factored.
    package let restOffsets: [Int]
    /// Reals of the remainder of a row.
    package let restWidth: Int

    /// - Parameter modewise: whether rows may stay factored mode by mode.
    package init(_ tape: Tape, modewise: Bool) {
        let uses = LeafUses(tape)
        var operations: [Int] = []
        var factored = [Bool](repeating: false, count: tape.layout.leaves.count)
        for (index, operation) in tape.sampleOperations.enumerated() {
            guard let row = (operation as? any ParameterPrimitive)?.separable else { continue }
            let leaves: [Int?]
            switch row.form {
            case .product(let bias): leaves = ([row.kernel] + (bias.map { [$0] } ?? [])).map(uses.ownLeaf)
            case .modes: leaves = modewise ? [uses.reorderedLeaf(row)] : [nil]
            }
            guard leaves.allSatisfy({ $0 != nil }) else { continue }
            operations.append(index)
            for leaf in leaves.compactMap({ $0 }) { factored[leaf] = true }
        }
        self.operations = operations
        var width = 0
        restOffsets = tape.layout.leaves.enumerated().map { index, leaf in
            guard leaf.isTrained, !factored[index], uses.ofLeaf[index] > 0 else { return -1 }
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

/// How many places of a tape touch its leaves and parameter nodes.
private struct LeafUses {
    /// By leaf, all nodes that show it.
    private(set) var ofLeaf: [Int]
    private var ofNode: [Int]
    private let leafOfNode: [Int: Int]
    private let parameterOperations: [any Primitive]

    init(_ tape: Tape) {
        ofLeaf = .init(repeating: 0, count: tape.layout.leaves.count)
        ofNode = .init(repeating: 0, count: tape.nodes.count)
        parameterOperations = tape.parameterOperations
        leafOfNode = .init(tape.leafNodes.map { ($0.node.index, $0.leaf) }) { first, _ in first }
        for node in (tape.parameterOperations + tape.sampleOperations).flatMap(\.inputs) {
            ofNode[node.index] += 1
            if let leaf = leafOfNode[node.index] { ofLeaf[leaf] += 1 }
        }
    }

    /// The leaf that the node shows, where nothing else touches it.
    func ownLeaf(_ node: Node) -> Int? {
        leafOfNode[node.index].flatMap { ofLeaf[$0] == 1 ? $0 : nil }
    }

    /// The leaf whose numbers in some order are the kernel's, where nothing else touches it.
    func reorderedLeaf(_ row: SeparableRow) -> Int? {
        guard ofNode[row.weights.index] == 1 else { return nil }
        var node = row.kernel
        while leafOfNode[node.index] == nil {
            guard ofNode[node.index] == 1,
                let gather = parameterOperations.first(where: { $0.output == node }) as? Gather, gather.isPermutation
            else { return nil }
            node = gather.input
        }
        return ownLeaf(node)
    }
}

/// The rows of some samples in factored form: for each separable primitive x and ȳ or their modes (one ȳ for each
/// component of log ψ), and the written-out remainder. Sample-major, double precision.
package final class RowFactors {
    package struct Pair {
        package let row: SeparableRow
        /// Where the kernel's and the bias's leaves begin in a vector of the trained parameters, in the form of a product.
        package let kernelOffset: Int?
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
    /// The leaves of the remainder: position in it, position in a vector of the trained parameters, reals.
    package let restLeaves: [(rest: Int, layout: Int, count: Int)]
    /// samples × components × restWidth.
    package let rest: RealBuffer

    /// Nothing in particular: for all samples and components to be written.
    package init(_ plan: SeparationPlan, tape: Tape, samples: Int) {
        self.plan = plan
        self.samples = samples
        let components = tape.output.isComplex ? 2 : 1
        self.components = components
        func offset(_ node: Node) -> Int? {
            tape.leafNodes.first { $0.node == node }.map { tape.layout.trainedOffsets[$0.leaf] }
        }
        pairs = plan.operations.compactMap { index in
            guard let row = (tape.sampleOperations[index] as? any ParameterPrimitive)?.separable else { return nil }
            return Pair(
                row: row, kernelOffset: offset(row.kernel), biasOffset: row.bias.flatMap(offset),
                input: RealBuffer(uninitialisedCount: samples * row.input.reals),
                cotangent: RealBuffer(uninitialisedCount: samples * components * row.output.reals))
        }
        restLeaves = plan.restOffsets.indices.filter { plan.restOffsets[$0] >= 0 }.map { leaf in
            (plan.restOffsets[leaf], tape.layout.trainedOffsets[leaf], tape.layout.leaves[leaf].realCount)
        }
        rest = RealBuffer(uninitialisedCount: samples * components * plan.restWidth)
    }
}
