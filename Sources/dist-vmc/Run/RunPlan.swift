import Communication
import DistQGT
import Foundation

/// How a run of a configuration goes, before anything of it is made: every choice that the configuration leaves open,
/// with its reason, and the samples, memory and messages of a step on a number of ranks. A pure value: `check` prints it,
/// `run` makes a state and a driver of it (`makeState`, `makeDriver`).
struct RunPlan {
    enum Samples {
        /// Chains of `length` kept samples each, and of some replicas; `asked` is what the configuration says.
        case chains(count: Int, length: Int, asked: Int, sweep: Int, discard: Int, replicas: Int)
        /// Chains of `length` independent samples each.
        case direct(count: Int, length: Int, asked: Int)
        /// The whole basis.
        case basis(dimension: Int)
    }

    let configuration: Configuration
    /// Of a step, the most where steps may have fewer.
    let samples: Samples
    /// The numbers of samples that steps may have, where that is chosen as they go, each with how its equation is solved.
    let levels: [SampleControl.Level]
    let ranks: Int
    /// The blocks in which a deterministic run forms its sums; nil for any other.
    let blocks: BlockPartition?
    let memory: StepMemory
    /// Chunks of samples whose linearisation keeps its arrays, at most, where the configuration bounds the memory; nil
    /// for all.
    let residentChunks: Int?
    /// The memory if no solver has to take over from the first: what every step takes.
    let leastMemory: StepMemory
    let collectives: StepCollectives

    /// What the windows of a node of so many ranks take at most.
    let windowBytes: (Int) -> Int

    /// How the SR equation is solved; nil for the plain gradient.
    let reconfiguration: StochasticReconfiguration?
    /// Why a solver was taken where the configuration leaves the choice.
    let reasoning: String?
    /// That another way is estimated to be much faster; nil where none is.
    let advice: String?
    /// What the bound on the memory costs; nil where it costs nothing.
    let memoryNote: String?
    /// That ranks have nothing to do, where a deterministic run has too few blocks; nil otherwise.
    var blocksNote: String? {
        guard let blocks, blocks.count < ranks else { return nil }
        return "run.deterministic: the samples make \(blocks.count) \(blocks.count == 1 ? "block" : "blocks"): "
            + "\(ranks - blocks.count) of \(ranks) ranks have none"
    }

    /// That proposals were to be screened where there is nothing to screen; nil otherwise.
    let screeningNote: String?

    /// What to tell about choices that were made for the user.
    var notes: [String] { [reasoning, advice, memoryNote, blocksNote, screeningNote].compactMap { $0 } }

    /// - Parameters:
    ///   - waveFunction: of the configuration; its parameters do not matter, and it stays as it is.
    ///   - sharesMemory: whether all ranks are on one node and share memory.
    ///   - ranksPerVector: ranks of a node that have parameter vectors in common.
    /// - Throws: `ConfigurationError` if the bound on the memory cannot be kept.
    init(
        _ configuration: Configuration, _ waveFunction: NeuralQuantumState, ranks: Int, sharesMemory: Bool = false,
        ranksPerVector: Int = 1
    ) throws {
        self.configuration = configuration
        self.ranks = ranks
        let samples = Samples(configuration)
        self.samples = samples
        let blocks = configuration.run.deterministic ? samples.blocks : nil
        self.blocks = blocks
        func distribution(_ samples: Samples) -> SampleDistribution {
            samples.distribution(ranks, blocks, sharesMemory: sharesMemory, ranksPerVector: ranksPerVector)
        }
        let limit = configuration.run.memory
        func choose(_ samples: Samples) -> SolverChoice {
            SolverChoice(
                configuration.reconfiguration,
                // What is chosen must not depend on the ranks of a deterministic run.
                for: waveFunction, blocks == nil ? distribution(samples) : samples.distribution(1, blocks),
                memory: limit ?? SolverChoice.matrixBytes, isOfEvolution: configuration.dynamics != nil)
        }
        let choice = choose(samples)
        let settings = choice.reconfiguration
        reconfiguration = settings
        reasoning = choice.reasoning
        advice = choice.advice
        // All that a step may be: its samples, and how it solves.
        var steps = [(samples: samples, settings: settings)]
        if configuration.choosesSamples, let settings {
            let shorter = samples.shorter
            steps = shorter.map { ($0, choose($0).reconfiguration) } + [(samples, settings)]
            levels = steps.compactMap { step in
                step.settings.map { SampleControl.Level(length: step.samples.chainLength ?? 1, reconfiguration: $0) }
            }
        } else {
            levels = []
        }
        func memory(
            _ samples: Samples, _ settings: StochasticReconfiguration?, residentChunks: Int?
        ) -> StepMemory {
            let distribution = distribution(samples)
            return StepMemory(
                waveFunction, distribution, flipSetCount: configuration.transitionBound,
                reconfiguration: settings, optimiser: configuration.optimiser.method,
                screensProposals: configuration.sampler.screensProposals, residentChunks: residentChunks ?? .max,
                isControlled: configuration.stepControl != nil,
                averagesParameters: configuration.dynamics == nil && configuration.run.averagedSteps != 0,
                keepsParameters: configuration.dynamics == nil && configuration.run.maximumReturns > 0,
                clipsEnergies: configuration.clipsEnergies,
                evolutionVectors: configuration.dynamics.map { EvolutionDriver.vectors($0.tableau) } ?? 0)
        }
        /// Of what takes most, whichever step it is.
        func largest(_ memories: [StepMemory]) -> StepMemory {
            memories.dropFirst().reduce(memories[0]) { $1.total > $0.total ? $1 : $0 }
        }
        let resident = limit.flatMap { limit in
            steps.compactMap { memory($0.samples, $0.settings, residentChunks: nil).residentChunks(within: limit) }
                .min()
        }
        let residentChunks = resident.map { max(0, $0) }
        self.residentChunks = residentChunks
        let bounds = steps.map { memory($0.samples, $0.settings, residentChunks: residentChunks) }
        let bounded = largest(bounds)
        windowBytes = { ranks in bounds.reduce(0) { max($0, $1.windowBytes(ranks: ranks)) } }
        if let resident, resident < 0 {
            let least = String(format: "%.3g", (Double(bounded.total) / 1e6).rounded(.up) / 1e3)
            throw (configuration.resolved["run"]?["memory"] ?? configuration.resolved).error(
                "a step takes more on \(ranks) \(ranks == 1 ? "rank" : "ranks"), whatever is computed again; accepted: "
                    + "at least \(least)")
        }
        self.memory = bounded
        leastMemory = largest(
            steps.map { step in
                let settings = step.settings.map { settings in
                    var settings = settings
                    settings.solvers = [settings.solver]
                    return settings
                }
                return memory(step.samples, settings, residentChunks: residentChunks)
            })
        memoryNote =
            bounded.tape.relinearisedChunks == 0
            ? nil
            : "run.memory: \(bounded.tape.relinearisedChunks) of \(bounded.tape.chunks) chunks of samples are linearised "
                + "again by every product"
        screeningNote =
            configuration.sampler.screensProposals
                && !waveFunction.amplitudes(blockRows: MonteCarloState.samplingBlockRows).canScreenProposals
            ? "sampler.screening: nothing to screen: the network is of single precision, or its "
                + "amplitude ratios take no evaluation of the network" : nil
        collectives = StepCollectives(
            waveFunction, distribution(samples), reconfiguration: settings,
            isControlled: configuration.stepControl != nil,
            clipsEnergies: configuration.clipsEnergies)
    }
}

extension RunPlan.Samples {
    init(_ configuration: Configuration) {
        let sampler = configuration.sampler
        switch sampler.method {
        case .metropolis:
            self = .chains(
                count: sampler.chains, length: sampler.samplesPerChain, asked: sampler.samples,
                sweep: configuration.ensemble.count * sampler.sweep,
                discard: sampler.discard, replicas: sampler.ladder.replicas)
        case .direct:
            self = .direct(count: sampler.chains, length: sampler.samplesPerChain, asked: sampler.samples)
        case .fullSum:
            self = .basis(dimension: configuration.ensemble.space.dimension ?? .max)
        }
    }

    /// Samples of each chain; nil where the basis is summed.
    var chainLength: Int? {
        switch self {
        case .chains(_, let length, _, _, _, _), .direct(_, let length, _): length
        case .basis: nil
        }
    }

    /// The same with fewer samples of each chain, as steps may have them, in ascending order.
    var shorter: [Self] {
        switch self {
        case .chains(let count, let length, let asked, let sweep, let discard, let replicas):
            SampleControl.lengths(chains: count, largest: length).dropLast().map {
                .chains(count: count, length: $0, asked: asked, sweep: sweep, discard: discard, replicas: replicas)
            }
        case .direct(let count, let length, let asked):
            SampleControl.lengths(chains: count, largest: length).dropLast().map {
                .direct(count: count, length: $0, asked: asked)
            }
        case .basis: []
        }
    }

    /// Whether the whole basis is summed.
    var isBasis: Bool { if case .basis = self { true } else { false } }

    /// The blocks of a deterministic run.
    var blocks: BlockPartition {
        switch self {
        case .chains(let count, let length, _, _, _, _), .direct(let count, let length, _):
            .ofChains(count, samplesPerChain: length)
        case .basis(let dimension): .ofStates(dimension)
        }
    }

    /// As the rank with most samples has them.
    ///
    /// - Parameter blocks: of a deterministic run.
    func distribution(
        _ ranks: Int, _ blocks: BlockPartition?, sharesMemory: Bool = false, ranksPerVector: Int = 1
    ) -> SampleDistribution {
        var chainLength: Int?
        var isDirect = false
        var replicas = 1
        switch self {
        case .chains(_, let length, _, _, _, let count): (chainLength, replicas) = (length, count)
        case .direct(_, let length, _): (chainLength, isDirect) = (length, true)
        case .basis: break
        }
        return SampleDistribution(
            local: perRank(ranks, blocks).upperBound, total: total, ranks: ranks, chainLength: chainLength,
            isDirect: isDirect, replicas: replicas, blocks: blocks, sharesMemory: sharesMemory,
            ranksPerVector: ranksPerVector)
    }

    /// Over all ranks.
    var total: Int {
        switch self {
        case .chains(let count, let length, _, _, _, _), .direct(let count, let length, _): count * length
        case .basis(let dimension): dimension
        }
    }

    /// The fewest and the most whole things out of `total` that a rank has.
    static func shares(of total: Int, ranks: Int, _ blocks: BlockPartition?) -> ClosedRange<Int> {
        func share(_ rank: Int) -> Int {
            (blocks?.shard(rank: rank, size: ranks) ?? .block(of: total, rank: rank, size: ranks)).count
        }
        return share(ranks - 1)...share(0)
    }

    /// The fewest and the most samples of a rank.
    func perRank(_ ranks: Int, _ blocks: BlockPartition?) -> ClosedRange<Int> {
        switch self {
        case .chains(let count, let length, _, _, _, _), .direct(let count, let length, _):
            let chains = Self.shares(of: count, ranks: ranks, blocks)
            return chains.lowerBound * length...chains.upperBound * length
        case .basis(let dimension): return Self.shares(of: dimension, ranks: ranks, blocks)
        }
    }

    /// Metropolis proposals of a step, those of discarded sweeps and of all replicas included; nil without Markov chains.
    var proposals: Int? {
        guard case .chains(let count, let length, _, let sweep, let discard, let replicas) = self else { return nil }
        // Counts are bounded one by one; their product need not fit.
        let (perChain, first) = (length + discard).multipliedReportingOverflow(by: sweep)
        let (ofOne, second) = perChain.multipliedReportingOverflow(by: count)
        let (all, third) = ofOne.multipliedReportingOverflow(by: replicas)
        return first || second || third ? nil : all
    }
}
