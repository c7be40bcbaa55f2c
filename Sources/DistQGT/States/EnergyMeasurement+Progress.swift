extension EnergyMeasurement {
    /// What a measurement over chains has found so far, over all ranks.
    public struct Progress: Sendable {
        /// Samples of each chain.
        public let drawn: Int
        /// Local energies of all chains, of an ensemble local matrices, chain-major, real and imaginary part in turn.
        public let energies: [Double]
        /// Where all chains stand.
        public let chains: ChainState
        /// Proposed, accepted, null and invalid proposals.
        public let proposals: [Int]
        /// Of each site what `CodeSpread` keeps of the codes that occurred.
        public let occurrences: [Int]

        public init(drawn: Int, energies: [Double], chains: ChainState, proposals: [Int], occurrences: [Int]) {
            self.drawn = drawn
            self.energies = energies
            self.chains = chains
            self.proposals = proposals
            self.occurrences = occurrences
        }
    }

    /// What has been found so far, on rank 0; nil on the others, and where the basis is summed. Collective.
    public func progress() throws -> Progress? {
        guard let chains else { return nil }
        let communicator = energy.state.communicator
        let own = (0..<chains.chains.count).flatMap { chain in
            energies[width * chain * length..<width * (chain * length + drawn)]
        }
        let all = try communicator.gather(own)
        let positions = try chains.chainState().gathered(over: communicator)
        let proposals = try counts.summed(over: communicator)
        let occurrences = try spread.occurrences(over: communicator)
        guard let all, let positions else { return nil }
        return Progress(
            drawn: drawn, energies: all, chains: positions, proposals: proposals, occurrences: occurrences)
    }

    /// Goes on with what another measurement of the same state found, which may have been made on another number of
    /// ranks and may be of another length. The samples that follow are those that would have followed there, but for
    /// the rounding of amplitudes that a sampler keeps up from proposal to proposal. Collective.
    ///
    /// - Parameter progress: on rank 0; nil, where there is nothing to go on with.
    /// - Precondition: nothing has been drawn.
    /// - Throws: `CollectiveFailure` where it does not fit.
    public func restore(_ progress: Progress?) throws {
        precondition(drawn == 0, "a measurement goes on from its beginning")
        let communicator = energy.state.communicator
        guard let chains, try communicator.broadcast(progress == nil ? 0 : 1) == 1 else { return }
        try communicator.collectively {
            guard let progress else { return }
            let count = width * progress.drawn * chains.parameters.chains
            guard progress.drawn >= 0, progress.energies.count == count, progress.proposals.count == 4,
                progress.occurrences.count == 2 * chains.siteCount
            else {
                throw ChainStateError(reason: "\(progress.energies.count) local energies instead of \(count)")
            }
        }
        let found = try communicator.broadcast(progress?.drawn ?? 0)
        let ranges = try communicator.allGather([chains.chains.lowerBound, chains.chains.upperBound])
        let shares = (0..<communicator.size).map { rank in
            progress.map { Array($0.energies[width * found * ranges[2 * rank]..<width * found * ranges[2 * rank + 1]]) }
                ?? []
        }
        let own = try communicator.allToAll(shares)[0]
        let positions = try ChainState.broadcast(
            progress?.chains, siteCount: chains.siteCount,
            replicas: communicator.broadcast(progress?.chains.replicas ?? 1), over: communicator)
        let samples = chains.parameters.samples
        let continued = try energy.state.continuedChains {
            $0.samples = samples
            $0.discard = 0
        }
        guard let continued else { return }
        try communicator.collectively {
            try continued.restore(positions)
        }
        // Of all ranks: one of them has them.
        takeOver(
            continued, energies: own, drawn: found, counts: progress.map { ProposalCounts($0.proposals) } ?? .init(),
            spread: CodeSpread(siteCount: continued.siteCount, occurrences: progress?.occurrences))
    }
}
