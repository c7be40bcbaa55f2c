import LinearAlgebra

/// Proposals of a network decided in single precision where that leaves no doubt, and in double precision elsewhere:
/// the decisions are those of double precision.
///
/// A proposal is accepted if ln u < 2 Δ, with Δ = log |ψ(σ′)/ψ(σ)|. The single-precision Δ decides if
/// |ln u − 2 Δ| is at least the margin, which is kept well above the errors seen: those of all chains at the
/// beginning of every step, and those of all proposals that are evaluated again.
///
/// A proposal that is evaluated again is so in a block of its own position, so that a decision does not depend on
/// which chains live on the same rank.
package final class ScreenedProposals: ProposalEvaluator {
    /// The margin where single precision is as good as it can be.
    private let leastMargin: Double
    /// The margin in units of the largest error seen of 2 Δ.
    private let safety: Double

    private let amplitudes: NetworkAmplitudes
    private let single: NetworkAmplitudes
    private let screen: any ProposalEvaluator
    private let blockRows: Int
    package let siteCount: Int
    private var chainCount = 0
    private var paddingRows = 0
    package private(set) var margin: Double
    /// How many proposals were evaluated again.
    package private(set) var recheckCount = 0
    /// Current configurations.
    private let spins = Region<Int8>(capacity: 0)
    /// A block of configurations, and log ψ of these before and after their flips.
    private let rows: Region<Int8>
    private let before: Region<Double>
    private let after: Region<Double>

    /// Nil where the network is evaluated in single precision as it is.
    package init?(_ amplitudes: NetworkAmplitudes, leastMargin: Double = 1e-4, safety: Double = 8) {
        guard let single = amplitudes.inSinglePrecision() else { return nil }
        self.amplitudes = amplitudes
        self.single = single
        self.leastMargin = leastMargin
        self.safety = safety
        margin = leastMargin
        screen = FactorProposals(single.factor, blockRows: amplitudes.blockRows) { $0.evaluatesTape }
        blockRows = amplitudes.blockRows
        siteCount = amplitudes.siteCount
        rows = Region(capacity: blockRows * siteCount)
        before = Region(capacity: 2 * blockRows)
        after = Region(capacity: 2 * blockRows)
    }

    package func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        paddingRows = chains.isEmpty ? 0 : chains.lowerBound % blockRows
        self.spins.reserve(chainCount * siteCount)
        self.spins.pointer.update(from: spins, count: chainCount * siteCount)
        screen.load(spins, chains: chains)
        measureError()
    }

    /// Sets the margin by the error of log |ψ| of the chains' configurations. Δ has two such errors.
    private func measureError() {
        margin = leastMargin
        guard chainCount > 0 else { return }
        var screened = [Double](repeating: 0, count: 2 * chainCount)
        let isKnown = screened.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { screen.currentLogPsi(into: $0) } ?? false
        }
        for first in stride(from: 0, to: paddingRows + chainCount, by: blockRows) {
            fillRows(first)
            amplitudes.evaluate(rows.pointer, count: blockRows, into: before.pointer)
            if !isKnown { single.evaluate(rows.pointer, count: blockRows, into: after.pointer) }
            for row in 0..<blockRows {
                let chain = first + row - paddingRows
                guard (0..<chainCount).contains(chain) else { continue }
                let screened = isKnown ? screened[2 * chain] : after.pointer[2 * row]
                widenMargin(error: 4 * abs(screened - before.pointer[2 * row]))
            }
        }
    }

    /// - Parameter error: of 2 Δ. One that is not finite tells nothing: such a ratio is always evaluated again.
    private func widenMargin(error: Double) {
        if error.isFinite { margin = max(margin, safety * error) }
    }

    /// The current configurations of the block that begins with row `first`; rows that no chain has repeat the nearest
    /// chain.
    private func fillRows(_ first: Int) {
        for row in 0..<blockRows {
            let chain = min(max(0, first + row - paddingRows), chainCount - 1)
            (rows.pointer + row * siteCount).update(from: spins.pointer + chain * siteCount, count: siteCount)
        }
    }

    package func evaluate(_ batch: ProposalBatch) {
        guard chainCount > 0 else { return }
        screen.evaluate(batch)
        // Rows of a block are consecutive.
        var checked = -1
        for chain in batch.chains where isOpen(chain, batch) {
            let block = (paddingRows + chain) / blockRows
            guard block != checked else { continue }
            checked = block
            evaluateAgain(batch, first: block * blockRows)
        }
    }

    /// Whether single precision does not decide.
    @inline(__always)
    private func isOpen(_ chain: Int, _ batch: ProposalBatch) -> Bool {
        guard batch.siteCounts[chain] > 0 else { return false }
        let ratio = batch.logModulusRatios[chain]
        return !ratio.isFinite || !(abs(batch.logThresholds[chain] - 2 * ratio) >= margin)
    }

    /// Evaluates the open proposals of a block in double precision.
    private func evaluateAgain(_ batch: ProposalBatch, first: Int) {
        let chains = (max(0, first - paddingRows)..<min(chainCount, first + blockRows - paddingRows))
            .clamped(to: batch.chains)
        fillRows(first)
        amplitudes.evaluate(rows.pointer, count: blockRows, into: before.pointer)
        for chain in chains where isOpen(chain, batch) {
            batch.apply(chain: chain, to: rows.pointer + (paddingRows + chain - first) * siteCount)
        }
        amplitudes.evaluate(rows.pointer, count: blockRows, into: after.pointer)
        for chain in chains where isOpen(chain, batch) {
            let row = paddingRows + chain - first
            let ratio = BatchedProposals.logModulusRatio(
                from: before.pointer[2 * row], to: after.pointer[2 * row])
            let error = 2 * abs(batch.logModulusRatios[chain] - ratio)
            batch.logModulusRatios[chain] = ratio
            recheckCount += 1
            widenMargin(error: error)
        }
    }

    package func update(_ batch: ProposalBatch) {
        screen.update(batch)
        for chain in batch.chains where batch.accepted[chain] {
            batch.apply(chain: chain, to: spins.pointer + chain * siteCount)
        }
    }

    /// The amplitudes at hand are single.
    package func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool { false }
}
