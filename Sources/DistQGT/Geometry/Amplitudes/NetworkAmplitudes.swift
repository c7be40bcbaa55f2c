/// log ψ of a network, in batches of a fixed number of rows.
public final class NetworkAmplitudes: LogAmplitudes {
    package let state: NeuralQuantumState
    public let blockRows: Int
    private let paddedSpins: Region<Int8>
    private let paddedResults: Region<Double>

    init(_ state: NeuralQuantumState, blockRows: Int) {
        precondition(blockRows > 0)
        self.state = state
        self.blockRows = blockRows
        paddedSpins = Region(capacity: blockRows * state.siteCount)
        paddedResults = Region(capacity: 2 * blockRows)
    }

    public var siteCount: Int { state.siteCount }
    public var isComplex: Bool { state.isComplex }

    public func makeProposalEvaluator() -> any ProposalEvaluator {
        if let ansatz = state.ansatz as? any IncrementalAnsatz,
            let evaluator = ansatz.makeProposalEvaluator(state.parameters)
        {
            return evaluator
        }
        return NetworkProposals(self)
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
        if let machine = state.machine as? TapeMachine<Double> { return make(machine) }
        return (state.machine as? TapeMachine<Float>).flatMap { make($0) }
    }

    /// Nil likewise.
    func firstLayerRatios() -> (any AmplitudeRatios)? {
        func make<R: Precision>(_ machine: TapeMachine<R>) -> (any AmplitudeRatios)? {
            FirstLayerWalkers(machine).map { FirstLayerRatios($0, blockRows: blockRows) }
        }
        if let machine = state.machine as? TapeMachine<Double> { return make(machine) }
        return (state.machine as? TapeMachine<Float>).flatMap { make($0) }
    }

    public func evaluate(_ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>) {
        var first = 0
        while first < count {
            let rows = min(blockRows, count - first)
            let block = spins + first * siteCount
            if rows == blockRows {
                state.machine.evaluate(block, count: blockRows, into: logPsi + 2 * first)
            } else {
                for row in 0..<blockRows {
                    (paddedSpins.pointer + row * siteCount).update(
                        from: block + (row < rows ? row : 0) * siteCount, count: siteCount)
                }
                state.machine.evaluate(paddedSpins.pointer, count: blockRows, into: paddedResults.pointer)
                (logPsi + 2 * first).update(from: paddedResults.pointer, count: 2 * rows)
            }
            first += rows
        }
    }
}
