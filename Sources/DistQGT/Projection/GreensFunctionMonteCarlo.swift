import Communication
import Foundation

/// The projection of a state on the ground state of a Hamiltonian: Green's function Monte Carlo with walkers that are guided by
/// the state's wave function, in continuous imaginary time (`WalkerPropagation`), with branching at a fixed number of walkers
/// (`PopulationWeights`). Exact where no element of the importance-sampled Hamiltonian has the wrong sign; otherwise that of the
/// lattice fixed node, whose ground-state energy is above that of H.
///
///     let projection = try GreensFunctionMonteCarlo(of: hamiltonian, from: state, plan)
///     try projection.begin()
///     while !projection.isOver { _ = try projection.advance() }
///     let energy = try projection.energies().last
///
/// All ranks call every method together, and the state's parameters stay as they are. The walkers are the same on any number of
/// ranks, up to rounding, and bit for bit where the state's sums are formed in blocks.
public final class GreensFunctionMonteCarlo {
    public let state: MonteCarloState
    public let hamiltonian: any Operator
    public let plan: ProjectionPlan
    /// Generations so far.
    public internal(set) var generation = 0
    public internal(set) var series = ProjectionSeries()
    /// E_T, from which weights count: the mean energy of the walkers that it began with.
    public internal(set) var reference = 0.0
    /// Elements of the wrong sign, or that lead to nodes of ψ, that walkers have met so far, and moves, over all ranks.
    public internal(set) var wrongSigns = 0
    public internal(set) var moves = 0
    /// Means of what is carried along, one list for each multiple of `plan.forwardLength` generations.
    public internal(set) var forwardMeans: [[Double]] = []
    private let forward: ForwardWalking
    let distribution: WalkerDistribution
    let propagation: WalkerPropagation
    /// This generation, and room for the next.
    var walkers: WalkerPopulation
    private var next: WalkerPopulation
    var communicator: Communicator { state.communicator }

    /// The largest share of imaginary parts that counts as rounding.
    private var largestPhase: Double { state.waveFunction.ansatz.dataType.isSingle ? 1e-3 : 1e-6 }

    /// Local.
    ///
    /// - Parameters:
    ///   - hamiltonian: Hermitian, on the state's sites.
    ///   - observables: diagonal ones, which are measured by forward walking.
    public init(
        of hamiltonian: any Operator, from state: MonteCarloState, _ plan: ProjectionPlan,
        observables: [any LocalObservable] = []
    ) {
        precondition(plan.walkers >= 1 && plan.interval > 0 && plan.generations >= 1)
        precondition(plan.correctionLength >= 0 && plan.equilibration >= plan.correctionLength)
        self.state = state
        self.hamiltonian = hamiltonian
        self.plan = plan
        let forward = ForwardWalking(observables, length: plan.forwardLength)
        self.forward = forward
        let (rank, size) = (state.communicator.rank, state.communicator.size)
        distribution = WalkerDistribution(
            walkers: plan.walkers, rank: rank, size: size, isDeterministic: state.blocks != nil)
        let kernel = ImportanceSampledKernel(
            of: hamiltonian, in: state.waveFunction.amplitudes(blockRows: MonteCarloState.localEnergyBlockRows))
        propagation = WalkerPropagation(kernel, walkers: distribution.own, seed: plan.seed)
        let population = { [siteCount = kernel.siteCount, count = distribution.own.count] in
            WalkerPopulation(siteCount: siteCount, count: count, carriedCount: forward.quantityCount)
        }
        (walkers, next) = (population(), population())
    }

    /// Quantities that are carried along.
    public var quantityCount: Int { forward.quantityCount }
    /// What it takes of a rank.
    public var cost: ProjectionCost {
        ProjectionCost(
            plan, siteCount: walkers.siteCount, quantities: quantityCount, ranks: communicator.size,
            isDeterministic: state.blocks != nil)
    }

    /// Whether all generations have been.
    public var isOver: Bool { generation >= plan.lastGeneration }
    /// Whether such elements were met: the energy is that of a fixed node.
    public var hasFixedNode: Bool { wrongSigns > 0 }

    /// Draws the walkers from |ψ|². Collective. To be called once, before the first generation; not after `restore`.
    ///
    /// - Throws: `ProjectionError`, `NotFiniteError`, `SamplerError` on every rank.
    public func begin() throws -> GenerationReport {
        precondition(generation == 0 && series.count == 0, "a projection begins once")
        let (start, before) = (Self.now, communicator.counters.snapshot)
        let (samples, weights) = try initialSamples()
        var own = BlockWeights()
        own.sum = weights.reduce(0, +)
        let blocks = try communicator.allGather(
            own.packed, lengths: .init(repeating: BlockWeights.count, count: communicator.size))
        let population = PopulationWeights(BlockWeights.unpacked(blocks), walkers: plan.walkers)
        let firsts = WalkerPopulation(
            siteCount: samples.siteCount, count: samples.count, carriedCount: forward.quantityCount)
        samples.spins.withUnsafeBufferPointer { spins in
            if let spins = spins.baseAddress { firsts.codes.update(from: spins, count: samples.spins.count) }
        }
        let copyStarts = population.starts.map { population.teeth(below: $0, offset: offset) }
        var (cumulative, boundaries) = (0.0, [copyStarts[communicator.rank]])
        for weight in weights {
            cumulative += weight
            boundaries.append(
                population.teeth(below: population.starts[communicator.rank] + cumulative, offset: offset))
        }
        let sent = try PopulationBranching(
            from: firsts, into: walkers, copyStarts: copyStarts, starts: distribution.starts, over: communicator,
            boundaries: boundaries
        ).sent
        let found = try measured { block, weights in
            propagation.decide(block, of: walkers, all: true, &weights)
            propagation.addEnergies(block, of: walkers, into: &weights)
        }
        reference = found.energy
        if forward.isDue(generation) { forward.takeUp(walkers) }
        return report(found, sent: sent, logWeight: 0, since: start, before)
    }

    /// One generation: walkers move on for an interval, their weights are summed up, and they branch. Collective: one allgather,
    /// and walkers that go from rank to rank; every `plan.forwardLength` generations one allreduce of what is carried along.
    ///
    /// - Throws: `ProjectionError` on every rank.
    public func advance() throws -> GenerationReport {
        precondition(!isOver, "the projection is over")
        let (start, before) = (Self.now, communicator.counters.snapshot)
        generation += 1
        let found = try measured { block, weights in
            propagation.decide(block, of: walkers, all: false, &weights)
            propagation.advance(block, of: walkers, by: plan.interval, reference: reference, &weights)
        }
        let logWeight = found.logMean(of: plan.walkers)
        series.append(
            logWeight: logWeight, logMean: log(found.integral / (Double(plan.walkers) * plan.interval)),
            energy: found.energy)
        if forward.isDue(generation) { forwardMeans.append(try carriedMeans()) }
        let sent = try branch(found)
        if forward.isDue(generation) { forward.takeUp(walkers) }
        return report(found, sent: sent, logWeight: logWeight, since: start, before)
    }

    /// The energy of all measured generations at each of the plan's correction lengths. Local: the same on every rank.
    ///
    /// - Precondition: there is a measured generation.
    public func energies() throws -> [ProjectedEstimate] {
        try plan.correctionLengths.map { try series.estimate(from: plan.equilibration, length: $0) }
    }

    /// The expectation values of the observables, in their order, from all that was carried along in measured generations. Local:
    /// the same on every rank.
    ///
    /// - Returns: NaN where there was nothing yet.
    public func forwardEstimates() throws -> [ProjectedEstimate] {
        let length = plan.forwardLength
        let numbers = (1...max(1, forwardMeans.count)).filter {
            $0 <= forwardMeans.count && ($0 - 1) * length >= plan.equilibration
        }
        let factors = series.factors(at: numbers.map { $0 * length - 1 }, length: plan.correctionLength)
        return try (0..<forward.quantityCount).map { quantity in
            try ProjectedEstimate(
                values: numbers.map { forwardMeans[$0 - 1][quantity] }, factors: factors,
                length: plan.correctionLength)
        }
    }

    // MARK: Generations

    /// Σ w o/Σ w of what the walkers carry. Collective: one allreduce.
    private func carriedMeans() throws -> [Double] {
        let sums = try distribution.sum(over: communicator).sum(count: forward.quantityCount + 1) { _, block, sums in
            forward.addUp(block, of: walkers, into: sums)
        }
        return sums.dropLast().map { $0 / (sums.last ?? .nan) }
    }

    private static var now: Double { ProcessInfo.processInfo.systemUptime }

    /// Where the comb of this generation begins, the same on every rank.
    private var offset: Double {
        var stream = RandomStream(seed: plan.seed, index: 0, purpose: .branching, position: UInt64(generation))
        return stream.uniform()
    }

    /// The local states that the walkers are drawn from, and their weights, which over all ranks follow |ψ|².
    private func initialSamples() throws -> (Configurations, [Double]) {
        let count = plan.walkers
        if let chains = try state.continuedChains(changing: { $0.samples = max(count, $0.chains) }) {
            let samples = chains.sample().configurations
            return (samples, [Double](repeating: 1, count: samples.count))
        }
        let batch = try state.draw()
        return (batch.configurations, batch.probabilities ?? [])
    }

    /// Lets `body` move the walkers of each block, and sums up what they are then. Collective: one allgather.
    private func measured(_ body: (Range<Int>, inout BlockWeights) -> Void) throws -> PopulationWeights {
        let own = distribution.blocks.map { block in
            var weights = BlockWeights()
            body(block, &weights)
            propagation.addUp(block, of: walkers, into: &weights)
            return weights
        }
        let found = PopulationWeights(
            try distribution.gathered(own, over: communicator), walkers: plan.walkers)
        guard !found.isInvalid else { throw ProjectionError.notFinite(generation: generation) }
        guard found.phase <= largestPhase else { throw ProjectionError.complexKernel(share: found.phase) }
        wrongSigns += found.wrongSigns
        moves += found.moves
        return found
    }

    /// - Returns: walkers that this rank sent.
    private func branch(_ weights: PopulationWeights) throws -> Int {
        let firstBlock = distribution.blockCounts[..<communicator.rank].reduce(0, +)
        var boundaries: [Int] = []
        boundaries.reserveCapacity(walkers.count + 1)
        for (place, block) in distribution.blocks.enumerated() {
            var cumulative = 0.0
            for walker in block {
                boundaries.append(
                    weights.teeth(below: weights.starts[firstBlock + place] + cumulative, offset: offset))
                cumulative += walkers.weight(walker)
            }
        }
        var copyStarts: [Int] = []
        var block = 0
        for count in distribution.blockCounts {
            copyStarts.append(weights.teeth(below: weights.starts[block], offset: offset))
            block += count
        }
        copyStarts.append(plan.walkers)
        boundaries.append(copyStarts[communicator.rank + 1])
        let sent = try PopulationBranching(
            from: walkers, into: next, copyStarts: copyStarts, starts: distribution.starts, over: communicator,
            boundaries: boundaries
        ).sent
        swap(&walkers, &next)
        return sent
    }

    private func report(
        _ found: PopulationWeights, sent: Int, logWeight: Double, since start: Double, _ before: CollectiveCounts
    ) -> GenerationReport {
        GenerationReport(
            generation: generation, energy: found.energy, variance: found.variance, logWeight: logWeight,
            effectiveShare: found.effectiveShare(of: plan.walkers), moves: found.moves, wrongSigns: found.wrongSigns,
            sent: sent, seconds: Self.now - start, collectives: communicator.counters.snapshot - before)
    }
}
