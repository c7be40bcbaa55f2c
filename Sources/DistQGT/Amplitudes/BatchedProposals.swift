import LinearAlgebra

/// Evaluates proposals by evaluating log ψ of all proposed configurations as one batch: one row for each proposal that
/// changes something.
public final class BatchedProposals: ProposalEvaluator {
    private let amplitudes: any LogAmplitudes
    public let siteCount: Int
    private var chainCount = 0
    private var rows = ProposalRows()
    /// Current configurations, and the proposed ones of `rows`.
    private let spins = Region<Int8>(capacity: 0)
    private let proposedSpins = Region<Int8>(capacity: 0)
    /// log ψ of the chains' current configurations, and, by chain, of the proposed ones.
    private let logPsi = Region<Double>(capacity: 0)
    private let proposed = Region<Double>(capacity: 0)
    /// By row.
    private let results = Region<Double>(capacity: 0)

    public init(_ amplitudes: any LogAmplitudes) {
        self.amplitudes = amplitudes
        siteCount = amplitudes.siteCount
    }

    public func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        rows.reserve(chainCount)
        self.spins.reserve(chainCount * siteCount)
        proposedSpins.reserve(chainCount * siteCount)
        logPsi.reserve(2 * chainCount)
        proposed.reserve(2 * chainCount)
        results.reserve(2 * chainCount)
        guard chainCount > 0 else { return }
        self.spins.pointer.update(from: spins, count: chainCount * siteCount)
        amplitudes.evaluate(spins, count: chainCount, into: logPsi.pointer)
    }

    public func evaluate(_ batch: ProposalBatch) {
        rows.take(batch)
        guard rows.count > 0 else { return }
        for row in 0..<rows.count {
            let target = proposedSpins.pointer + row * siteCount
            target.update(from: spins.pointer + rows[row] * siteCount, count: siteCount)
            batch.apply(chain: rows[row], to: target)
        }
        amplitudes.evaluate(proposedSpins.pointer, count: rows.count, into: results.pointer)
        for row in 0..<rows.count {
            let chain = rows[row]
            (proposed.pointer + 2 * chain).update(from: results.pointer + 2 * row, count: 2)
            batch.logModulusRatios[chain] = Self.logModulusRatio(
                from: logPsi.pointer[2 * chain], to: results.pointer[2 * row])
        }
    }

    public func update(_ batch: ProposalBatch) {
        for chain in batch.chains where batch.accepted[chain] {
            batch.apply(chain: chain, to: spins.pointer + chain * siteCount)
            (logPsi.pointer + 2 * chain).update(from: proposed.pointer + 2 * chain, count: 2)
        }
    }

    public func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool {
        logPsi.update(from: self.logPsi.pointer, count: 2 * chainCount)
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
}

extension LogAmplitudes {
    public func makeProposalEvaluator() -> any ProposalEvaluator { BatchedProposals(self) }
}
