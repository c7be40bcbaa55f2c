/// The memory that one rank needs for the steps of an optimisation, by what it is for. Known before
/// anything is allocated; without the few kilobytes whose size depends on neither samples nor parameters.
public struct StepMemory: Sendable, Equatable {
    public let tape: TapeMemory
    /// Bytes of configurations, log ψ, local energies and sample vectors.
    public let sampleArrays: Int
    /// Bytes of the matrix elements and ratios of the samples whose local energies are computed together.
    public let localEnergies: Int
    /// Bytes of what makes amplitude ratios cheap, for the chains and for these samples.
    public let amplitudeRatios: Int
    /// Parameter vectors that exist at the same time, at most.
    public let parameterVectorCount: Int
    /// Bytes of these: double precision, replicated on every rank.
    public let parameterVectors: Int

    public var total: Int { tape.total + sampleArrays + localEnergies + amplitudeRatios + parameterVectors }

    /// - Parameters:
    ///   - samples: of this rank.
    ///   - chains: of this rank; nil where the samples are the whole basis.
    ///   - flipSetCount: of the Hamiltonian.
    ///   - reconfiguration: nil for the plain gradient.
    public init(
        _ state: NeuralQuantumState, samples: Int, chains: Int?, flipSetCount: Int,
        reconfiguration: StochasticReconfiguration?, optimiser: OptimiserRule
    ) {
        let components = state.isComplex ? 2 : 1
        let double = MemoryLayout<Double>.stride
        // Forces and the means of the Jacobian go back through the tape as one block.
        let block = 1 + components
        let ratios = RatioMemory(
            state, chains: chains ?? 0, samples: samples,
            sampleBatch: LocalEnergies.samplesPerBatch(flipSetCount: flipSetCount),
            samplingRows: VariationalMonteCarlo.samplingBlockRows,
            energyRows: VariationalMonteCarlo.localEnergyBlockRows)
        amplitudeRatios = ratios.bytes
        tape = TapeMemory(
            state.machine.tape, isSingle: state.ansatz.dataType.isSingle, chunkRows: state.machine.chunkRows,
            samples: samples, evaluatedRows: ratios.evaluatedRows,
            forward: reconfiguration == nil ? 0 : 1, backward: block)

        // The spins; log ψ of the sampler and of the linearisation, and the local energies, as pairs of numbers.
        var perSample = state.siteCount + 3 * 2 * double
        // The basis beside the states that are kept, and probabilities of both.
        if chains == nil { perSample += state.siteCount + 2 * double }
        // Seeds of the block; the vectors of the composition.
        let isComposed = reconfiguration?.centring == .composed
        perSample += max(block, isComposed ? 3 : 0) * components * double
        sampleArrays = samples * perSample
        localEnergies = LocalEnergies.byteCount(siteCount: state.siteCount, flipSetCount: flipSetCount)

        let remembered: Int
        switch optimiser {
        case .gradientDescent: remembered = 0
        case .momentum: remembered = 1
        case .adam: remembered = 2
        }
        // Parameters, the previous direction, and the optimiser's own.
        let kept = 1 + (reconfiguration?.warmStart == true ? 1 : 0) + remembered
        // The block, its message, and what is made of it: forces and means.
        let forces = 3 * block
        // Forces and means; solution, residual, direction and image of the solver; the product's message and,
        // in the composition, the replicated vector.
        let solve = block + (reconfiguration == nil ? 1 : 4 + (isComposed ? 2 : 1))
        parameterVectorCount = kept + max(forces, solve)
        parameterVectors = parameterVectorCount * state.layout.count * double
    }
}
