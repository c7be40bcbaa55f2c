import Communication
import Foundation

extension StateMeasurement {
    /// How long is sampled.
    public struct Plan {
        /// Samples over all ranks are at most as many.
        public let maximumSamples: Int
        /// The seed of the chains' random numbers.
        public let seed: UInt64
        /// The largest ratio of an error to what it may be: sampling ends where it is 1 or less. NaN counts as too
        /// large.
        public let worstRatio: (Result) -> Double

        public init(maximumSamples: Int, seed: UInt64, worstRatio: @escaping (Result) -> Double) {
            self.maximumSamples = maximumSamples
            self.seed = seed
            self.worstRatio = worstRatio
        }
    }

    /// The least samples of a chain: two halves for R̂.
    public static let minimumChainLength = 2
    /// Fewer samples over all chains say nothing about an error.
    private static let firstCheck = 1024

    /// What a measurement over chains came to.
    public struct Outcome: Sendable {
        public let result: Result
        /// Where the measurement was ended before it was complete: what it needs to go on, on rank 0.
        public let progress: Progress?
        public let isComplete: Bool
    }

    /// Samples the state's chains from where they stand until the errors are small enough. Collective. The samples, and
    /// whatever each chain keeps of them, do not depend on the number of ranks; rank 0 decides when to end.
    ///
    /// The chains are first run for as long as they are later between two looks at the errors, without being counted:
    /// their mean energy is what the variance is taken about. Purities take a second set of chains, which start from
    /// the configurations of others and have random numbers of their own.
    ///
    /// - Parameters:
    ///   - chains: where all chains stand, the same on every rank.
    ///   - progress: on rank 0, of a measurement that was ended: it goes on as if it had not been.
    ///   - isToEnd: asked on every rank after each unit of samples, and answered alike: whether to end with what there is.
    /// - Precondition: the state's samples come from chains, and `plan.maximumSamples` allows `minimumChainLength` samples
    ///   of each.
    /// - Throws: `SamplerError` on every rank if log ψ is not finite; `ChainStateError`; `CollectiveFailure` where the
    ///   progress does not fit.
    public func sampled(
        chains: ChainState, plan: Plan, from progress: Progress? = nil, isToEnd: () throws -> Bool = { false }
    ) throws -> Outcome {
        let communicator = state.communicator
        guard let sampler = state.source.chainSampler else { preconditionFailure("the basis is summed") }
        let total = sampler.parameters.chains
        let longest = plan.maximumSamples / total
        precondition(longest >= Self.minimumChainLength)
        var series =
            try resumedSeries(progress, seed: plan.seed, sampler)
            ?? newSeries(from: chains, seed: plan.seed, sampler, longest: longest)
        let unit = series.unit
        let swap = SwapRatio(
            subsystems: subsystems, in: state.space,
            amplitudes: state.waveFunction.amplitudes(blockRows: MonteCarloState.samplingBlockRows))
        func result() throws -> Result {
            let moves = state.source.hasProposals ? try state.moves(series.counts) : nil
            let batches = series.batches
            var result = try quantities.result(
                try batches.estimates(over: communicator), samples: batches.length * total,
                acceptance: moves.map { Double($0.accepted) / Double($0.proposed) }
            ) { try batches.errorsOfCombinations($0, over: communicator) }
            result.faults = EstimateFault.of(
                chains: total, length: series.batches.length, dimension: state.space.dimension, moves: moves,
                areEqual: try series.spread.isNarrow(over: communicator), rHat: result.energy.rHat)
            return result
        }
        // Fewer samples may be allowed than there are already.
        if series.batches.length > 0, series.batches.length + unit > longest {
            return Outcome(result: try result(), progress: nil, isComplete: true)
        }
        while true {
            let drawn = series.replicas.map { $0.sample() }
            series.counts.add(drawn[0].counts)
            series.spread.add(drawn[0].configurations)
            series.batches.reserve(unit)
            add(drawn, swap, to: &series.batches)
            series.batches.advance(by: unit)
            let length = series.batches.length
            if length + unit > max(min(longest, series.goal), unit) {
                let result = try result()
                let ratio = try communicator.broadcast(plan.worstRatio(result))
                if ratio <= 1 || length + unit > longest {
                    return Outcome(result: result, progress: nil, isComplete: true)
                }
                // Errors fall with the square root of the length; a ratio that is not known yet asks for twice the length.
                let needed = ratio.isFinite ? min(max(1.1 * ratio * ratio, 1.25), 4) : 2
                series.goal = max(length + unit, Int(Double(length) * needed))
            }
            if try isToEnd() {
                return Outcome(result: try result(), progress: try self.progress(of: series), isComplete: false)
            }
        }
    }

    /// Chains that have run for a unit without being counted, which gives the reference of the energy. Collective.
    private func newSeries(
        from chains: ChainState, seed: UInt64, _ sampler: any ChainSampler, longest: Int
    ) throws -> Series {
        let total = sampler.parameters.chains
        // A power of two, so that batches fill up.
        var unit = 1
        while 2 * unit <= min(sampler.parameters.samplesPerChain, longest / 2, 256) { unit *= 2 }
        var replicas: [any ChainSampler] = []
        for (seed, start) in zip(seeds(seed), [chains, chains.rotated(by: (total + 1) / 2)]) {
            let pilot = try makeSampler(seed: seed, samples: unit * total, discard: sampler.parameters.discard)
            try pilot.restore(start)
            let samples = pilot.sample()
            if replicas.isEmpty { try takeReference(from: samples) }
            let replica = try makeSampler(seed: seed, samples: unit * total, discard: 0)
            try replica.restore(pilot.chainState())
            replicas.append(replica)
        }
        return Series(
            unit: unit, goal: max(2 * unit, Self.firstCheck / total), replicas: replicas, batches: makeBatches(sampler),
            spread: CodeSpread(siteCount: sampler.siteCount))
    }

    /// Of the chains, and of the second set where there are subsystems.
    func seeds(_ seed: UInt64) -> [UInt64] { subsystems.isEmpty ? [seed] : [seed, seed ^ 0x9E37_79B9_7F4A_7C15] }

    func makeBatches(_ sampler: any ChainSampler) -> ChainBatches {
        ChainBatches(
            quantityCount: quantityCount + subsystems.count, totalChains: sampler.parameters.chains,
            chains: Shard(offset: sampler.chains.lowerBound, count: sampler.chains.count))
    }

    /// Chains of their own, drawn as the state's.
    func makeSampler(seed: UInt64, samples: Int, discard: Int) throws -> any ChainSampler {
        let sampler = try state.continuedChains {
            $0.seed = seed
            $0.samples = samples
            $0.discard = discard
        }
        guard let sampler else { preconditionFailure("the basis is summed") }
        return sampler
    }

    private func logPsi(_ samples: Samples) -> [Double] {
        state.waveFunction.amplitudes(blockRows: MonteCarloState.samplingBlockRows).logPsi(of: samples.configurations)
    }

    /// Rank 0's mean energy of some samples, and mean of log |ψ|, become the reference. Collective.
    private func takeReference(from samples: Samples) throws {
        let communicator = state.communicator
        let logPsi = logPsi(samples)
        let count = samples.configurations.count
        var values = [Double](repeating: 0, count: 3 * count)
        energy.reference = .zero
        samples.configurations.spins.withUnsafeBufferPointer { spins in
            values.withUnsafeMutableBufferPointer { values in
                if let spins = spins.baseAddress, let output = values.baseAddress {
                    energy.evaluate(spins, count: count, logPsi: logPsi, into: output, stride: 3)
                }
            }
        }
        // Added up chain by chain on rank 0, so that the bits do not depend on the number of ranks.
        let sums = (0..<samples.chains.count).flatMap { chain -> [Double] in
            let rows = chain * samples.length..<(chain + 1) * samples.length
            return [
                rows.reduce(0) { $0 + values[3 * $1] }, rows.reduce(0) { $0 + values[3 * $1 + 1] },
                rows.reduce(0) { $0 + logPsi[2 * $1] },
            ]
        }
        var reference = [0.0, 0.0, 0.0]
        if let all = try communicator.gather(sums) {
            for chain in 0..<all.count / 3 {
                for number in 0..<3 { reference[number] += all[3 * chain + number] }
            }
            let total = Double(all.count / 3 * samples.length)
            reference = reference.map { $0 / total }
        }
        reference = try communicator.broadcast(reference)
        guard reference.allSatisfy(\.isFinite) else { throw SamplerError.amplitudeInvalid }
        quantities.reference = reference
    }

    /// Adds the local values of one unit of samples, chain by chain. Local.
    private func add(_ drawn: [Samples], _ swap: SwapRatio, to batches: inout ChainBatches) {
        let logPsi = drawn.map(logPsi)
        let length = drawn[0].length
        let siteCount = drawn[0].configurations.siteCount
        let columns = batches.quantityCount
        var values = [Double](repeating: 0, count: length * columns)
        for chain in 0..<drawn[0].chains.count {
            let first = chain * length
            values.withUnsafeMutableBufferPointer { values in
                guard let values = values.baseAddress else { return }
                withRows(drawn[0], logPsi[0], first, siteCount) { spins, logPsi in
                    quantities.evaluate(spins, count: length, logPsi: logPsi, into: values, stride: columns)
                }
                if !subsystems.isEmpty {
                    withRows(drawn[0], logPsi[0], first, siteCount) { one, oneLogPsi in
                        withRows(drawn[1], logPsi[1], first, siteCount) { other, otherLogPsi in
                            swap.evaluate(
                                one, other, count: length, logPsi: oneLogPsi, otherLogPsi, into: values + quantityCount,
                                stride: columns)
                        }
                    }
                }
                batches.add(values, count: length, localChain: chain)
            }
        }
    }

    private func withRows(
        _ samples: Samples, _ logPsi: [Double], _ first: Int, _ siteCount: Int,
        _ body: (UnsafePointer<Int8>, UnsafePointer<Double>) -> Void
    ) {
        samples.configurations.spins.withUnsafeBufferPointer { spins in
            logPsi.withUnsafeBufferPointer { logPsi in
                guard let spins = spins.baseAddress, let logPsi = logPsi.baseAddress else { return }
                body(spins + first * siteCount, logPsi + 2 * first)
            }
        }
    }
}

extension ChainState {
    /// Every chain at the configurations of another: chain k at those of chain k + `shift`, cyclically.
    ///
    /// - Precondition: all chains are here.
    func rotated(by shift: Int) -> ChainState {
        let (count, shift) = (drawCounters.count, shift * replicas)
        var spins: [Int8] = []
        spins.reserveCapacity(configurations.spins.count)
        for number in 0..<count { spins += configurations[row: (number + shift) % count] }
        return ChainState(
            firstChain: firstChain, configurations: Configurations(siteCount: configurations.siteCount, spins: spins),
            drawCounters: drawCounters, replicas: replicas)
    }
}
