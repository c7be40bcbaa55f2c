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
        // A dense S comes from products with blocks of unit vectors.
        let isDense = reconfiguration?.methods.contains { $0.isDense } ?? false
        let hasDenseS = isDense && reconfiguration?.space == .parameters
        let forward = hasDenseS ? min(QuantumGeometricTensor.blockWidth, state.layout.count) : 1
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
            forward: reconfiguration == nil ? 0 : forward, backward: max(block, hasDenseS ? forward : 0))
        self.tape = tape

        // The spins; log ψ of the sampler and of the linearisation, and the local energies, as pairs of numbers.
        var perSample = state.siteCount + 3 * 2 * double
        // The basis beside the states that are kept, and probabilities of both.
        if distribution.isFullSummation { perSample += state.siteCount + 2 * double }
        // Seeds of the block; the vectors of the composition.
        let isComposed = reconfiguration?.centring == .composed
        perSample += max(block, isComposed ? 3 : 0) * components * double
        sampleArrays = samples * perSample
        localEnergies = LocalEnergies.byteCount(siteCount: state.siteCount, flipSetCount: flipSetCount)

        matrices = reconfiguration.map { Self.matrices($0, state, distribution) } ?? 0
        jacobian = reconfiguration.map { Self.jacobian($0, state, samples: samples, tape) } ?? 0

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
        // Forces and means; the vectors of the solver; the product's message and, in the composition, the
        // replicated vector.
        let solve = block + (reconfiguration.map { Self.solverVectors($0) + (isComposed ? 2 : 1) } ?? 1)
        // diag(S), D and its inverse; the blocks of unit vectors, their images and the message.
        let extra = (reconfiguration?.diagonalScale == nil ? 0 : 3) + (hasDenseS ? 3 * forward : 0)
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

    /// Parameter vectors of a solve: its right-hand side and solution, and what iterations keep.
    private static func solverVectors(_ reconfiguration: StochasticReconfiguration) -> Int {
        // In sample space: the image of the momentum, the tangent and message of a product, and the direction.
        guard reconfiguration.space == .parameters else { return 4 }
        let products = reconfiguration.products
        return reconfiguration.methods.map { method in
            switch method {
            case .cholesky, .smoothPseudoInverse: 2
            // Three Lanczos vectors, two directions, the residual, and what they began with.
            case .minimalResidual: 2 + 7
            case .conjugateGradient:
                // Residual, direction, image, what they began with; x and r of the last replacement, or the
                // correction and a second message; z, diag(S), and the sum that is inverted with its inverse.
                2 + 4 + 2 + (products.preconditions(method) ? 4 : 0)
            }
        }.max() ?? 2
    }

    private static func jacobian(
        _ reconfiguration: StochasticReconfiguration, _ state: NeuralQuantumState, samples: Int, _ tape: TapeMemory
    ) -> Int {
        let (products, space) = (reconfiguration.products, reconfiguration.space)
        let isSingle = state.ansatz.dataType.isSingle
        if reconfiguration.methods.contains(where: { products.multipliesRows($0, in: space) }) {
            return StoredJacobian.bytes(
                samples: samples, parameters: state.layout.count, components: state.isComplex ? 2 : 1,
                isSingle: products.isSingle)
        }
        guard !isSingle, reconfiguration.methods.contains(where: { products.refines($0, in: space) }) else { return 0 }
        return tape.total / 2
    }

    /// The rank that factorises holds the gathered matrix, the copy that is overwritten and, for eigenvectors, two
    /// more.
    private static func matrices(
        _ reconfiguration: StochasticReconfiguration, _ state: NeuralQuantumState, _ distribution: SampleDistribution
    ) -> Int {
        let components = state.isComplex ? 2 : 1
        let size = reconfiguration.space == .parameters ? state.layout.count : distribution.total * components
        let copies =
            reconfiguration.methods.map { method in
                switch method {
                case .conjugateGradient, .minimalResidual: 0
                case .cholesky: 2
                case .smoothPseudoInverse: 4
                }
            }.max() ?? 0
        let dense = Int.bytes(ofReals: copies, size, size)
        guard reconfiguration.space == .samples,
            reconfiguration.methods.contains(where: { !reconfiguration.products.multipliesJacobian($0, in: .samples) })
        else { return dense }
        let plan = SampleKernelPlan(
            state.machine.tape, samples: distribution.local, totalSamples: distribution.total,
            ranks: distribution.ranks, hasDiagonal: reconfiguration.diagonalScale != nil,
            isInBlocks: distribution.blocks != nil, forFactorisation: reconfiguration.methods[0].isDense)
        return plan.bytes + dense
    }
}
