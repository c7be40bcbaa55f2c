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
    /// Parameter vectors that exist at the same time, at most.
    public let parameterVectorCount: Int
    /// Bytes of these: double precision, replicated on every rank.
    public let parameterVectors: Int

    public var total: Int {
        tape.total + sampleArrays + localEnergies + amplitudeRatios + matrices + jacobian + parameterVectors
    }

    /// - Parameters:
    ///   - flipSetCount: of the Hamiltonian.
    ///   - reconfiguration: nil for the plain gradient.
    ///   - screensProposals: see `NetworkAmplitudes.screensProposals`.
    public init(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, flipSetCount: Int,
        reconfiguration: StochasticReconfiguration?, optimiser: OptimiserRule, screensProposals: Bool = false
    ) {
        let samples = distribution.local
        siteCount = state.siteCount
        let components = state.isComplex ? 2 : 1
        let double = MemoryLayout<Double>.stride
        // Forces and the means of the Jacobian go back through the tape as one block.
        let block = 1 + components
        // What the solvers keep, each by itself: one at a time is at work.
        let storages = reconfiguration.map { reconfiguration in
            let problem = reconfiguration.problem(state, distribution)
            return reconfiguration.solvers.map { $0.storage(problem) }
        }
        let forward = storages?.map(\.block).max() ?? 1
        var work = RatioWork(
            chains: distribution.markovChains ?? 0, samples: samples,
            sampleBatch: LocalEnergies.samplesPerBatch(flipSetCount: flipSetCount),
            samplingRows: MonteCarloState.samplingBlockRows,
            energyRows: MonteCarloState.localEnergyBlockRows)
        work.isScreened = screensProposals
        work.isDirect = distribution.isDirect
        let ratios = state.factor.memory(work)
        amplitudeRatios = ratios.bytes
        let tape = TapeMemory(
            state.machine.tape, isSingle: state.ansatz.dataType.isSingle, chunkRows: state.machine.chunkRows,
            chunks: distribution.chunkCount(rows: state.machine.chunkRows),
            residentChunks: state.residentChunks ?? .max, samples: samples, evaluatedRows: ratios.evaluatedRows,
            forward: reconfiguration == nil ? 0 : forward, backward: max(block, forward))
        self.tape = tape

        // The spins; log ψ of the sampler and of the linearisation, and the local energies, as pairs of numbers.
        var perSample = state.siteCount + 3 * 2 * double
        // The basis beside the states that are kept, and probabilities of both.
        if distribution.isFullSummation { perSample += state.siteCount + 2 * double }
        // Seeds of the block.
        perSample += block * components * double
        sampleArrays = samples * perSample
        localEnergies = LocalEnergies.byteCount(siteCount: state.siteCount, flipSetCount: flipSetCount)

        matrices = storages?.map(\.matrices).max() ?? 0
        firstRank = storages?.map(\.firstRankMatrices).max() ?? 0
        jacobian = Self.jacobian(storages?.compactMap(\.jacobian) ?? [], state, samples: samples, tape)

        let remembered: Int
        switch optimiser {
        case .gradientDescent: remembered = 0
        case .momentum: remembered = 1
        case .adam: remembered = 2
        }
        // Parameters, the update's message, the previous direction, and the optimiser's own.
        let kept = 2 + (reconfiguration?.remembersDirection == true ? 1 : 0) + remembered
        // The block, its message, and what is made of it: forces and means.
        let forces = 3 * block
        // Forces and means; the vectors of the solver; the product's message.
        let solve = block + (storages?.map(\.parameterVectors).max() ?? 0) + 1
        // diag(S), D and its inverse; the blocks of unit vectors, their images and the message.
        let extra = (reconfiguration?.diagonalScale == nil ? 0 : 3) + (forward > 1 ? 3 * forward : 0)
        parameterVectorCount = kept + max(forces, solve + extra)
        // Sums of blocks that wait to be added.
        let blockSums = distribution.blocks.map {
            ShardedSum.scratchCount($0, ranks: distribution.ranks, count: max(block, forward) * state.layout.count)
        }
        parameterVectors = parameterVectorCount * state.layout.count * double + .bytes(ofReals: blockSums ?? 0)
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

    /// One memory for rows serves all solvers.
    private static func jacobian(
        _ copies: [SolverStorage.JacobianCopy], _ state: NeuralQuantumState, samples: Int, _ tape: TapeMemory
    ) -> Int {
        let isSingle = copies.contains(.rows(isSingle: true))
        if isSingle || copies.contains(.rows(isSingle: false)) {
            return StoredJacobian.bytes(
                samples: samples, parameters: state.layout.count, components: state.isComplex ? 2 : 1,
                isSingle: isSingle)
        }
        return !state.ansatz.dataType.isSingle && copies.contains(.singleLinearisation) ? tape.total / 2 : 0
    }
}
