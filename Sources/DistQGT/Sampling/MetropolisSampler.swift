import CKernels
import Communication
import LinearAlgebra

/// Markov chains with the stationary distribution |ψ|², by the Metropolis rule.
///
/// Chains 0 ..< C are numbered globally and distributed over the ranks in contiguous ranges. Chain
/// k's random numbers are a function of (seed, k) and of its own number of draws, and its amplitudes
/// do not depend on its neighbours, so the samples are the same on any number of ranks. Chains go on
/// from one call of `sample()` to the next. Local: no communication.
///
/// Where the parameters' ladder has several replicas of each chain, those at β < 1 sample |ψ|^(2β), which is flatter, and
/// neighbours are exchanged after every sweep; only the replica at β = 1 gives samples and is counted. Replica r of chain k is
/// number k·K + r over all chains, and has the random stream of that number.
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
    private let replicas: ReplicaExchange
    /// Evaluates log ψ between sweeps where the evaluator does not have it; nil without exchanges.
    private let amplitudes: (any LogAmplitudes)?
    /// log ψ of every row between sweeps, real and imaginary part in turn.
    private let logPsi: Buffer<Double>
    // Plain memory: inner loops must not check for exclusive access.
    /// Current configurations, one row per replica of a local chain.
    private let spins: UnsafeMutableBufferPointer<Int8>
    private let drawCounters: UnsafeMutableBufferPointer<UInt64>
    private let memory: (spins: Buffer<Int8>, drawCounters: Buffer<UInt64>)
    /// Of the discarded sweeps of a draw, until its first samples are drawn.
    private var discarded = ProposalCounts()

    /// - Parameters:
    ///   - rule: how proposals are drawn.
    ///   - evaluator: the wave function.
    ///   - amplitudes: the same wave function, where chains have several replicas.
    ///   - shard: this rank's range of the chains, as `Shard.block(of: parameters.chains, …)`.
    /// - Throws: `SamplerError` for parameters or a rule that cannot be.
    public init(
        rule: ProposalRule, parameters: SamplerParameters, evaluator: any ProposalEvaluator,
        amplitudes: (any LogAmplitudes)? = nil, shard: Shard
    ) throws(SamplerError) {
        siteCount = evaluator.siteCount
        try parameters.validate(siteCount: siteCount)
        generator = try ProposalGenerator(rule: rule, in: parameters.space(siteCount: siteCount))
        self.parameters = parameters
        self.rule = rule
        self.evaluator = evaluator
        chains = shard.range
        let count = parameters.ladder.replicas
        guard count == 1 || amplitudes != nil else { throw .replicasWithoutAmplitudes }
        self.amplitudes = count == 1 ? nil : amplitudes
        replicas = ReplicaExchange(parameters.ladder, seed: parameters.seed, chains: chains)
        let rows = replicas.rowCount
        logPsi = Buffer(repeating: 0, count: 2 * rows)
        batch = ProposalBatch(count: rows, maximumSites: generator.maximumSites)
        draws = ProposalDraws(
            seed: parameters.seed, drawsPerProposal: generator.drawsPerProposal,
            maximumChains: min(rows, max(1, evaluator.chainsInStep)))
        let numbers = chains.lowerBound * count..<chains.upperBound * count
        memory = (
            Buffer(copying: try parameters.initialConfigurations(of: numbers, siteCount: siteCount)),
            Buffer(repeating: 0, count: rows)
        )
        spins = memory.spins.buffer
        drawCounters = memory.drawCounters.buffer
    }

    /// Evaluates log ψ of the current configurations afresh, as parameters may have changed, and discards.
    public func begin(discard: Int) {
        discarded = ProposalCounts(replicas: replicas.count)
        orderRows()
        if !chains.isEmpty, let base = spins.baseAddress {
            let count = replicas.count
            evaluator.load(base, chains: chains.lowerBound * count..<chains.upperBound * count)
        }
        for _ in 0..<discard { sweep(counts: &discarded) }
    }

    /// Moves replicas to where chains that are restored have them, so that these go on likewise.
    private func orderRows() {
        guard replicas.count > 1 else { return }
        _ = spins.update(fromContentsOf: replicas.ordered(spins, width: siteCount))
        _ = drawCounters.update(fromContentsOf: replicas.ordered(drawCounters))
        replicas.resetOrder()
    }

    /// From one kept sample to the next.
    private func sweep(counts: inout ProposalCounts) {
        advance(by: parameters.sweep, counts: &counts)
        guard let amplitudes, !chains.isEmpty, let base = spins.baseAddress, let counters = drawCounters.baseAddress
        else { return }
        if !evaluator.currentLogPsi(into: logPsi.pointer) {
            amplitudes.evaluate(base, count: replicas.rowCount, into: logPsi.pointer)
        }
        replicas.exchange(logPsi: logPsi.pointer, drawCounters: counters, counts: &counts)
    }

    /// Keeps one configuration per chain after every sweep.
    public func draw(length: Int) -> Samples {
        var counts = discarded
        discarded = ProposalCounts(replicas: replicas.count)
        var kept = [Int8](repeating: 0, count: chains.count * length * siteCount)
        var keptLogPsi: [Double]? = [Double](repeating: 0, count: 2 * chains.count * length)
        for step in 0..<length {
            sweep(counts: &counts)
            guard !chains.isEmpty else { continue }
            keepSpins(step: step, length: length, in: &kept)
            if !keepLogPsi(step: step, length: length, in: &keptLogPsi) { keptLogPsi = nil }
        }
        return Samples(
            configurations: Configurations(siteCount: siteCount, spins: kept),
            logPsi: keptLogPsi, chains: chains, length: length, counts: counts)
    }

    private func keepSpins(step: Int, length: Int, in kept: inout [Int8]) {
        kept.withUnsafeMutableBufferPointer { kept in
            for chain in 0..<chains.count {
                let row = replicas.sampledRow(ofChain: chain)
                let target = kept[(chain * length + step) * siteCount..<(chain * length + step + 1) * siteCount]
                let source = spins[row * siteCount..<(row + 1) * siteCount]
                _ = UnsafeMutableBufferPointer(rebasing: target).update(fromContentsOf: source)
            }
        }
    }

    /// Returns whether the evaluator has log ψ.
    private func keepLogPsi(step: Int, length: Int, in kept: inout [Double]?) -> Bool {
        guard kept != nil else { return true }
        let current = logPsi.pointer
        guard evaluator.currentLogPsi(into: current) else { return false }
        for chain in 0..<chains.count {
            let row = replicas.sampledRow(ofChain: chain)
            kept?[2 * (chain * length + step)] = current[2 * row]
            kept?[2 * (chain * length + step) + 1] = current[2 * row + 1]
        }
        return true
    }

    /// Makes `proposals` Metropolis steps with every replica of every local chain, as many in step as the evaluator wants.
    private func advance(by proposals: Int, counts: inout ProposalCounts) {
        // Held once, not at each call.
        let (batch, draws, evaluator, generator, replicas) = (batch, draws, evaluator.acting, generator, replicas)
        let (hasKinds, isTempered, rowCount) = (generator.hasKinds, replicas.count > 1, replicas.rowCount)
        let together = min(max(1, self.evaluator.chainsInStep), max(1, rowCount))
        for first in stride(from: 0, to: rowCount, by: together) {
            let rows = first..<min(rowCount, first + together)
            batch.chains = rows
            for done in stride(from: 0, to: proposals, by: ProposalDraws.proposalsTogether) {
                let count = min(proposals - done, ProposalDraws.proposalsTogether)
                draws.fill(
                    proposals: count, streams: replicas.streams + first,
                    counters: .init(rebasing: drawCounters[rows]))
                for proposal in 0..<count {
                    for row in rows {
                        var sequence = draws.sequence(row: row - first, proposal: proposal, of: count)
                        batch.siteCounts[row] = generator.propose(
                            &sequence, spins: configuration(row), into: batch.place(of: row))
                    }
                    (batch.logThresholds + first).update(
                        from: draws.logThresholds(proposal: proposal, chains: rows.count), count: rows.count)
                    // u < |ψ′/ψ|^(2β) is ln u/β < 2 ln|ψ′/ψ|: everything that compares thresholds holds at any β.
                    if isTempered { for row in rows { batch.logThresholds[row] *= replicas.inverseBetas[row] } }
                    evaluator.evaluate(batch)
                    decide(batch, rows, counts: &counts)
                    if hasKinds { countKinds(batch, rows, counts: &counts) }
                    evaluator.update(batch)
                }
            }
        }
    }

    /// The current configuration of a replica of a local chain.
    private func configuration(_ row: Int) -> UnsafeMutablePointer<Int8> {
        guard let base = spins.baseAddress else { preconditionFailure("no chains") }
        return base + row * siteCount
    }

    /// Accepts with probability min(1, |ψ′/ψ|²) and applies what was accepted.
    private func decide(_ batch: ProposalBatch, _ rows: Range<Int>, counts: inout ProposalCounts) {
        let replicas = replicas
        for row in rows {
            let counted = replicas.isSampled(row) ? 1 : 0
            counts.proposed += counted
            batch.accepted[row] = false
            guard batch.siteCounts[row] > 0 else {
                counts.null += counted
                continue
            }
            let ratio = batch.logModulusRatios[row]
            guard !ratio.isNaN else {
                counts.invalid += counted
                continue
            }
            // u < 1, so that a ratio ≥ 1 is always accepted.
            if ratio >= 0 || batch.logThresholds[row] < 2 * ratio {
                batch.accepted[row] = true
                counts.accepted += counted
                batch.apply(chain: row, to: configuration(row))
            }
        }
    }

    /// Counts what was proposed and accepted by the kind of move, where there are several: a proposal of a single kind is so
    /// cheap that counting would be seen.
    private func countKinds(_ batch: ProposalBatch, _ rows: Range<Int>, counts: inout ProposalCounts) {
        for row in rows where replicas.isSampled(row) {
            let kind = Int(batch.kinds[row])
            counts.proposedByKind[kind] += 1
            if batch.accepted[row] { counts.acceptedByKind[kind] += 1 }
        }
    }

    public func chainState() -> ChainState {
        ChainState(
            firstChain: chains.lowerBound,
            configurations: Configurations(siteCount: siteCount, spins: replicas.ordered(spins, width: siteCount)),
            drawCounters: replicas.ordered(drawCounters).map { Int64($0) }, replicas: replicas.count)
    }

    public func restore(_ state: ChainState) throws(ChainStateError) {
        let (restoredSpins, restoredCounters) = try state.share(
            of: chains, parameters: parameters, siteCount: siteCount, drawsPerStep: generator.drawsPerProposal,
            replicas: replicas.count)
        replicas.resetOrder()
        _ = spins.update(fromContentsOf: restoredSpins)
        _ = drawCounters.update(fromContentsOf: restoredCounters)
    }
}
