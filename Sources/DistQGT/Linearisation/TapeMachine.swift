import LinearAlgebra

/// Runs a tape in one precision: evaluates log ψ, linearises chunks of samples, and carries blocks of
/// tangents forwards and backwards through them. Everything that crosses its surface is double.
///
/// Memory is allocated when a size is first seen and reused afterwards; a steady-state pass allocates
/// nothing per operation. Not thread-safe. Local.
package protocol TapeExecution: ChunkedJacobian {
    associatedtype Scalar: TapeScalar
    var tape: Tape { get }
    /// This machine, for what depends on its precision.
    var typed: TapeMachine<Scalar> { get }
    /// Whether it runs in single precision.
    var isSingle: Bool { get }
    /// Takes P parameters, which stay where they are, and evaluates the parameter part. To be called again whenever they
    /// have changed.
    func setParameters(_ parameters: UnsafePointer<Double>)
    /// Values of a node of the parameter part in double precision; nil where they are kept in single.
    func parameterDoubles(of node: Node) -> UnsafePointer<Double>?
    /// Copies the values of a node of the parameter part.
    func copyParameterValues(of node: Node, into values: UnsafeMutablePointer<Double>)
    /// log ψ of `count` configurations as one batch; `logPsi` holds 2·count reals. The bits of a configuration's depend
    /// on that configuration alone.
    func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>)
    /// Makes room for evaluations of so many configurations together.
    func reserve(rows: Int)
    /// Configurations that were evaluated without a tape, those that only fill a block of vectors included.
    var evaluatedRows: Int { get }
    /// Chunks whose arrays are kept, at most; the others share the memory of one, and are linearised again where they
    /// are read. Takes effect with the next linearisation.
    var residentChunks: Int { get set }
    /// How often a chunk was linearised again.
    var relinearisations: Int { get }
    /// Linearises at consecutive blocks of configurations, chunk by chunk, no chunk across the border of two blocks;
    /// also writes log ψ, two reals for each configuration.
    func linearise(_ spins: UnsafePointer<Int8>, blocks: [Range<Int>], into logPsi: UnsafeMutablePointer<Double>)
}

package final class TapeMachine<R: TapeScalar>: TapeExecution {
    package let tape: Tape
    package let chunkRows: Int
    package var typed: TapeMachine<R> { self }
    package var isSingle: Bool { MemoryLayout<R>.size == MemoryLayout<Float>.size }
    let components: Int

    private struct Chunk {
        var kept: Region<R>
        var range = 0..<0
        var first: Int { range.lowerBound }
        var count: Int { range.count }
    }

    /// Values of leaves in single precision, and of what is derived from leaves. In double leaves are read where the
    /// parameters are, and tangents of leaves likewise where one vector goes forward.
    private let parameterValues: Region<R>
    private let parameterSlopes: Region<R>
    private let valueWork: Region<R>
    private let tangentWork: Region<R>
    private let scratch: Region<R>
    private let parameterTangents: Region<R>
    let parameterCotangents: Region<R>
    /// Where the sum of cotangents at hand goes.
    private var transposed: (result: UnsafeMutablePointer<Double>, stride: Int)?
    /// Sums over chunks in double; used in single precision only (in double the cotangents are the sums).
    private let sums: Region<Double>
    let rowWork: Region<R>
    let rowDoubles: Region<Double>
    let factorWork: Region<R>
    let rowSeeds: Region<Double>
    /// What `inSinglePrecision` fills.
    private var single: TapeMachine<Float>?
    private var chunks: [Chunk] = []
    private var division = ChunkDivision(blocks: [], chunkRows: 1)
    package var residentChunks = Int.max
    package private(set) var relinearisations = 0
    package private(set) var evaluatedRows = 0
    /// From which chunk on memory is shared; as `residentChunks` was at the last linearisation.
    private var firstShared = Int.max
    private let shared = Region<R>(capacity: 0)
    /// The chunk that the shared memory holds.
    private var sharedChunk: Int?
    /// Configurations of the chunks that share memory.
    private let sharedSpins = Region<Int8>(capacity: 0)
    /// In a machine that another one fills (`inSinglePrecision`): writes the arrays of a chunk.
    private var refill: ((Int, UnsafeMutablePointer<R>) -> Void)?
    package var chunkCount: Int { division.ranges.count }
    /// k of the pass at hand.
    var vectors = 0
    /// The vector whose tangents were loaded, if its leaves are read where they lie.
    private var loadedVector: UnsafePointer<Double>?

    // Pointer tables by node, rewritten for each chunk.
    let valueTable: Region<UnsafeMutablePointer<R>?>
    let tangentTable: Region<UnsafeMutablePointer<R>?>
    /// `tape.interleaved`.
    private let interleaved: Region<Bool>

    package init(_ tape: Tape, chunkRows: Int) {
        precondition(chunkRows > 0)
        self.tape = tape
        self.chunkRows = chunkRows
        components = tape.output.isComplex ? 2 : 1
        parameterValues = Region(capacity: R.isDouble ? tape.derivedReals : tape.parameterReals)
        parameterSlopes = Region(capacity: tape.parameterSlopeReals)
        valueWork = Region(capacity: 0)
        tangentWork = Region(capacity: 0)
        scratch = Region(capacity: tape.scratchReals)
        parameterTangents = Region(capacity: 0)
        parameterCotangents = Region(capacity: 0)
        sums = Region(capacity: 0)
        rowWork = Region(capacity: 0)
        rowDoubles = Region(capacity: 0)
        factorWork = Region(capacity: 0)
        rowSeeds = Region(capacity: 0)
        valueTable = Region(capacity: tape.nodes.count)
        tangentTable = Region(capacity: tape.nodes.count)
        valueTable.pointer.initialize(repeating: nil, count: tape.nodes.count)
        tangentTable.pointer.initialize(repeating: nil, count: tape.nodes.count)
        interleaved = Region(capacity: tape.nodes.count)
        interleaved.pointer.initialize(from: tape.interleaved, count: tape.nodes.count)
        let leaves = R.isDouble ? Set(tape.leafNodes.map(\.node)) : []
        for node in tape.nodes where node.part == .parameter && !leaves.contains(node) {
            valueTable.pointer[node.index] = parameterValues.pointer + tape.parameterOffsets[node.index]
        }
    }

    package var allocatedBytes: Int {
        let regions = [
            parameterValues, parameterSlopes, valueWork, tangentWork, scratch, parameterTangents, parameterCotangents,
            rowWork, factorWork,
        ]
        let kept = chunks.reduce(0) { $0 + ($1.kept === shared ? 0 : $1.kept.byteCount) }
        return regions.reduce(sums.byteCount + rowDoubles.byteCount + rowSeeds.byteCount) { $0 + $1.byteCount }
            + kept + shared.byteCount + sharedSpins.byteCount + (single?.allocatedBytes ?? 0)
    }

    package var layout: ParameterLayout { tape.trainedLayout }

    // MARK: Parameter part

    package func setParameters(_ parameters: UnsafePointer<Double>) {
        if R.isDouble {
            pointLeaves(of: valueTable, at: parameters, offsets: tape.layout.offsets)
        } else {
            for (node, leaf) in tape.leafNodes {
                R.blockIn(
                    parameters + tape.layout.offsets[leaf], stride: 0,
                    parameterValues.pointer + tape.parameterOffsets[node.index],
                    rows: node.rows, vectors: 1, features: node.rowReals)
            }
        }
        for (index, operation) in tape.parameterOperations.enumerated() {
            operation.evaluate(
                TapeContext(
                    samples: 1, vectors: 1, slope: parameterSlope(index),
                    scratch: scratch.pointer, values: valueTable.pointer, tangents: tangentTable.pointer, accumulated: 0
                ))
        }
    }

    /// - Parameter offsets: of leaves in the vector; negative where it does not have them.
    /// - Precondition: double precision.
    private func pointLeaves(
        of table: Region<UnsafeMutablePointer<R>?>, at vector: UnsafePointer<Double>, offsets: [Int]
    ) {
        for (node, leaf) in tape.leafNodes where offsets[leaf] >= 0 {
            table.pointer[node.index] = UnsafeMutableRawPointer(mutating: vector + offsets[leaf])
                .assumingMemoryBound(to: R.self)
        }
    }

    private func parameterSlope(_ index: Int) -> UnsafeMutablePointer<R> {
        parameterSlopes.pointer + tape.parameterSlopeOffsets[index]
    }

    func pointTangents(at region: Region<R>, vectors: Int) {
        for node in tape.nodes where node.part == .parameter && node.hasTangent {
            tangentTable.pointer[node.index] = region.pointer + vectors * tape.parameterTangentOffsets[node.index]
        }
    }

    private func parameterContext(_ index: Int, vectors: Int) -> TapeContext<R> {
        TapeContext(
            samples: 1, vectors: vectors, slope: parameterSlope(index),
            scratch: scratch.pointer, values: valueTable.pointer, tangents: tangentTable.pointer, accumulated: .max)
    }

    // MARK: Evaluation

    private func loadSpins(_ spins: UnsafePointer<Int8>, count: Int) {
        let node = tape.nodes[0]
        guard let target = valueTable.pointer[node.index] else { return }
        R.fromSpins(spins, target, count: count * node.features)
    }

    private func writeLogPsi(count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        guard let result = valueTable.pointer[tape.output.index] else { return }
        R.blockOut(result, logPsi, stride: 0, rows: 1, vectors: 1, features: components * count, accumulate: false)
        guard components == 1 else { return }
        let phases = tape.phase.map { valueTable.pointer[$0.index] } ?? nil
        for sample in (0..<count).reversed() {
            logPsi[2 * sample] = logPsi[sample]
            logPsi[2 * sample + 1] = phases.map { Double($0[sample]) } ?? 0
        }
    }

    package func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        guard count > 0 else { return }
        pointValues(count: count)
        evaluatedRows += fillsBlocks ? R.wholeBlocks(count) : count
        loadSpins(spins, count: count)
        for operation in tape.sampleOperations { operation.evaluate(plainContext(count: count)) }
        writeLogPsi(count: count, into: logPsi)
    }

    /// log ψ of `count` rows from the values of the first layer on.
    ///
    /// - Parameter fill: writes the values of the layer of a number, `count` × its output's reals.
    /// - Precondition: the tape has a first layer.
    package func evaluate(
        count: Int, firstLayer fill: (Int, UnsafeMutablePointer<R>) -> Void, into logPsi: UnsafeMutablePointer<Double>
    ) {
        guard let firstLayer = tape.firstLayer else { preconditionFailure("the tape has no first layer") }
        pointValues(count: count)
        evaluatedRows += fillsBlocks ? R.wholeBlocks(count) : count
        let context = plainContext(count: count)
        for (index, operation) in tape.sampleOperations.enumerated() {
            if let layer = firstLayer.layerOfOperation[index] {
                fill(layer, context.value(operation.output))
            } else {
                operation.evaluate(context)
            }
        }
        writeLogPsi(count: count, into: logPsi)
    }

    /// Whether some arrays have samples side by side, in blocks that are filled.
    private var fillsBlocks: Bool { tape.interleaved.contains(true) }

    /// Makes room for evaluations without a tape.
    package func reserve(rows: Int) {
        valueWork.reserve(R.wholeBlocks(rows) * max(tape.valuePlan.total, tape.transientPlan.total))
    }

    /// Values of an evaluation without a tape.
    private func pointValues(count: Int) {
        reserve(rows: count)
        for node in tape.nodes where node.part == .sample {
            let offset = tape.valuePlan.offsets[node.index]
            valueTable.pointer[node.index] = offset < 0 ? nil : valueWork.pointer + R.wholeBlocks(count) * offset
        }
    }

    private func plainContext(count: Int) -> TapeContext<R> {
        TapeContext(
            samples: count, vectors: 1, slope: nil,
            scratch: scratch.pointer, values: valueTable.pointer, tangents: tangentTable.pointer,
            accumulated: 0, interleaved: interleaved.pointer, separatesSamples: true)
    }

    /// Values of a node of the parameter part.
    package func parameterValues(of node: Node) -> UnsafePointer<R> {
        guard let values = valueTable.pointer[node.index] else { preconditionFailure("a node without values") }
        return UnsafePointer(values)
    }

    package func parameterDoubles(of node: Node) -> UnsafePointer<Double>? {
        R.isDouble ? UnsafeRawPointer(parameterValues(of: node)).assumingMemoryBound(to: Double.self) : nil
    }

    package func copyParameterValues(of node: Node, into values: UnsafeMutablePointer<Double>) {
        R.blockOut(
            parameterValues(of: node), values, stride: 0, rows: 1, vectors: 1, features: node.reals, accumulate: false)
    }

    package func chunkRange(_ chunk: Int) -> Range<Int> { chunks[chunk].range }
    package func chunks(of samples: Range<Int>) -> Range<Int> { division.chunks(of: samples) }

    package func linearise(
        _ spins: UnsafePointer<Int8>, blocks: [Range<Int>], into logPsi: UnsafeMutablePointer<Double>
    ) {
        prepareChunks(ChunkDivision(blocks: blocks, chunkRows: chunkRows))
        let count = division.sampleCount
        valueWork.reserve(min(count, chunkRows) * max(tape.valuePlan.total, tape.transientPlan.total))
        if firstShared < chunkCount {
            let first = chunks[firstShared].first
            sharedSpins.reserve((count - first) * tape.siteCount)
            sharedSpins.pointer.update(from: spins + first * tape.siteCount, count: (count - first) * tape.siteCount)
        }
        for chunk in 0..<chunkCount {
            let first = chunks[chunk].first
            linearise(chunk, spins + first * tape.siteCount)
            writeLogPsi(count: chunks[chunk].count, into: logPsi + 2 * first)
        }
        sharedChunk = firstShared < chunkCount ? chunkCount - 1 : nil
    }

    /// Takes over a division into chunks, with memory for each.
    private func prepareChunks(_ division: ChunkDivision) {
        self.division = division
        // The last chunk alone would share with nobody.
        firstShared = residentChunks < chunkCount - 1 ? residentChunks : .max
        sharedChunk = nil
        while chunks.count < chunkCount { chunks.append(Chunk(kept: Region(capacity: 0))) }
        for chunk in 0..<chunkCount {
            chunks[chunk].range = division.ranges[chunk]
            if chunk >= firstShared {
                chunks[chunk].kept = shared
            } else if chunks[chunk].kept === shared {
                chunks[chunk].kept = Region(capacity: 0)
            }
            chunks[chunk].kept.reserve(chunks[chunk].count * tape.keptReals)
        }
    }

    private func linearise(_ chunk: Int, _ spins: UnsafePointer<Int8>) {
        let rows = chunks[chunk].count
        pointValues(chunk, transient: true)
        loadSpins(spins, count: rows)
        for (index, operation) in tape.sampleOperations.enumerated() {
            operation.evaluate(
                TapeContext(
                    samples: rows, vectors: 1, slope: slope(chunk, index),
                    scratch: scratch.pointer, values: valueTable.pointer, tangents: tangentTable.pointer, accumulated: 0
                ))
        }
    }

    /// Makes the arrays of a chunk those of its linearisation, where another chunk may have overwritten them.
    private func bringBack(_ chunk: Int) {
        guard chunk >= firstShared, sharedChunk != chunk else { return }
        if let refill {
            refill(chunk, shared.pointer)
        } else {
            relinearisations += 1
            valueWork.reserve(chunks[chunk].count * max(tape.valuePlan.total, tape.transientPlan.total))
            linearise(chunk, sharedSpins.pointer + (chunks[chunk].first - chunks[firstShared].first) * tape.siteCount)
        }
        sharedChunk = chunk
    }

    /// Nil where the operation depends on no trained parameter.
    private func slope(_ chunk: Int, _ index: Int, first: Int = 0) -> UnsafeMutablePointer<R>? {
        guard tape.sampleOperations[index].output.hasTangent else { return nil }
        return chunks[chunk].kept.pointer + chunks[chunk].count * tape.slopeOffsets[index]
            + first * tape.sampleOperations[index].slopeReals
    }

    /// - Parameter first: the sample of the chunk that the pass begins with (0 while values are transient).
    func pointValues(_ chunk: Int, transient: Bool, first: Int = 0) {
        let rows = chunks[chunk].count
        for node in tape.nodes where node.part == .sample {
            let kept = tape.keptOffsets[node.index]
            let offset = tape.transientPlan.offsets[node.index]
            if kept >= 0 {
                valueTable.pointer[node.index] = chunks[chunk].kept.pointer + rows * kept + first * node.storedReals
            } else {
                valueTable.pointer[node.index] = transient && offset >= 0 ? valueWork.pointer + rows * offset : nil
            }
        }
    }

    package func inSinglePrecision() -> any ChunkedJacobian {
        guard R.isDouble else { return self }
        let target = single ?? TapeMachine<Float>(tape, chunkRows: chunkRows)
        single = target
        for node in tape.nodes where node.part == .parameter {
            R.narrow(
                parameterValues(of: node), target.parameterValues.pointer + tape.parameterOffsets[node.index],
                count: node.reals)
        }
        R.narrow(parameterSlopes.pointer, target.parameterSlopes.pointer, count: tape.parameterSlopeReals)
        target.residentChunks = residentChunks
        target.prepareChunks(division)
        for chunk in 0..<min(chunkCount, firstShared) {
            R.narrow(
                chunks[chunk].kept.pointer, target.chunks[chunk].kept.pointer,
                count: chunks[chunk].count * tape.keptReals)
        }
        // This machine owns the other one.
        target.refill = { [unowned self] chunk, kept in
            bringBack(chunk)
            R.narrow(shared.pointer, kept, count: chunks[chunk].count * tape.keptReals)
        }
        return target
    }

    // MARK: Tangents

    package func loadTangents(_ vectors: UnsafePointer<Double>, stride: Int, count: Int) {
        self.vectors = count
        loadedVector = R.isDouble && count == 1 ? vectors : nil
        parameterTangents.reserve(loadedVector == nil ? count * tape.parameterTangentReals : tape.derivedTangentReals)
        pointParameterTangents()
        if loadedVector == nil {
            for (node, leaf) in tape.leafNodes where node.hasTangent {
                R.blockIn(
                    vectors + tape.layout.trainedOffsets[leaf], stride: stride,
                    parameterTangents.pointer + count * tape.parameterTangentOffsets[node.index],
                    rows: node.rows, vectors: count, features: node.rowReals)
            }
        }
        for (index, operation) in tape.parameterOperations.enumerated() where operation.output.hasTangent {
            operation.apply(parameterContext(index, vectors: count))
        }
    }

    private func pointParameterTangents() {
        pointTangents(at: parameterTangents, vectors: vectors)
        if let loadedVector { pointLeaves(of: tangentTable, at: loadedVector, offsets: tape.layout.trainedOffsets) }
    }

    private func pointSampleTangents(_ plan: StoragePlan, rows: Int) {
        tangentWork.reserve(rows * vectors * max(tape.tangentPlan.total, tape.cotangentPlan.total))
        for node in tape.nodes where node.part == .sample {
            let offset = plan.offsets[node.index]
            tangentTable.pointer[node.index] = offset < 0 ? nil : tangentWork.pointer + rows * vectors * offset
        }
    }

    package func forward(chunk: Int, into tangents: UnsafeMutablePointer<Double>) {
        let rows = chunks[chunk].count
        // A chunk's way back may have pointed these at the cotangents.
        bringBack(chunk)
        pointParameterTangents()
        pointValues(chunk, transient: false)
        pointSampleTangents(tape.tangentPlan, rows: rows)
        for (index, operation) in tape.sampleOperations.enumerated() where operation.output.hasTangent {
            operation.apply(
                TapeContext(
                    samples: rows, vectors: vectors, slope: slope(chunk, index),
                    scratch: scratch.pointer, values: valueTable.pointer, tangents: tangentTable.pointer, accumulated: 0
                ))
        }
        let count = rows * vectors * components
        if let result = tangentTable.pointer[tape.output.index] {
            R.blockOut(result, tangents, stride: 0, rows: 1, vectors: 1, features: count, accumulate: false)
        } else {
            tangents.update(repeating: 0, count: count)
        }
    }

    // MARK: Cotangents

    package func beginTransposed(vectors: Int, into result: UnsafeMutablePointer<Double>, stride: Int) {
        self.vectors = vectors
        transposed = (result, stride)
        if accumulatesInPlace {
            parameterCotangents.reserveZeros(tape.derivedTangentReals)
            return result.update(repeating: 0, count: layout.count)
        }
        let count = vectors * tape.parameterTangentReals
        parameterCotangents.reserveZeros(count)
        if !R.isDouble { sums.reserveZeros(count) }
    }

    /// Whether cotangents of leaves are added where the result lies.
    private var accumulatesInPlace: Bool { R.isDouble && vectors == 1 }

    private func pointParameterCotangents() {
        pointTangents(at: parameterCotangents, vectors: vectors)
        if accumulatesInPlace, let transposed {
            pointLeaves(of: tangentTable, at: transposed.result, offsets: tape.layout.trainedOffsets)
        }
    }

    /// Seeds the result's cotangent and reads the sample part backwards, for some samples of a chunk.
    func readBackwards(
        chunk: Int, samples: Range<Int>? = nil, from seeds: UnsafePointer<Double>,
        rows destination: RowDestination<R>? = nil,
        _ visit: (Int, TapeContext<R>) -> Void
    ) {
        let samples = samples ?? 0..<chunks[chunk].count
        bringBack(chunk)
        pointValues(chunk, transient: false, first: samples.lowerBound)
        pointSampleTangents(tape.cotangentPlan, rows: samples.count)
        guard let seed = tangentTable.pointer[tape.output.index] else { return }
        R.blockIn(seeds, stride: 0, seed, rows: 1, vectors: 1, features: samples.count * vectors * components)
        for index in tape.sampleOperations.indices.reversed() where tape.sampleOperations[index].output.hasTangent {
            visit(
                index,
                TapeContext(
                    samples: samples.count, vectors: vectors, slope: slope(chunk, index, first: samples.lowerBound),
                    scratch: scratch.pointer, values: valueTable.pointer, tangents: tangentTable.pointer,
                    accumulated: tape.accumulated[index], rows: destination))
        }
    }

    package func backward(chunk: Int, from seeds: UnsafePointer<Double>) {
        pointParameterCotangents()
        readBackwards(chunk: chunk, from: seeds) { tape.sampleOperations[$0].transpose($1) }
        guard !R.isDouble else { return }
        for node in tape.boundary where node.hasTangent {
            let offset = vectors * tape.parameterTangentOffsets[node.index]
            let count = vectors * node.reals
            R.blockOut(
                parameterCotangents.pointer + offset, sums.pointer + offset, stride: 0, rows: 1, vectors: 1,
                features: count, accumulate: true)
            parameterCotangents.setToZero(offset, count: count)
        }
    }

    package func endTransposed() {
        guard let (result, stride) = transposed else { return }
        if accumulatesInPlace {
            pointParameterCotangents()
            transposed = nil
            return transposeParameterOperations(tape.parameterOperations.indices, vectors: 1)
        }
        transposed = nil
        if !R.isDouble {
            // Derived weights go on through the parameter part; leaves stay in double.
            let leaves = Set(tape.leafNodes.map(\.node))
            for node in tape.boundary where node.hasTangent && !leaves.contains(node) {
                let offset = vectors * tape.parameterTangentOffsets[node.index]
                R.blockIn(
                    sums.pointer + offset, stride: 0, parameterCotangents.pointer + offset, rows: 1, vectors: 1,
                    features: vectors * node.reals)
            }
        }
        transposeParameterPart(
            tape.parameterOperations.indices, into: result, stride: stride, width: layout.count,
            offsets: tape.layout.trainedOffsets, vectors: vectors)
        guard !R.isDouble else { return }
        for (node, leaf) in tape.leafNodes where node.hasTangent {
            Double.blockOut(
                sums.pointer + vectors * tape.parameterTangentOffsets[node.index],
                result + tape.layout.trainedOffsets[leaf],
                stride: stride, rows: node.rows, vectors: vectors, features: node.rowReals, accumulate: true)
        }
    }

    /// Reads the parameter part backwards and adds the leaves' cotangents to zeroed vectors, leaf `l` at
    /// `offsets[l]` (left out where that is negative). The vectors have `width` reals.
    ///
    /// - Parameter operations: those whose results have cotangents.
    func transposeParameterPart(
        _ operations: some BidirectionalCollection<Int>, into result: UnsafeMutablePointer<Double>, stride: Int,
        width: Int, offsets: [Int], vectors: Int
    ) {
        pointTangents(at: parameterCotangents, vectors: vectors)
        transposeParameterOperations(operations, vectors: vectors)
        for vector in 0..<vectors { (result + vector * stride).update(repeating: 0, count: width) }
        for (node, leaf) in tape.leafNodes where offsets[leaf] >= 0 {
            R.blockOut(
                parameterCotangents.pointer + vectors * tape.parameterTangentOffsets[node.index],
                result + offsets[leaf], stride: stride, rows: node.rows, vectors: vectors,
                features: node.rowReals, accumulate: true)
        }
    }

    private func transposeParameterOperations(_ operations: some BidirectionalCollection<Int>, vectors: Int) {
        for index in operations.reversed() where tape.parameterOperations[index].output.hasTangent {
            tape.parameterOperations[index].transpose(parameterContext(index, vectors: vectors))
        }
    }
}
