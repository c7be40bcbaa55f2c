/// log ψ of a network, in batches of a fixed number of rows.
public final class NetworkAmplitudes: LogAmplitudes {
    package let state: NeuralQuantumState
    public let blockRows: Int
    /// Whether proposals are decided in single precision where that leaves no doubt: `ScreenedProposals`. Takes effect
    /// with the next evaluator that is made.
    public var screensProposals = false
    /// The state's, or one in single precision.
    private let machine: any TapeExecution
    /// The state's parameters that the machine has.
    private var parameterVersion: Int
    private let paddedSpins: Region<Int8>
    private let paddedResults: Region<Double>

    init(_ state: NeuralQuantumState, blockRows: Int, machine: (any TapeExecution)? = nil) {
        precondition(blockRows > 0)
        self.state = state
        self.machine = machine ?? state.machine
        parameterVersion = machine == nil ? state.parameterVersion : -1
        self.blockRows = blockRows
        paddedSpins = Region(capacity: blockRows * state.siteCount)
        paddedResults = Region(capacity: 2 * blockRows)
    }

    /// log ψ of the same state in single precision, by memory of its own, at the parameters of the last
    /// `bringUpToDate`; nil where the state is in single precision itself.
    func inSinglePrecision() -> NetworkAmplitudes? {
        guard let machine = state.machine as? TapeMachine<Double> else { return nil }
        return NetworkAmplitudes(
            state, blockRows: blockRows,
            machine: TapeMachine<Float>(machine.tape, chunkRows: machine.chunkRows))
    }

    /// Gives a machine of its own the state's parameters.
    func bringUpToDate() {
        guard machine !== state.machine, parameterVersion != state.parameterVersion else { return }
        machine.setParameters(state.parameters.pointer)
        parameterVersion = state.parameterVersion
    }

    /// Whether `screensProposals` changes anything: not for networks of single precision, nor for those whose ratios
    /// take no evaluation of the network.
    public var canScreenProposals: Bool {
        state.machine is TapeMachine<Double> && state.productTables == nil && !(state.ansatz is any IncrementalAnsatz)
    }

    public var siteCount: Int { state.siteCount }
    public var isComplex: Bool { state.hasPhases }

    public func makeProposalEvaluator() -> any ProposalEvaluator {
        if let ansatz = state.ansatz as? any IncrementalAnsatz,
            let evaluator = ansatz.makeProposalEvaluator(state.parameters)
        {
            return evaluator
        }
        return NetworkProposals(self)
    }

    /// Configurations that a direct sampler draws together.
    static let conditionalBlockRows = 64

    /// The conditional probabilities that a direct sampler draws from; nil for a network that is not autoregressive.
    public func makeConditionalEvaluator() -> (any ConditionalEvaluator)? {
        (state.ansatz as? AutoregressiveNetwork).map {
            CausalConditionals($0, state.parameters, blockRows: Self.conditionalBlockRows)
        }
    }

    public func makeAmplitudeRatios() -> any AmplitudeRatios {
        if let ansatz = state.ansatz as? any IncrementalAnsatz,
            let ratios = ansatz.makeAmplitudeRatios(state.parameters)
        {
            return ratios
        }
        return NetworkRatios(self)
    }

    /// Nil where anything but dense layers reads the spins.
    func firstLayerProposals() -> (any ProposalEvaluator)? {
        func make<R: Precision>(_ machine: TapeMachine<R>) -> (any ProposalEvaluator)? {
            FirstLayerWalkers(machine).map { FirstLayerProposals($0, blockRows: blockRows) }
        }
        if let machine = machine as? TapeMachine<Double> { return make(machine) }
        return (machine as? TapeMachine<Float>).flatMap { make($0) }
    }

    /// Nil likewise.
    func firstLayerRatios() -> (any AmplitudeRatios)? {
        func make<R: Precision>(_ machine: TapeMachine<R>) -> (any AmplitudeRatios)? {
            FirstLayerWalkers(machine).map { FirstLayerRatios($0, blockRows: blockRows) }
        }
        if let machine = machine as? TapeMachine<Double> { return make(machine) }
        return (machine as? TapeMachine<Float>).flatMap { make($0) }
    }

    public func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        var first = 0
        while first < count {
            let rows = min(blockRows, count - first)
            let block = spins + first * siteCount
            if rows == blockRows {
                machine.evaluate(block, count: blockRows, into: logPsi + 2 * first)
            } else {
                for row in 0..<blockRows {
                    (paddedSpins.pointer + row * siteCount).update(
                        from: block + (row < rows ? row : 0) * siteCount, count: siteCount)
                }
                machine.evaluate(paddedSpins.pointer, count: blockRows, into: paddedResults.pointer)
                (logPsi + 2 * first).update(from: paddedResults.pointer, count: 2 * rows)
            }
            first += rows
        }
    }
}
