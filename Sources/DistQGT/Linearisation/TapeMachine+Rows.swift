import LinearAlgebra

extension TapeMachine {
    package var rowsInMemory: UnsafeBufferPointer<Double>? { nil }

    package func rows(
        chunk: Int, samples: Range<Int>, component: Int, into result: UnsafeMutablePointer<Double>, stride: Int
    ) {
        let limit = samplesAtATime(tape.rowNodes)
        for first in Swift.stride(from: samples.lowerBound, to: samples.upperBound, by: limit) {
            writeRows(
                chunk: chunk, samples: first..<min(samples.upperBound, first + limit), component: component,
                nodes: tape.rowNodes, into: result + (first - samples.lowerBound) * stride, stride: stride,
                width: layout.count, offsets: tape.layout.trainedOffsets
            ) { _, _ in false }
        }
    }

    package func factors(modewise: Bool) -> RowFactors? {
        let samples = (0..<chunkCount).reduce(0) { $0 + chunkRange($1).count }
        let factors = RowFactors(SeparationPlan(tape, modewise: modewise), tape: tape, samples: samples)
        let limit = factors.plan.restWidth > 0 ? samplesAtATime(writtenNodes(factors)) : 1 << 30
        for chunk in 0..<chunkCount {
            let count = chunkRange(chunk).count
            for first in stride(from: 0, to: count, by: limit) {
                for component in 0..<components {
                    writeFactors(
                        chunk: chunk, samples: first..<min(count, first + limit), component: component, into: factors)
                }
            }
        }
        return factors
    }

    private func writeFactors(chunk: Int, samples: Range<Int>, component: Int, into factors: RowFactors) {
        let first = chunkRange(chunk).lowerBound + samples.lowerBound
        let plan = factors.plan
        let components = factors.components
        writeRows(
            chunk: chunk, samples: samples, component: component, nodes: writtenNodes(factors),
            into: factors.rest.pointer + (first * components + component) * plan.restWidth,
            stride: components * plan.restWidth, width: plan.restWidth, offsets: plan.restOffsets
        ) { index, context in
            guard let position = plan.operations.firstIndex(of: index) else { return false }
            let pair = factors.pairs[position]
            let operation = tape.sampleOperations[index]
            let input: UnsafePointer<R>
            let cotangent: UnsafePointer<R>?
            if case .modes = pair.row.form, let operation = operation as? any ModewiseSeparable {
                let inputs = samples.count * pair.inputReals
                factorWork.reserve(inputs + samples.count * pair.cotangentReals)
                operation.transposeFactors(
                    context, input: component == 0 ? factorWork.pointer : nil, cotangent: factorWork.pointer + inputs)
                input = UnsafePointer(factorWork.pointer)
                cotangent = UnsafePointer(factorWork.pointer + inputs)
            } else {
                operation.transpose(context)
                input = UnsafePointer(context.value(pair.row.input))
                cotangent = context.tangent(pair.row.output).map { UnsafePointer($0) }
            }
            if component == 0 {
                R.blockOut(
                    input, pair.input.pointer + first * pair.inputReals, stride: 0, rows: 1, vectors: 1,
                    features: samples.count * pair.inputReals, accumulate: false)
            }
            if let cotangent {
                // Sample-major with the components of one sample side by side.
                R.blockOut(
                    cotangent, pair.cotangent.pointer + (first * components + component) * pair.cotangentReals,
                    stride: components * pair.cotangentReals, rows: 1, vectors: samples.count,
                    features: pair.cotangentReals, accumulate: false)
            }
            return true
        }
    }

    /// The parameter nodes whose rows do not stay factored.
    private func writtenNodes(_ factors: RowFactors) -> [Node] {
        let factored = Set(
            factors.pairs.flatMap { [$0.row.weights, $0.row.kernel] + ($0.row.bias.map { [$0] } ?? []) })
        return tape.rowNodes.filter { !factored.contains($0) }
    }

    /// Samples whose rows, written out by parameter node, take some 8 MB: weights derived from a leaf may be many more
    /// than its numbers. (What is never written is bounded by 32 MB.) Where they are more than a few, whole vectors of
    /// samples.
    private func samplesAtATime(_ nodes: [Node]) -> Int {
        let derived = tape.parameterOperations(from: nodes).flatMap { tape.parameterOperations[$0].inputs }
            .filter(\.hasTangent)
        let written = (nodes + nodes + derived).reduce(0) { $0 + $1.reals }
        let samples = min((1 << 20) / max(1, written), (1 << 22) / max(1, tape.parameterTangentReals))
        return samples < 16 ? max(1, samples) : samples / 16 * 16
    }

    /// One backward pass over some samples of a chunk, with the seed 1 (component 0) or i (component 1).
    /// Parameter nodes in `nodes` get rows, which are then taken through the parameter part with the samples as
    /// a block of vectors.
    ///
    /// - Parameter capture: transposes an operation whose parameters are left out and returns true; false leaves the
    ///   operation alone.
    private func writeRows(
        chunk: Int, samples: Range<Int>, component: Int, nodes: [Node],
        into result: UnsafeMutablePointer<Double>, stride: Int, width: Int, offsets: [Int],
        capture: (Int, TapeContext<R>) -> Bool
    ) {
        let count = samples.count
        var nodeOffsets = [Int](repeating: -1, count: tape.nodes.count)
        var nodeWidth = 0
        for node in nodes {
            nodeOffsets[node.index] = nodeWidth
            nodeWidth += node.reals
        }
        rowWork.reserveZeros(count * nodeWidth)
        vectors = 1
        // Parameters get no summed cotangents in this pass.
        for node in tape.nodes where node.part == .parameter { tangentTable.pointer[node.index] = nil }
        let destination = RowDestination(base: rowWork.pointer, stride: nodeWidth, offsets: nodeOffsets)
        rowSeeds.reserve(count * components)
        for index in 0..<count * components {
            rowSeeds.pointer[index] = index % components == component ? 1 : 0
        }
        readBackwards(chunk: chunk, samples: samples, from: rowSeeds.pointer, rows: destination) { index, context in
            guard !capture(index, context) else { return }
            let operation = tape.sampleOperations[index]
            if let operation = operation as? any ParameterPrimitive {
                operation.transposeRows(context)
            } else {
                operation.transpose(context)
            }
        }
        guard width > 0 else { return }
        rowDoubles.reserve(count * nodeWidth)
        R.blockOut(
            rowWork.pointer, rowDoubles.pointer, stride: 0, rows: 1, vectors: 1, features: count * nodeWidth,
            accumulate: false)
        parameterCotangents.reserve(count * tape.parameterTangentReals)
        // Of the parameter part, what leads from these nodes back to leaves.
        let operations = tape.parameterOperations(from: nodes)
        let leaves = tape.leafNodes.filter { offsets[$0.leaf] >= 0 }.map(\.node)
        for node in Set(nodes + operations.flatMap { tape.parameterOperations[$0].inputs } + leaves)
        where node.hasTangent {
            parameterCotangents.setToZero(count * tape.parameterTangentOffsets[node.index], count: count * node.reals)
        }
        for node in nodes {
            R.blockIn(
                rowDoubles.pointer + nodeOffsets[node.index], stride: nodeWidth,
                parameterCotangents.pointer + count * tape.parameterTangentOffsets[node.index],
                rows: node.rows, vectors: count, features: node.rowReals)
        }
        transposeParameterPart(
            operations, into: result, stride: stride, width: width, offsets: offsets, vectors: count)
    }
}
