/// Evaluates proposals by evaluating log ψ of all proposed configurations as one batch.
///
/// Chain k sits at position k mod `blockRows` of its block whichever rank it lives on (the rows before
/// a rank's first chain are padding), so its log ψ has the same bits on any number of ranks.
public final class BatchedProposals: ProposalEvaluator {
    private let amplitudes: any LogAmplitudes
    private let blockRows: Int
    public let siteCount: Int
    private var chainCount = 0
    private var paddingRows = 0
    /// Current configurations, and between `evaluate` and `update` the proposed ones.
    private var rows: [Int8] = []
    /// log ψ of all rows of the last evaluation.
    private var proposedLogPsi: [Double] = []
    /// log ψ of the chains' current configurations.
    private var logPsi: [Double] = []

    public init(_ amplitudes: any LogAmplitudes) {
        self.amplitudes = amplitudes
        blockRows = amplitudes.blockRows
        siteCount = amplitudes.siteCount
    }

    public func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        paddingRows = chains.isEmpty ? 0 : chains.lowerBound % blockRows
        let rowCount = paddingRows + chainCount
        if rows.count != rowCount * siteCount {
            rows = [Int8](repeating: 0, count: rowCount * siteCount)
            proposedLogPsi = [Double](repeating: 0, count: 2 * rowCount)
            logPsi = [Double](repeating: 0, count: 2 * chainCount)
        }
        guard chainCount > 0 else { return }
        rows.withUnsafeMutableBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            // Padding repeats a configuration that is certainly valid.
            for row in 0..<paddingRows { (base + row * siteCount).update(from: spins, count: siteCount) }
            (base + paddingRows * siteCount).update(from: spins, count: chainCount * siteCount)
        }
        evaluateRows()
        logPsi.withUnsafeMutableBufferPointer { logPsi in
            for index in 0..<2 * chainCount { logPsi[index] = proposedLogPsi[2 * paddingRows + index] }
        }
    }

    public func evaluate(_ batch: ProposalBatch) {
        guard chainCount > 0 else { return }
        rows.withUnsafeMutableBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            for chain in 0..<chainCount { batch.apply(chain: chain, to: base + (paddingRows + chain) * siteCount) }
        }
        evaluateRows()
        for chain in 0..<chainCount {
            batch.logModulusRatios[chain] = Self.logModulusRatio(
                from: logPsi[2 * chain], to: proposedLogPsi[2 * (paddingRows + chain)])
        }
    }

    public func update(_ batch: ProposalBatch) {
        guard chainCount > 0 else { return }
        rows.withUnsafeMutableBufferPointer { rows in
            guard let base = rows.baseAddress else { return }
            for chain in 0..<chainCount where !batch.accepted[chain] {
                batch.revert(chain: chain, in: base + (paddingRows + chain) * siteCount)
            }
        }
        for chain in 0..<chainCount where batch.accepted[chain] {
            logPsi[2 * chain] = proposedLogPsi[2 * (paddingRows + chain)]
            logPsi[2 * chain + 1] = proposedLogPsi[2 * (paddingRows + chain) + 1]
        }
    }

    public func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool {
        for index in 0..<2 * chainCount { logPsi[index] = self.logPsi[index] }
        return true
    }

    /// The ratio with the rules of `ProposalEvaluator.evaluate` for nodes and invalid values.
    @inline(__always)
    package static func logModulusRatio(from current: Double, to proposed: Double) -> Double {
        // Both comparisons are false for NaN.
        guard proposed < .infinity else { return .nan }
        guard current > -.infinity, current < .infinity else { return .infinity }
        return proposed - current
    }

    private func evaluateRows() {
        rows.withUnsafeBufferPointer { rows in
            proposedLogPsi.withUnsafeMutableBufferPointer { logPsi in
                guard let spins = rows.baseAddress, let output = logPsi.baseAddress else { return }
                amplitudes.evaluate(spins, count: paddingRows + chainCount, into: output)
            }
        }
    }
}

extension LogAmplitudes {
    public func makeProposalEvaluator() -> any ProposalEvaluator { BatchedProposals(self) }
}
