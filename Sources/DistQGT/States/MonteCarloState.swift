import Communication

/// A wave function ψ with the samples that expectation values in it are means over: it draws them, linearises log ψ
/// there, and says how sums over them are formed. It knows nothing of why that is done; a `Driver` or a measurement
/// asks it.
///
/// Parameters are replicated and samples are spread over the ranks; all ranks call every method together.
public final class MonteCarloState {
    public let waveFunction: NeuralQuantumState
    public let space: HilbertSpace
    public let communicator: Communicator
    /// The blocks of chains, or of the basis, in which sums over samples are formed, so that their bits are the same on
    /// any number of ranks; nil for plain sums.
    public let blocks: BlockPartition?
    public let source: SampleSource
    /// Where this rank's chains stood before the last draw that was to remember it: from there the same samples are drawn
    /// again at the same parameters. Nil where the basis is summed.
    public private(set) var chainsBeforeDraw: ChainState?
    private let samplingAmplitudes: NetworkAmplitudes

    /// Rows evaluated together while sampling, at most.
    public static let samplingBlockRows = 16
    /// Connected configurations evaluated together, at most.
    public static let localEnergyBlockRows = 128

    /// Collective: rank 0's parameters are broadcast.
    ///
    /// - Parameter blocks: those whose shards the ranks take; nil for shares as even as can be.
    /// - Throws: `SamplerError` or `HilbertSpaceError` for samples that cannot be drawn.
    public convenience init(
        _ waveFunction: NeuralQuantumState, in space: HilbertSpace, samples method: SampleMethod,
        communicator: Communicator, blocks: BlockPartition? = nil
    ) throws {
        let amplitudes = waveFunction.amplitudes(blockRows: Self.samplingBlockRows)
        let source = try method.makeSource(amplitudes, in: space, communicator: communicator, blocks: blocks)
        try self.init(waveFunction, space, source, amplitudes, communicator, blocks)
    }

    /// The state over a list of basis states of its own. Collective: rank 0's parameters are broadcast.
    public convenience init(
        _ waveFunction: NeuralQuantumState, in space: HilbertSpace, summing basis: FullSummation,
        communicator: Communicator
    ) throws {
        let amplitudes = waveFunction.amplitudes(blockRows: Self.samplingBlockRows)
        try self.init(waveFunction, space, .fullSummation(basis), amplitudes, communicator, nil)
    }

    private init(
        _ waveFunction: NeuralQuantumState, _ space: HilbertSpace, _ source: SampleSource,
        _ amplitudes: NetworkAmplitudes, _ communicator: Communicator, _ blocks: BlockPartition?
    ) throws {
        self.waveFunction = waveFunction
        self.space = space
        self.source = source
        self.communicator = communicator
        self.blocks = blocks
        samplingAmplitudes = amplitudes
        try communicator.broadcast(waveFunction.parameters.storage.buffer)
        waveFunction.parametersChanged()
    }

    /// Draws the samples of one step at the present parameters. Local for chains, which go on from where they stand; a
    /// full summation is collective: three allreduces.
    ///
    /// - Parameters:
    ///   - length: samples of each chain; nil for as many as were planned, and without effect where the basis is summed.
    ///   - remembersStart: whether `chainsBeforeDraw` is to tell where the chains stood.
    /// - Throws: `NotFiniteError` on every rank, if a full summation finds log ψ not finite.
    public func draw(length: Int? = nil, remembersStart: Bool = false) throws -> SampleBatch {
        if remembersStart { chainsBeforeDraw = source.chainSampler?.chainState() }
        return try reportingNodes {
            try source.draw(samplingAmplitudes, length: length, communicator: communicator, blocks: blocks)
        }
    }

    /// Linearises log ψ at a batch of samples. Local.
    public func linearise(_ batch: SampleBatch) -> Linearisation {
        waveFunction.linearise(batch.configurations, in: batch.space(isComplex: waveFunction.isComplex))
    }

    /// How sums over some samples of a batch are formed: in the blocks of the batch where it has such. Local.
    ///
    /// - Parameter rows: ascending.
    func sums(over rows: [Int], of batch: SampleBatch) -> ShardedSum {
        blocks.map { $0.sum(over: communicator, blocks: Configurations.ranges(of: rows, in: batch.sums.blocks)) }
            ?? ShardedSum(communicator, itemCount: rows.count)
    }

    /// log ψ of a batch of samples, real and imaginary part in turn, by evaluation in pieces and without a tape that is
    /// kept. Local. The bits do not depend on the ranks.
    public func logPsi(of batch: SampleBatch) -> [Double] { logPsi(of: batch.configurations) }

    /// The same of any configurations.
    func logPsi(of configurations: Configurations) -> [Double] { samplingAmplitudes.logPsi(of: configurations) }

    /// Chains of their own that go on from where the state's stand, which stay as they are; nil where the basis is
    /// summed. Local.
    ///
    /// - Parameter change: makes the parameters of the new chains from those of the state's.
    package func continuedChains(changing change: (inout SamplerParameters) -> Void) throws -> (any ChainSampler)? {
        try source.continued(samplingAmplitudes, changing: change).chainSampler
    }

    /// The share of accepted proposals of a batch; nil where nothing is proposed. Collective where something is: one
    /// allreduce.
    ///
    /// - Throws: `NotFiniteError` on every rank, if no proposal had a finite log ψ.
    public func acceptance(of batch: SampleBatch) throws -> Double? { try acceptances(of: batch)?.share }

    /// The same with that of each kind of move. Collective likewise.
    ///
    /// - Throws: `NotFiniteError` on every rank, if no proposal had a finite log ψ.
    public func acceptances(of batch: SampleBatch) throws -> Acceptance? {
        try reportingNodes { try batch.counts.map { Acceptance(try $0.reduced(over: communicator)) } }
    }

    /// What states of no weight add to the variance of an operator's expectation value. Local.
    func imageWeights(of hamiltonian: any Operator, at states: FaintStates) -> [Double] {
        states.imageWeights(of: hamiltonian, samplingAmplitudes)
    }

    /// Proposals over all ranks, and how many of them were accepted. Collective: one allreduce.
    ///
    /// - Throws: `NotFiniteError` on every rank, if no proposal had a finite log ψ.
    func moves(_ counts: ProposalCounts) throws -> (proposed: Int, accepted: Int) {
        let all = try reportingNodes { try counts.reduced(over: communicator) }
        return (all.proposed, all.accepted)
    }

    /// What samplers throw while drawing comes from reduced numbers, so that every rank throws it.
    private func reportingNodes<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch SamplerError.waveFunctionVanishes {
            throw NotFiniteError(quantity: "psi", problem: "is zero for every state of the basis")
        } catch is SamplerError {
            throw NotFiniteError(quantity: "log psi")
        }
    }
}

/// A quantity of a state that is not finite, or nothing. The same on every rank.
public struct NotFiniteError: CollectiveError, CustomStringConvertible {
    public let quantity: String
    public let problem: String

    public init(quantity: String, problem: String = "is not finite") {
        self.quantity = quantity
        self.problem = problem
    }

    public var description: String { "\(quantity) \(problem)" }
}
