extension StateMeasurement {
    /// A measurement under way, as one rank has it.
    struct Series {
        /// Samples of each chain that are drawn together.
        let unit: Int
        /// Samples of each chain after which the errors are looked at next.
        var goal: Int
        let replicas: [any ChainSampler]
        var batches: ChainBatches
        var counts = ProposalCounts()
        var spread: CodeSpread
    }

    /// What a measurement over chains has found when it is ended before it is complete, over all ranks.
    public struct Progress: Sendable {
        /// Where the sets of chains stand.
        public let chains: [ChainState]
        /// Unit, goal, samples of each chain, samples of a batch.
        public let lengths: [Int]
        /// Proposed, accepted, null and invalid proposals.
        public let proposals: [Int]
        /// Of each site what `CodeSpread` keeps of the codes that occurred.
        public let occurrences: [Int]
        /// What local values are taken about: a mean energy, (re, im), and for a Lanczos step the mean of log |ψ|.
        public let reference: [Double]
        /// What all chains keep of every quantity, chain by chain.
        public let batches: [Double]

        /// Samples of each chain.
        public var samplesOfChain: Int { lengths.count == 4 ? lengths[2] : 0 }

        public init(
            chains: [ChainState], lengths: [Int], proposals: [Int], occurrences: [Int], reference: [Double],
            batches: [Double]
        ) {
            self.chains = chains
            self.lengths = lengths
            self.proposals = proposals
            self.occurrences = occurrences
            self.reference = reference
            self.batches = batches
        }
    }

    /// On rank 0; nil on the others. Collective.
    func progress(of series: Series) throws -> Progress? {
        let communicator = state.communicator
        let chains = try series.replicas.map { try $0.chainState().gathered(over: communicator) }
        let batches = try communicator.gather(series.batches.packed())
        let proposals = try series.counts.summed(over: communicator)
        let occurrences = try series.spread.occurrences(over: communicator)
        guard let batches else { return nil }
        return Progress(
            chains: chains.compactMap { $0 },
            lengths: [series.unit, series.goal, series.batches.length, series.batches.batchLength],
            proposals: proposals, occurrences: occurrences, reference: quantities.reference,
            batches: batches)
    }

    /// The series that goes on with a measurement that was ended; nil if there is none. Collective.
    ///
    /// - Parameter sampler: of the state.
    func resumedSeries(_ progress: Progress?, seed: UInt64, _ sampler: any ChainSampler) throws -> Series? {
        let communicator = state.communicator
        guard try communicator.broadcast(progress == nil ? 0 : 1) == 1 else { return nil }
        let total = sampler.parameters.chains
        let seeds = seeds(seed)
        var batches = makeBatches(sampler)
        let perChain = batches.numbersPerChain
        try communicator.collectively {
            guard let progress else { return }
            let fits =
                progress.chains.count == seeds.count && progress.lengths.count == 4 && progress.proposals.count == 4
                && progress.occurrences.count == 2 * sampler.siteCount
                && progress.reference.count == quantities.referenceCount
                && progress.batches.count == total * perChain
                && progress.lengths.allSatisfy { $0 >= 1 }
                && progress.lengths[2]
                    <= batches.capacity.multipliedReportingOverflow(by: progress.lengths[3]).partialValue
            guard fits else { throw ChainStateError(reason: "the measurement that was ended is of another kind") }
        }
        let lengths = try communicator.broadcast(progress?.lengths ?? [])
        let reference = try communicator.broadcast(progress?.reference ?? [])
        quantities.reference = reference

        let ranges = try communicator.allGather([sampler.chains.lowerBound, sampler.chains.upperBound])
        let shares = (0..<communicator.size).map { rank in
            progress.map { Array($0.batches[perChain * ranges[2 * rank]..<perChain * ranges[2 * rank + 1]]) } ?? []
        }
        batches.restore(try communicator.allToAll(shares)[0], length: lengths[2], batchLength: lengths[3])

        var replicas: [any ChainSampler] = []
        for (number, seed) in seeds.enumerated() {
            let stored = progress?.chains[number]
            let positions = try ChainState.broadcast(
                stored, siteCount: sampler.siteCount, replicas: communicator.broadcast(stored?.replicas ?? 1),
                over: communicator)
            let replica = try makeSampler(seed: seed, samples: lengths[0] * total, discard: 0)
            try communicator.collectively {
                try replica.restore(positions)
            }
            replicas.append(replica)
        }
        // Counts and spins are those of all ranks: one of them has them.
        return Series(
            unit: lengths[0], goal: lengths[1], replicas: replicas, batches: batches,
            counts: progress.map { ProposalCounts($0.proposals) } ?? .init(),
            spread: CodeSpread(siteCount: sampler.siteCount, occurrences: progress?.occurrences))
    }
}
