import CKernels
import Communication
import LinearAlgebra

/// Markov chains with the stationary distribution |ψ|², by the Metropolis rule.
///
/// Chains 0 ..< C are numbered globally and distributed over the ranks in contiguous ranges. Chain
/// k's random numbers are a function of (seed, k) and of its own number of draws, and its amplitudes
/// do not depend on its neighbours, so the samples are the same on any number of ranks. Chains go on
/// from one call of `sample()` to the next. Local: no communication.
public final class MetropolisSampler: ChainSampler {
    public let siteCount: Int
    public let parameters: SamplerParameters
    public let rule: ProposalRule
    /// Global numbers of this rank's chains.
    public let chains: Range<Int>
    private let generator: ProposalGenerator
    private let evaluator: any ProposalEvaluator
    private let batch: ProposalBatch
    private let draws: ProposalDraws
    // Plain memory: inner loops must not check for exclusive access.
    /// Current configurations, one row per local chain.
    private let spins: UnsafeMutableBufferPointer<Int8>
    private let drawCounters: UnsafeMutableBufferPointer<UInt64>
    private let memory: (spins: Buffer<Int8>, drawCounters: Buffer<UInt64>)
    /// Of the discarded sweeps of a draw, until its first samples are drawn.
    private var discarded = ProposalCounts()

    /// - Parameters:
    ///   - rule: how proposals are drawn.
    ///   - evaluator: the wave function.
    ///   - shard: this rank's range of the chains, as `Shard.block(of: parameters.chains, …)`.
    /// - Throws: `SamplerError` for parameters or a rule that cannot be.
    public init(
        rule: ProposalRule, parameters: SamplerParameters, evaluator: any ProposalEvaluator, shard: Shard
    ) throws(SamplerError) {
        siteCount = evaluator.siteCount
        try parameters.validate(siteCount: siteCount)
        generator = try ProposalGenerator(rule: rule, in: parameters.space(siteCount: siteCount))
        self.parameters = parameters
        self.rule = rule
        self.evaluator = evaluator
        chains = shard.range
        batch = ProposalBatch(count: chains.count, maximumSites: generator.maximumSites)
        draws = ProposalDraws(
            seed: parameters.seed, drawsPerProposal: generator.drawsPerProposal,
            maximumChains: min(chains.count, max(1, evaluator.chainsInStep)))
        memory = (
            Buffer(copying: try parameters.initialConfigurations(of: shard.range, siteCount: siteCount)),
            Buffer(repeating: 0, count: chains.count)
        )
        spins = memory.spins.buffer
        drawCounters = memory.drawCounters.buffer
    }

    /// Evaluates log ψ of the current configurations afresh, as parameters may have changed, and discards.
    public func begin() {
        discarded = ProposalCounts()
        if !chains.isEmpty, let base = spins.baseAddress { evaluator.load(base, chains: chains) }
        for _ in 0..<parameters.discard { advance(by: parameters.sweep, counts: &discarded) }
    }

    /// Keeps one configuration per chain after every sweep.
    public func draw(length: Int) -> Samples {
        var counts = discarded
        discarded = ProposalCounts()
        var kept = [Int8](repeating: 0, count: chains.count * length * siteCount)
        var keptLogPsi: [Double]? = [Double](repeating: 0, count: 2 * chains.count * length)
        var current = [Double](repeating: 0, count: 2 * chains.count)
        for step in 0..<length {
            advance(by: parameters.sweep, counts: &counts)
            guard !chains.isEmpty else { continue }
            keepSpins(step: step, length: length, in: &kept)
            if !keepLogPsi(step: step, length: length, current: &current, in: &keptLogPsi) {
                keptLogPsi = nil
            }
        }
        return Samples(
            configurations: Configurations(siteCount: siteCount, spins: kept),
            logPsi: keptLogPsi, chains: chains, length: length, counts: counts)
    }

    private func keepSpins(step: Int, length: Int, in kept: inout [Int8]) {
        kept.withUnsafeMutableBufferPointer { kept in
            for row in 0..<chains.count {
                let target = kept[(row * length + step) * siteCount..<(row * length + step + 1) * siteCount]
                let source = spins[row * siteCount..<(row + 1) * siteCount]
                _ = UnsafeMutableBufferPointer(rebasing: target).update(fromContentsOf: source)
            }
        }
    }

    /// Returns whether the evaluator has log ψ.
    private func keepLogPsi(
        step: Int, length: Int, current: inout [Double], in kept: inout [Double]?
    ) -> Bool {
        guard kept != nil else { return true }
        let isKnown = current.withUnsafeMutableBufferPointer { current in
            current.baseAddress.map { evaluator.currentLogPsi(into: $0) } ?? false
        }
        guard isKnown else { return false }
        for row in 0..<chains.count {
            kept?[2 * (row * length + step)] = current[2 * row]
            kept?[2 * (row * length + step) + 1] = current[2 * row + 1]
        }
        return true
    }

    /// Makes `proposals` Metropolis steps with every local chain, as many chains in step as the evaluator wants.
    private func advance(by proposals: Int, counts: inout ProposalCounts) {
        // Held once, not at each call.
        let (batch, draws, evaluator, generator) = (batch, draws, evaluator.acting, generator)
        let hasKinds = generator.hasKinds
        let together = min(max(1, self.evaluator.chainsInStep), max(1, chains.count))
        for first in stride(from: 0, to: chains.count, by: together) {
            let rows = first..<min(chains.count, first + together)
            batch.chains = rows
            for done in stride(from: 0, to: proposals, by: ProposalDraws.proposalsTogether) {
                let count = min(proposals - done, ProposalDraws.proposalsTogether)
                draws.fill(
                    proposals: count, firstChain: chains.lowerBound + first,
                    counters: .init(rebasing: drawCounters[rows]))
                for proposal in 0..<count {
                    for row in rows {
                        var sequence = draws.sequence(row: row - first, proposal: proposal, of: count)
                        batch.siteCounts[row] = generator.propose(
                            &sequence, spins: configuration(row), into: batch.place(of: row))
                    }
                    (batch.logThresholds + first).update(
                        from: draws.logThresholds(proposal: proposal, chains: rows.count), count: rows.count)
                    evaluator.evaluate(batch)
                    decide(batch, rows, counts: &counts)
                    if hasKinds { countKinds(batch, rows, counts: &counts) }
                    evaluator.update(batch)
                }
            }
        }
    }

    /// The current configuration of a local chain.
    private func configuration(_ row: Int) -> UnsafeMutablePointer<Int8> {
        guard let base = spins.baseAddress else { preconditionFailure("no chains") }
        return base + row * siteCount
    }

    /// Accepts with probability min(1, |ψ′/ψ|²) and applies what was accepted.
    private func decide(_ batch: ProposalBatch, _ rows: Range<Int>, counts: inout ProposalCounts) {
        for row in rows {
            batch.accepted[row] = false
            guard batch.siteCounts[row] > 0 else {
                counts.null += 1
                continue
            }
            let ratio = batch.logModulusRatios[row]
            guard !ratio.isNaN else {
                counts.invalid += 1
                continue
            }
            // u < 1, so that a ratio ≥ 1 is always accepted.
            if ratio >= 0 || batch.logThresholds[row] < 2 * ratio {
                batch.accepted[row] = true
                counts.accepted += 1
                batch.apply(chain: row, to: configuration(row))
            }
        }
        counts.proposed += rows.count
    }

    /// Counts what was proposed and accepted by the kind of move, where there are several: a proposal of a single kind is so
    /// cheap that counting would be seen.
    private func countKinds(_ batch: ProposalBatch, _ rows: Range<Int>, counts: inout ProposalCounts) {
        for row in rows {
            let kind = Int(batch.kinds[row])
            counts.proposedByKind[kind] += 1
            if batch.accepted[row] { counts.acceptedByKind[kind] += 1 }
        }
    }

    public func chainState() -> ChainState {
        ChainState(
            firstChain: chains.lowerBound, configurations: Configurations(siteCount: siteCount, spins: Array(spins)),
            drawCounters: drawCounters.map { Int64($0) })
    }

    public func restore(_ state: ChainState) throws(ChainStateError) {
        let (restoredSpins, restoredCounters) = try state.share(
            of: chains, parameters: parameters, siteCount: siteCount, drawsPerStep: generator.drawsPerProposal)
        _ = spins.update(fromContentsOf: restoredSpins)
        _ = drawCounters.update(fromContentsOf: restoredCounters)
    }
}
