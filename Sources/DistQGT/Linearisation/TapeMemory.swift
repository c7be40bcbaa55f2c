/// The bytes of one rank's linearisation: what a tape machine holds once it has worked on a number of
/// samples. The machine tells them before it allocates anything.
public struct TapeMemory: Sendable, Equatable {
    /// Samples of the rank.
    public let samples: Int
    /// Bytes of node values and slopes that a linearisation keeps for each sample.
    public let perSample: Int
    /// Values and tangents of the chunk being worked on.
    public let workspaces: Int
    /// Values, tangents and cotangents of leaves and of the weights derived from them, in the tape's precision,
    /// with their sums in double where that is single.
    public let parameterArrays: Int

    /// Chunks of samples, and those of them that are linearised again for each product, because they share memory.
    public let chunks: Int
    public let relinearisedChunks: Int
    /// Samples of a full chunk.
    let chunkRows: Int
    /// Bytes of the configurations that these are linearised at.
    let configurations: Int

    /// Bytes of the tape itself: every chunk keeps its own, those that are linearised again share that of one.
    public var tape: Int {
        guard relinearisedChunks > 0 else { return samples * perSample }
        return (chunks - relinearisedChunks + 1) * chunkRows * perSample + configurations
    }
    public var total: Int { tape + workspaces + parameterArrays }
}

extension TapeExecution {
    /// The bytes of this machine once it has linearised, in chunks of `chunkRows` samples.
    ///
    /// - Parameters:
    ///   - chunks: of the samples of the rank.
    ///   - residentChunks: those that keep their arrays, at most.
    ///   - evaluatedRows: the most rows that are evaluated together without a tape.
    ///   - forward: the most vectors that a pass along tangents carries.
    ///   - backward: the most vectors that a pass back carries.
    package func memory(
        chunks: Int, residentChunks: Int, samples: Int, evaluatedRows: Int, forward: Int, backward: Int
    ) -> TapeMemory {
        let scalar = MemoryLayout<Scalar>.stride
        let rows = min(samples, chunkRows)
        // The last one alone would share with nobody.
        let relinearised = residentChunks < chunks - 1 ? chunks - residentChunks : 0
        let rowValues = max(rows, evaluatedRows) * max(tape.valuePlan.total, tape.transientPlan.total)
        let rowTangents = rows * max(forward, backward) * max(tape.tangentPlan.total, tape.cotangentPlan.total)
        // In double, leaves are read where the parameters and a single vector lie.
        let values = isSingle ? tape.parameterReals : tape.derivedReals
        let tangentReals = tape.parameterTangentReals
        let tangents = forward * (isSingle || forward > 1 ? tangentReals : tape.derivedTangentReals)
        let arrays = values + tangents + backward * tangentReals + tape.parameterSlopeReals
        return TapeMemory(
            samples: samples, perSample: scalar * tape.keptReals,
            workspaces: scalar * (rowValues + rowTangents + tape.scratchReals),
            parameterArrays: scalar * arrays
                + (isSingle ? backward * tangentReals * MemoryLayout<Double>.stride : 0),
            chunks: chunks, relinearisedChunks: relinearised, chunkRows: chunkRows,
            configurations: relinearised > 0 ? max(0, samples - residentChunks * chunkRows) * tape.siteCount : 0)
    }
}
