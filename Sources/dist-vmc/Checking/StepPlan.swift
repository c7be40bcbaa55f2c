import DistQGT
import Foundation

/// What the steps of a configuration take: samples, memory and messages, on the ranks the program was started
/// with.
struct StepPlan {
    enum Samples {
        /// Chains of `length` kept samples each; `asked` is what the configuration says.
        case chains(count: Int, length: Int, asked: Int, sweep: Int, discard: Int)
        /// Chains of `length` independent samples each.
        case direct(count: Int, length: Int, asked: Int)
        /// The whole basis.
        case basis(dimension: Int)
    }

    let samples: Samples
    let ranks: Int
    let memory: StepMemory
    let collectives: StepCollectives

    /// How the SR equation is solved; nil for the plain gradient.
    let reconfiguration: StochasticReconfiguration?
    /// Why a solver was taken where the configuration leaves the choice.
    let reasoning: String?
    /// What the bound on the memory costs; nil where it costs nothing.
    let memoryNote: String?

    /// Bounds what linearisations of the state keep, where the configuration bounds the memory.
    ///
    /// - Throws: `ConfigurationError` if the bound cannot be kept.
    init(_ configuration: Configuration, _ state: NeuralQuantumState, ranks: Int) throws {
        self.ranks = ranks
        let samples = Samples(configuration)
        self.samples = samples
        let distribution = samples.distribution(ranks)
        let limit = configuration.run.memory
        let (settings, reasoning) = configuration.reconfiguration.settings(
            for: state, distribution, memory: limit ?? ReconfigurationConfiguration.matrixBytes)
        reconfiguration = settings
        self.reasoning = reasoning
        func plan() -> StepMemory {
            StepMemory(
                state, distribution, flipSetCount: configuration.problem.hamiltonian.flipSets.count,
                reconfiguration: settings, optimiser: configuration.optimiser.method,
                screensProposals: configuration.sampler.screensProposals)
        }
        var memory = plan()
        if let limit, let resident = memory.residentChunks(within: limit) {
            state.residentChunks = max(0, resident)
            memory = plan()
            guard resident >= 0 else {
                let least = String(format: "%.3g", (Double(memory.total) / 1e6).rounded(.up) / 1e3)
                throw (configuration.resolved["run"]?["memory"] ?? configuration.resolved).error(
                    "a step takes more on \(ranks) \(ranks == 1 ? "rank" : "ranks"), whatever is computed again; accepted: "
                        + "at least \(least)")
            }
        }
        self.memory = memory
        memoryNote = memory.tape.relinearisedChunks == 0 ? nil
            : "run.memory: \(memory.tape.relinearisedChunks) of \(memory.tape.chunks) chunks of samples are linearised "
                + "again by every product"
        collectives = StepCollectives(state, distribution, reconfiguration: settings)
    }
}

extension StepPlan.Samples {
    init(_ configuration: Configuration) {
        let sampler = configuration.sampler
        switch sampler.method {
        case .metropolis:
            self = .chains(
                count: sampler.chains, length: sampler.samplesPerChain, asked: sampler.samples, sweep: sampler.sweep,
                discard: sampler.discard)
        case .direct:
            self = .direct(count: sampler.chains, length: sampler.samplesPerChain, asked: sampler.samples)
        case .fullSum:
            self = .basis(dimension: configuration.problem.space.dimension)
        }
    }

    /// As the rank with most samples has them.
    func distribution(_ ranks: Int) -> SampleDistribution {
        var chainLength: Int?
        var isDirect = false
        switch self {
        case .chains(_, let length, _, _, _): chainLength = length
        case .direct(_, let length, _): (chainLength, isDirect) = (length, true)
        case .basis: break
        }
        return SampleDistribution(
            local: perRank(ranks).upperBound, total: total, ranks: ranks, chainLength: chainLength, isDirect: isDirect)
    }

    /// Over all ranks.
    var total: Int {
        switch self {
        case .chains(let count, let length, _, _, _), .direct(let count, let length, _): count * length
        case .basis(let dimension): dimension
        }
    }

    /// The fewest and the most whole things out of `total` that a rank has.
    static func shares(of total: Int, ranks: Int) -> ClosedRange<Int> {
        Shard.block(of: total, rank: ranks - 1, size: ranks).count ... Shard.block(of: total, rank: 0, size: ranks).count
    }

    /// The fewest and the most samples of a rank.
    func perRank(_ ranks: Int) -> ClosedRange<Int> {
        switch self {
        case .chains(let count, let length, _, _, _), .direct(let count, let length, _):
            let chains = Self.shares(of: count, ranks: ranks)
            return chains.lowerBound * length ... chains.upperBound * length
        case .basis(let dimension): return Self.shares(of: dimension, ranks: ranks)
        }
    }

    /// Metropolis proposals of a step, those of discarded sweeps included; nil without Markov chains.
    var proposals: Int? {
        guard case .chains(let count, let length, _, let sweep, let discard) = self else { return nil }
        // Counts are bounded one by one; their product need not fit.
        let (perChain, first) = (length + discard).multipliedReportingOverflow(by: sweep)
        let (all, second) = perChain.multipliedReportingOverflow(by: count)
        return first || second ? nil : all
    }
}
