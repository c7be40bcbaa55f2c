import LinearAlgebra

/// Proposals of a network decided in single precision where that leaves no doubt, and in double precision elsewhere:
/// the decisions are those of double precision.
///
/// A proposal is accepted if ln u < 2 Δ, with Δ = log |ψ(σ′)/ψ(σ)|. The single-precision Δ decides if
/// |ln u − 2 Δ| is at least the margin, which is kept well above the errors seen: those of all chains at the
/// beginning of every step, and those of all proposals that are evaluated again.
package final class ScreenedProposals: ProposalEvaluator {
    /// The margin where single precision is as good as it can be.
    private let leastMargin: Double
    /// The margin in units of the largest error seen of 2 Δ.
    private let safety: Double

    private let amplitudes: NetworkAmplitudes
    private let single: NetworkAmplitudes
    private let screen: any ProposalEvaluator
    package let siteCount: Int
    private var chainCount = 0
    package private(set) var margin: Double
    /// How many proposals were evaluated again.
    package private(set) var recheckCount = 0
    /// Current configurations.
    private let spins = Region<Int8>(capacity: 0)
    /// Proposals that are evaluated again: their configurations, and log ψ of these before and after their flips.
    private var open = ProposalRows()
    private let openSpins = Region<Int8>(capacity: 0)
    private let before = Region<Double>(capacity: 0)
    private let after = Region<Double>(capacity: 0)

    /// Nil where the network is evaluated in single precision as it is.
    package init?(_ amplitudes: NetworkAmplitudes, leastMargin: Double = 1e-4, safety: Double = 8) {
        guard let single = amplitudes.inSinglePrecision() else { return nil }
        self.amplitudes = amplitudes
        self.single = single
        self.leastMargin = leastMargin
        self.safety = safety
        margin = leastMargin
        screen = FactorProposals(single.factor, blockRows: amplitudes.blockRows) { $0.evaluatesTape }
        siteCount = amplitudes.siteCount
    }

    package func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) {
        chainCount = chains.count
        open.reserve(chainCount)
        for region in [self.spins, openSpins] { region.reserve(chainCount * siteCount) }
        for region in [before, after] { region.reserve(2 * chainCount) }
        self.spins.pointer.update(from: spins, count: chainCount * siteCount)
        screen.load(spins, chains: chains)
        measureError()
    }

    /// Sets the margin by the error of log |ψ| of the chains' configurations. Δ has two such errors.
    private func measureError() {
        margin = leastMargin
        guard chainCount > 0 else { return }
        amplitudes.evaluate(spins.pointer, count: chainCount, into: before.pointer)
        if !screen.currentLogPsi(into: after.pointer) {
            single.evaluate(spins.pointer, count: chainCount, into: after.pointer)
        }
        for chain in 0..<chainCount {
            widenMargin(error: 4 * abs(after.pointer[2 * chain] - before.pointer[2 * chain]))
        }
    }

    /// - Parameter error: of 2 Δ. One that is not finite tells nothing: such a ratio is always evaluated again.
    private func widenMargin(error: Double) {
        if error.isFinite { margin = max(margin, safety * error) }
    }

    package func evaluate(_ batch: ProposalBatch) {
        screen.evaluate(batch)
        open.take(batch) { isOpen($0, batch) }
        if open.count > 0 { evaluateAgain(batch) }
    }

    /// Whether single precision does not decide.
    @inline(__always)
    private func isOpen(_ chain: Int, _ batch: ProposalBatch) -> Bool {
        let ratio = batch.logModulusRatios[chain]
        return !ratio.isFinite || !(abs(batch.logThresholds[chain] - 2 * ratio) >= margin)
    }

    /// Evaluates the open proposals in double precision.
    private func evaluateAgain(_ batch: ProposalBatch) {
        for row in 0..<open.count {
            (openSpins.pointer + row * siteCount).update(from: spins.pointer + open[row] * siteCount, count: siteCount)
        }
        amplitudes.evaluate(openSpins.pointer, count: open.count, into: before.pointer)
        for row in 0..<open.count { batch.apply(chain: open[row], to: openSpins.pointer + row * siteCount) }
        amplitudes.evaluate(openSpins.pointer, count: open.count, into: after.pointer)
        recheckCount += open.count
        for row in 0..<open.count {
            let chain = open[row]
            let ratio = BatchedProposals.logModulusRatio(
                from: before.pointer[2 * row], to: after.pointer[2 * row])
            let error = 2 * abs(batch.logModulusRatios[chain] - ratio)
            batch.logModulusRatios[chain] = ratio
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
