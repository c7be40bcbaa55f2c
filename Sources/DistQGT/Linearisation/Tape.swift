import Numerics

/// The recorded program of a network: nodes, operations, and the plan of where each array lies.
///
/// Recorded once per network; independent of parameters, samples and precision. Sizes are in reals
/// per sample (per vector of a block, for tangents); the machine multiplies them by the chunk's rows.
package struct Tape: Sendable {
    /// All leaves: how the parameters lie.
    package let layout: ParameterLayout
    /// Those with tangents: how tangents and cotangents lie.
    package let trainedLayout: ParameterLayout
    /// Numbers that a sample is read as.
    package let siteCount: Int
    /// Whether these are spins ±1.
    package let readsSpins: Bool
    package let nodes: [Node]
    /// log ψ, or its real part where that alone has a tangent.
    package let output: Node
    /// The imaginary part of log ψ where it does not depend on the parameters: the sign of a real ψ.
    package let phase: Node?
    /// (leaf node, index of its leaf). A leaf may appear in several shapes.
    package let leafNodes: [(node: Node, leaf: Int)]
    package let parameterOperations: [any Primitive]
    package let sampleOperations: [any Primitive]

    /// Parameter nodes that the sample part reads: where cotangents of chunks are gathered.
    package let boundary: [Node]
    /// Parameter nodes with tangents that rows are written of.
    package let rowNodes: [Node]
    /// Where the values of every parameter node lie; −1 for sample nodes.
    package let parameterOffsets: [Int]
    package let parameterReals: Int
    /// Those of nodes that are derived from leaves, which come first.
    package let derivedReals: Int
    /// The same of tangents and cotangents (k = 1), of nodes that have them.
    package let parameterTangentOffsets: [Int]
    package let parameterTangentReals: Int
    package let derivedTangentReals: Int
    package let parameterSlopeOffsets: [Int]
    package let parameterSlopeReals: Int

    /// Values of sample nodes while evaluating without a tape.
    package let valuePlan: StoragePlan
    /// Values of sample nodes that need not be kept while linearising.
    package let transientPlan: StoragePlan
    /// What a linearised chunk keeps per sample: node values, then slopes (by operation).
    package let keptOffsets: [Int]
    package let slopeOffsets: [Int]
    package let keptReals: Int
    package let tangentPlan: StoragePlan
    package let cotangentPlan: StoragePlan
    /// Where dense layers are all that reads the spins: those layers.
    package let firstLayer: FirstLayer?
    /// By node: whether its values lie with samples side by side while evaluating without a tape.
    package let interleaved: [Bool]
    /// By sample operation: bit p says that, in the transposed pass, input p already holds a contribution.
    package let accumulated: [UInt64]

    package init(layout: ParameterLayout, recorder: Recorder, output: Node) {
        self.layout = layout
        trainedLayout = layout.trained
        precondition(output.part == .sample && output.elements == 1, "logPsi: the result is one number per sample")
        let phase = recorder.constantPhase(of: output)
        let output = phase?.modulus ?? output
        self.output = output
        self.phase = phase?.phase
        siteCount = recorder.spins.features
        readsSpins = recorder.spins.isSpins
        nodes = recorder.nodes
        leafNodes = recorder.leafNodes
        // What does not reach the result is dropped: nobody would write its cotangent.
        let results = [output] + (phase.map { [$0.phase] } ?? [])
        var live = Set(results.map(\.index))
        for operation in recorder.operations.reversed() where live.contains(operation.output.index) {
            live.formUnion(operation.inputs.map(\.index))
        }
        let operations = recorder.operations.filter { live.contains($0.output.index) }
        parameterOperations = operations.filter { $0.output.part == .parameter }
        sampleOperations = operations.filter { $0.output.part == .sample }

        var boundary: [Node] = []
        for node in sampleOperations.flatMap(\.inputs) where node.part == .parameter && !boundary.contains(node) {
            boundary.append(node)
        }
        self.boundary = boundary
        var rowNodes: [Node] = []
        for node in sampleOperations.compactMap({ $0 as? any ParameterPrimitive }).flatMap(\.rowNodes)
        where node.hasTangent && !rowNodes.contains(node) {
            rowNodes.append(node)
        }
        self.rowNodes = rowNodes

        let leaves = Set(recorder.leafNodes.map(\.node))
        let parameterNodes = nodes.filter { $0.part == .parameter }
        (parameterOffsets, derivedReals, parameterReals) = Self.places(
            parameterNodes, leaves: leaves, nodeCount: nodes.count)
        (parameterTangentOffsets, derivedTangentReals, parameterTangentReals) = Self.places(
            parameterNodes.filter(\.hasTangent), leaves: leaves, nodeCount: nodes.count)
        parameterSlopeOffsets = Self.runningOffsets(parameterOperations.map(\.slopeReals))
        parameterSlopeReals = parameterOperations.reduce(0) { $0 + $1.slopeReals }

        let lifetimes = Lifetimes(sampleOperations, spins: recorder.spins, results: results, nodeCount: nodes.count)
        let kept = Set(
            sampleOperations.filter(\.output.hasTangent).flatMap { operation in
                operation.keptInputs.map { operation.inputs[$0] }.filter { $0.part == .sample }
            })
        let valueGroups = lifetimes.inPlaceGroups(nodes: nodes, kept: kept, tangentsOnly: false)
        valuePlan = lifetimes.plan(nodes: nodes, groups: valueGroups, forward: true) { $0.part == .sample }
        // A group shares one array; the array is kept where any of its nodes is (only the last can be).
        let keptGroups = Set(kept.map { valueGroups[$0.index] })
        transientPlan = lifetimes.plan(nodes: nodes, groups: valueGroups, forward: true) {
            $0.part == .sample && !keptGroups.contains(valueGroups[$0.index])
        }
        var keptOffsets = [Int](repeating: -1, count: nodes.count)
        var keptReals = 0
        for group in keptGroups.sorted() {
            let members = nodes.filter { $0.part == .sample && valueGroups[$0.index] == group }
            for member in members { keptOffsets[member.index] = keptReals }
            keptReals += members.map(\.storedReals).max() ?? 0
        }
        self.keptOffsets = keptOffsets
        // What depends on no trained parameter has no linear map that would read a slope.
        let slopes = sampleOperations.map { $0.output.hasTangent ? $0.slopeReals : 0 }
        slopeOffsets = Self.runningOffsets(slopes).map { $0 + keptReals }
        self.keptReals = keptReals + slopes.reduce(0, +)

        let tangentGroups = lifetimes.inPlaceGroups(nodes: nodes, kept: [], tangentsOnly: true)
        tangentPlan = lifetimes.plan(nodes: nodes, groups: tangentGroups, forward: true) {
            $0.part == .sample && $0.hasTangent
        }
        cotangentPlan = lifetimes.plan(nodes: nodes, groups: tangentGroups, forward: false) {
            $0.part == .sample && $0.hasTangent
        }
        accumulated = Self.accumulationMasks(sampleOperations, nodeCount: nodes.count)
        firstLayer = FirstLayer(sampleOperations, spins: recorder.spins)
        interleaved = Self.interleavedNodes(sampleOperations, results: results, nodeCount: nodes.count)
    }

    /// The nodes that are made by operations which can interleave them, for such operations only.
    private static func interleavedNodes(_ operations: [any Primitive], results: [Node], nodeCount: Int) -> [Bool] {
        var interleaved = [Bool](repeating: false, count: nodeCount)
        for operation in operations where operation.interleaving != .none && operation.output.rows == 1 {
            interleaved[operation.output.index] = true
        }
        for node in results { interleaved[node.index] = false }
        for operation in operations where operation.interleaving == .none {
            for node in operation.inputs { interleaved[node.index] = false }
        }
        var changed = true
        while changed {
            changed = false
            for operation in operations where operation.interleaving == .alike {
                let nodes = operation.inputs.filter { $0.part == .sample } + [operation.output]
                guard nodes.contains(where: { !interleaved[$0.index] }) else { continue }
                for node in nodes where interleaved[node.index] {
                    interleaved[node.index] = false
                    changed = true
                }
            }
        }
        return interleaved
    }

    /// Whether the values of log ψ are complex; `output.isComplex` says whether its derivatives are.
    package var hasPhases: Bool { output.isComplex || phase != nil }

    /// The most images that a part of the network is evaluated at for each sample.
    package var images: Int { nodes.map(\.images).max() ?? 1 }
    /// Numbers of slopes of a sample.
    package var slopeReals: Int {
        sampleOperations.reduce(0) { $0 + ($1.output.hasTangent ? $1.slopeReals : 0) }
    }
    /// Of one evaluation of one sample.
    package var multiplications: Int { sampleOperations.reduce(0) { $0 + $1.multiplications } }
    /// Of one sample and vector, once through the tape with tangents, in either direction.
    package var tangentMultiplications: Int {
        sampleOperations.reduce(0) { $0 + ($1.output.hasTangent ? $1.tangentMultiplications : 0) }
    }

    /// Of one sample and vector, once through the tape with tangents.
    package var indexedReals: Int {
        sampleOperations.reduce(0) { $0 + ($1.output.hasTangent ? $1.indexedReals : 0) }
    }

    /// Working memory of the operation that needs the most.
    package var scratchReals: Int { (parameterOperations + sampleOperations).map(\.scratchReals).max() ?? 0 }

    /// Where nodes lie one after the other, those that are derived from leaves first: by node, −1 for any other; the reals
    /// of the derived ones, and of all.
    private static func places(
        _ nodes: [Node], leaves: Set<Node>, nodeCount: Int
    ) -> (offsets: [Int], derived: Int, all: Int) {
        var offsets = [Int](repeating: -1, count: nodeCount)
        var next = 0
        func place(_ nodes: [Node]) {
            for node in nodes {
                offsets[node.index] = next
                next += node.reals
            }
        }
        place(nodes.filter { !leaves.contains($0) })
        let derived = next
        place(nodes.filter(leaves.contains))
        return (offsets, derived, next)
    }

    private static func runningOffsets(_ sizes: [Int]) -> [Int] {
        var next = 0
        return sizes.map { size in
            defer { next += size }
            return next
        }
    }

    /// The operations of the parameter part through which cotangents of some of its nodes reach leaves, in order.
    package func parameterOperations(from nodes: [Node]) -> [Int] {
        var reached = Set(nodes)
        let operations = parameterOperations.indices.reversed().filter { index in
            guard reached.contains(parameterOperations[index].output) else { return false }
            reached.formUnion(parameterOperations[index].inputs)
            return true
        }
        return operations.reversed()
    }

    /// Parameter nodes are zeroed beforehand and gather over chunks; a sample node's first contribution
    /// in the backward order overwrites.
    private static func accumulationMasks(_ operations: [any Primitive], nodeCount: Int) -> [UInt64] {
        var written = [Bool](repeating: false, count: nodeCount)
        var masks = [UInt64](repeating: 0, count: operations.count)
        for index in operations.indices.reversed() where operations[index].output.hasTangent {
            for (position, node) in operations[index].inputs.enumerated() {
                precondition(position < 64, "an operation of more than 64 inputs")
                if node.part == .parameter || written[node.index] { masks[index] |= 1 << UInt64(position) }
                written[node.index] = true
            }
        }
        return masks
    }
}

/// When each node of the sample part is born and last read, in steps of the operation list.
private struct Lifetimes {
    let operations: [any Primitive]
    /// Step of the producer; −1 for the spins.
    private(set) var producer: [Int]
    private(set) var lastUse: [Int]
    private(set) var useCount: [Int]

    init(_ operations: [any Primitive], spins: Node, results: [Node], nodeCount: Int) {
        self.operations = operations
        producer = .init(repeating: -1, count: nodeCount)
        lastUse = .init(repeating: -1, count: nodeCount)
        useCount = .init(repeating: 0, count: nodeCount)
        for (step, operation) in operations.enumerated() {
            producer[operation.output.index] = step
            for node in operation.inputs {
                lastUse[node.index] = step
                useCount[node.index] += 1
            }
        }
        // Results are read after the last operation.
        for node in results {
            lastUse[node.index] = operations.count
            useCount[node.index] += 1
        }
    }

    /// Nodes that share an array because an operation works in place: by node, the group's number.
    func inPlaceGroups(nodes: [Node], kept: Set<Node>, tangentsOnly: Bool) -> [Int] {
        var group = Array(nodes.indices)
        for operation in operations where operation.worksInPlace {
            let input = operation.inputs[0]
            guard input.part == .sample, input.storedReals == operation.output.storedReals, useCount[input.index] == 1,
                !kept.contains(input), !tangentsOnly || input.hasTangent
            else { continue }
            group[operation.output.index] = group[input.index]
        }
        return group
    }

    func plan(
        nodes: [Node], groups: [Int], forward: Bool, where included: (Node) -> Bool
    ) -> StoragePlan {
        var bounds: [Int: (size: Int, start: Int, end: Int)] = [:]
        for node in nodes where included(node) {
            // A node nobody reads still needs a place to be written to.
            let birth = producer[node.index]
            let death = max(birth, lastUse[node.index])
            let (start, end) = forward ? (birth, death) : (operations.count - death, operations.count - birth)
            let known = bounds[groups[node.index]] ?? (0, start, end)
            bounds[groups[node.index]] = (
                max(known.size, node.storedReals), min(known.start, start), max(known.end, end)
            )
        }
        let groupPlan = StoragePlan(
            bounds.map { .init(id: $0.key, size: $0.value.size, start: $0.value.start, end: $0.value.end) },
            idCount: nodes.count)
        return groupPlan.spread(over: nodes.map { included($0) ? groups[$0.index] : -1 })
    }
}
