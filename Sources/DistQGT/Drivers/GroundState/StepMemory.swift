import Communication
import LinearAlgebra

/// The memory that one rank needs for the steps of an optimisation, by what it is for. Known before
/// anything is allocated; without the few kilobytes whose size depends on neither samples nor parameters.
public struct StepMemory: Sendable, Equatable {
    public let tape: TapeMemory
    private let siteCount: Int
    /// Bytes of configurations, log ψ, local energies and sample vectors.
    public let sampleArrays: Int
    /// Bytes of the matrix elements and ratios of the samples whose local energies are computed together.
    public let localEnergies: Int
    /// Bytes of the dense S or of T where a method needs one, with the copies that their factorisation takes.
    public let matrices: Int
    /// Bytes of these that only rank 0 has, which solves for all.
    public let firstRank: Int
    /// Bytes of what makes amplitude ratios cheap, for the chains and for these samples.
    public let amplitudeRatios: Int
    /// Bytes of the rows of the Jacobian, or of the tape in single precision, where an iterative method multiplies
    /// with them.
    public let jacobian: Int
    /// Parameter vectors of this rank that exist at the same time, at most.
    public let parameterVectorCount: Int
    /// Bytes of these, in double precision.
    public let parameterVectors: Int
    /// Parameter vectors that the ranks of a node have in common.
    public let nodeVectorCount: Int
    /// This rank's part of the bytes of these.
    public let nodeVectors: Int
    /// Bytes of a vector.
    private let vectorBytes: Int

    /// What windows take on a node of so many ranks: the vectors that these have in common, and what they put beside each
    /// other to add it up.
    public func windowBytes(ranks: Int) -> Int { (nodeVectorCount + ranks * parameterVectorCount) * vectorBytes }

    public var total: Int {
        tape.total + sampleArrays + localEnergies + amplitudeRatios + matrices + jacobian + parameterVectors
            + nodeVectors
    }

    /// The sum of what each part of a step says that it takes.
    ///
    /// - Parameters:
    ///   - flipSetCount: of the Hamiltonian.
    ///   - reconfiguration: nil for the plain gradient.
    ///   - isControlled: whether steps are tried before they are made.
    ///   - averagesParameters: whether the last steps' parameters are averaged.
    ///   - keepsParameters: whether good ones are kept.
    ///   - clipsEnergies: whether the forces take clipped local energies.
    ///   - screensProposals: see `NetworkAmplitudes.screensProposals`.
    ///   - evolutionVectors: parameter vectors that a step of an evolution in time has beside those of its derivatives.
    ///   - residentChunks: chunks of samples that keep their arrays, at most; nil for as many as the state keeps.
    public init(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, flipSetCount: Int,
        reconfiguration: StochasticReconfiguration?, optimiser: OptimiserRule, screensProposals: Bool = false,
        residentChunks: Int? = nil, isControlled: Bool = false, averagesParameters: Bool = false,
        keepsParameters: Bool = false, clipsEnergies: Bool = false,
        evolutionVectors: Int = 0
    ) {
        let samples = distribution.local
        siteCount = state.siteCount
        let components = state.isComplex ? 2 : 1
        // Forces and the means of the Jacobian go back through the tape as one block.
        let block = EnergyGradient.vectorCount(components: components)
        let solve = reconfiguration?.storage(state, distribution)
        let forward = solve?.block ?? 1
        var work = RatioWork(
            chains: distribution.markovChains ?? 0, samples: samples,
            sampleBatch: LocalEnergies.samplesPerBatch(flipSetCount: flipSetCount),
            samplingRows: MonteCarloState.samplingBlockRows,
            energyRows: MonteCarloState.localEnergyBlockRows)
        work.isScreened = screensProposals
        work.isDirect = distribution.isDirect
        let ratios = state.factor.memory(work)
        amplitudeRatios = ratios.bytes
        let tape = state.machine.memory(
            chunks: distribution.chunkCount(rows: state.machine.chunkRows),
            residentChunks: residentChunks ?? state.machine.residentChunks, samples: samples,
            evaluatedRows: ratios.evaluatedRows, forward: reconfiguration == nil ? 0 : forward,
            backward: max(block, forward))
        self.tape = tape

        sampleArrays =
            samples
            * (SampleBatch.bytesPerSample(siteCount: state.siteCount, distribution)
                + EnergyGradient.bytesPerSample(components: components)
                + (clipsEnergies ? ClippedEnergies.bytesPerSample : 0)
                + StateEnergy.bytesPerSample(ensembleCount: state.ensembleCount))
        localEnergies = LocalEnergies.byteCount(siteCount: state.siteCount, flipSetCount: flipSetCount)
        matrices = solve?.matrices ?? 0
        firstRank = solve?.firstRankMatrices ?? 0
        jacobian = solve?.jacobian(state, samples: samples, tape) ?? 0

        let count = state.trainedLayout.count
        vectorBytes = .bytes(ofReals: count)
        // A controlled step measures with the last direction.
        let remembered =
            max(solve?.rememberedVectors ?? 0, isControlled ? 1 : 0) + optimiser.rememberedVectors
            + (averagesParameters ? 1 : 0) + (keepsParameters ? 1 : 0)
        let solving = solve?.parameterVectors ?? 0
        let ranks = distribution.ranksPerVector
        if ranks == 1 {
            // The parameters and the update's message; the block, its message, and what is made of it, of which the
            // solver needs only the last.
            parameterVectorCount = 2 + remembered + max(3 * block, block + solving, isControlled ? block + 2 : 0)
            nodeVectorCount = 0
        } else {
            // The parameters, and the terms of sums.
            let own = solve?.ownVectors ?? 0
            // A trial keeps the parameters.
            parameterVectorCount = 1 + max(block, own, isControlled ? 1 : 0)
            nodeVectorCount = 1 + remembered + block + solving - own
        }
        nodeVectors = (.bytes(ofReals: nodeVectorCount, count) + ranks - 1) / ranks
        // Sums of blocks that wait to be added.
        let blockSums = distribution.blocks.map {
            ShardedSum.scratchCount(
                $0, ranks: distribution.ranks, count: max(block, forward, solve?.summedVectors ?? 1) * count)
        }
        // Of what holds all parameters, those that are not trained: the parameters, kept ones, a trial's.
        let constants = (state.layout.count - count) * (1 + (keepsParameters ? 1 : 0) + (isControlled ? 1 : 0))
        parameterVectors =
            .bytes(ofReals: constants) + .bytes(ofReals: parameterVectorCount + evolutionVectors, count)
            + .bytes(ofReals: blockSums ?? 0)
    }

    /// The chunks of samples that may keep what their linearisation needs, if the step is to take at most so many bytes:
    /// nil if all may; negative if it takes more even where none does.
    ///
    /// - Precondition: the plan of a state that keeps all.
    public func residentChunks(within bytes: Int) -> Int? {
        guard total > bytes else { return nil }
        // Each chunk keeps its arrays or its configurations; one more set of arrays is shared.
        let kept = tape.chunkRows * tape.perSample
        let rest = total - tape.tape + tape.samples * siteCount
        // What is made from a tape in single precision shrinks with it.
        return Int((Double(bytes - rest) / Double(max(1, kept))).rounded(.down)) - 1
    }
}
