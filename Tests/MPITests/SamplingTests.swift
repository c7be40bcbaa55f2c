import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra

private let rule = ProposalRule.mixture([
    WeightedRule(weight: 1, rule: .exchange(pairs: [SIMD2(0, 1), SIMD2(2, 4), SIMD2(3, 5)])),
    WeightedRule(weight: 2, rule: .local(flips: 1)),
])

/// Amplitudes that show a position in a block that depends on the number of ranks.
private func sampler(chains: Int, on communicator: Communicator) throws -> MetropolisSampler {
    let amplitudes = TabulatedAmplitudes(siteCount: 6, seed: 2, blockRows: 4)
    return try MetropolisSampler(
        rule: rule,
        parameters: SamplerParameters(chains: chains, samples: 5 * chains, sweep: 6, discard: 2, seed: 8),
        evaluator: BatchedProposals(amplitudes),
        shard: Shard.block(of: chains, rank: communicator.rank, size: communicator.size))
}

/// Whether samples are this rank's share of those of one rank.
private func checkShare(_ samples: Samples, of expected: Samples) {
    let first = samples.offset * samples.configurations.siteCount
    checkEqual(
        samples.configurations.spins[...],
        expected.configurations.spins[first..<first + samples.configurations.spins.count])
}

private struct MissingEvaluator: Error {}

let samplingTests: [MPITest] = [
    MPITest("sampling: the same bits as on one rank") { world in
        // 13 chains divide unevenly; 2 leave ranks without any.
        for chains in [13, 2] {
            let here = try sampler(chains: chains, on: world)
            let alone = try sampler(chains: chains, on: .alone())
            for _ in 0..<3 {
                let (samples, expected) = (here.sample(), alone.sample())
                checkShare(samples, of: expected)
                let firstValue = 2 * samples.offset
                checkEqual(
                    samples.logPsi.map { $0[...] },
                    expected.logPsi.map { $0[firstValue..<firstValue + 2 * samples.configurations.count] })
                let (counts, collectives) = try world.counters.counting {
                    try samples.counts.reduced(over: world)
                }
                checkEqual(counts, expected.counts)
                checkEqual(collectives.allReduce.calls, 1)
                checkEqual(collectives.calls, 1)
            }
        }
    },
    MPITest("sampling: direct samples are the same on any number of ranks, and as long as the chains are") { world in
        for (magnetisation, type) in [(nil, .complex128), (1, .float64), (nil, .float32)] as [(Int?, DataType)] {
            let layers = AutoregressiveNetwork.convolutionLayers(siteCount: 7, features: [4, 3], length: 4)
            let network = AutoregressiveNetwork(
                siteCount: 7, layers: layers, magnetisation: magnetisation,
                options: LayerOptions(type, activation: .tanh, kernel: Initialiser(.normal, scale: 0.6)))
            let state = NeuralQuantumState(network, seed: 4)
            func sampler(_ chains: Int, on communicator: Communicator) throws -> DirectSampler {
                guard let evaluator = state.amplitudes(blockRows: 16).makeConditionalEvaluator() else {
                    throw MissingEvaluator()
                }
                return try DirectSampler(
                    parameters: SamplerParameters(
                        chains: chains, samples: 7 * chains, seed: 8,
                        space: HilbertSpace(siteCount: 7, magnetisation: magnetisation)),
                    evaluator: evaluator,
                    shard: .block(of: chains, rank: communicator.rank, size: communicator.size))
            }
            // 13 chains divide unevenly over two blocks of rows; 2 leave ranks without any.
            for chains in [13, 2] {
                let (here, alone) = (try sampler(chains, on: world), try sampler(chains, on: .alone()))
                for _ in 0..<3 {
                    let (samples, expected) = (here.sample(), alone.sample())
                    checkEqual(samples.length, 7)
                    checkShare(samples, of: expected)
                }
                // A checkpoint of all ranks goes on anywhere.
                let stored = try here.chainState().gathered(over: world)
                if let stored {
                    let again = try sampler(chains, on: .alone())
                    try again.restore(stored)
                    checkEqual(again.sample().configurations, alone.sample().configurations)
                }
            }
        }
    },
    MPITest("sampling: the same bits as on one rank, for weights whose exponentials overflow") { world in
        let machine = RestrictedBoltzmannMachine(
            siteCount: 6, alpha: 2, options: LayerOptions(kernel: Initialiser(.normal, scale: 100)))
        let state = NeuralQuantumState(machine, seed: 4)
        check(!state.productsAreUsable)
        func sampler(on communicator: Communicator) throws -> MetropolisSampler {
            try MetropolisSampler(
                rule: rule, parameters: SamplerParameters(chains: 37, samples: 74, sweep: 6, discard: 1, seed: 8),
                evaluator: state.amplitudes(blockRows: 16).makeProposalEvaluator(),
                shard: Shard.block(of: 37, rank: communicator.rank, size: communicator.size))
        }
        let (here, alone) = (try sampler(on: world), try sampler(on: .alone()))
        for _ in 0..<5 {
            let (samples, expected) = (here.sample(), alone.sample())
            checkShare(samples, of: expected)
        }
    },
    MPITest("sampling: the same bits as on one rank without screening, where proposals are screened") { world in
        let state = NeuralQuantumState(
            MultilayerPerceptron(
                siteCount: 6, hiddenDimensions: [9, 8],
                options: LayerOptions(activation: .gelu, kernel: Initialiser(.normal, scale: 1))), seed: 4)
        func sampler(screened: Bool, on communicator: Communicator) throws -> MetropolisSampler {
            let amplitudes = state.amplitudes(blockRows: 16)
            amplitudes.screensProposals = screened
            return try MetropolisSampler(
                rule: rule, parameters: SamplerParameters(chains: 37, samples: 370, sweep: 6, discard: 1, seed: 8),
                evaluator: amplitudes.makeProposalEvaluator(),
                shard: Shard.block(of: 37, rank: communicator.rank, size: communicator.size))
        }
        let (here, alone) = (try sampler(screened: true, on: world), try sampler(screened: false, on: .alone()))
        for _ in 0..<5 {
            let (samples, expected) = (here.sample(), alone.sample())
            checkShare(samples, of: expected)
        }
    },
    MPITest("sampling: chains gathered for a checkpoint continue on one rank") { world in
        let here = try sampler(chains: 7, on: world)
        _ = here.sample()
        let state = try here.chainState().gathered(over: world)
        checkEqual(state != nil, world.rank == 0)
        let spins = try world.gather(here.sample().configurations.spins)
        if let state, let spins {
            checkEqual(state.chains, 0..<7)
            let alone = try sampler(chains: 7, on: .alone())
            try alone.restore(state)
            checkEqual(alone.sample().configurations.spins, spins)
        }
    },
    MPITest("sampling: chains with replicas are the same on any number of ranks, and go on anywhere") { world in
        let state = NeuralQuantumState(
            RestrictedBoltzmannMachine(
                siteCount: 6, alpha: 2, options: LayerOptions(kernel: Initialiser(.normal, scale: 0.5))), seed: 4)
        // 13 chains divide unevenly; 2 leave ranks without any.
        for chains in [13, 2] {
            func sampler(on communicator: Communicator) throws -> MetropolisSampler {
                let amplitudes = state.amplitudes(blockRows: 16)
                return try MetropolisSampler(
                    rule: rule,
                    parameters: SamplerParameters(
                        chains: chains, samples: 5 * chains, sweep: 6, discard: 2, seed: 8,
                        ladder: ReplicaLadder(replicas: 3, leastBeta: 0.2)),
                    evaluator: amplitudes.makeProposalEvaluator(), amplitudes: amplitudes,
                    shard: Shard.block(of: chains, rank: communicator.rank, size: communicator.size))
            }
            let (here, alone) = (try sampler(on: world), try sampler(on: .alone()))
            for _ in 0..<3 {
                let (samples, expected) = (here.sample(), alone.sample())
                checkShare(samples, of: expected)
                let (counts, collectives) = try world.counters.counting { try samples.counts.reduced(over: world) }
                checkEqual(counts, expected.counts)
                checkEqual(collectives.calls, 1)
                check(counts.acceptedSwaps.allSatisfy { $0 > 0 })
                let stored = try here.chainState().gathered(over: world)
                if let stored {
                    checkEqual(stored, alone.chainState())
                    let again = try sampler(on: .alone())
                    try again.restore(stored)
                    checkEqual(again.chainState(), stored)
                }
                let everywhere = try here.chainState().shared(over: world)
                checkEqual(everywhere, alone.chainState())
            }
        }
    },
    MPITest("sampling: every rank learns that no amplitude is a number") { world in
        var counts = ProposalCounts()
        counts.proposed = 4
        counts.null = 1
        counts.invalid = 3
        checkThrows(SamplerError.self) { _ = try counts.reduced(over: world) }
        // One valid proposal on one rank is enough.
        if world.rank == world.size - 1 { counts.invalid = 2 }
        let total = try counts.reduced(over: world)
        checkEqual(total.invalid, 3 * world.size - 1)
    },
    MPITest("sampling: full summation over distributed states") { world in
        let amplitudes = TabulatedAmplitudes(siteCount: 5, seed: 4, blockRows: 6)
        for states in [Array(0..<32), [3, 7]] {
            func summation(on communicator: Communicator) throws -> FullSummationSamples {
                try FullSummation(
                    dimension: states.count,
                    shard: Shard.block(of: states.count, rank: communicator.rank, size: communicator.size)
                ) { TabulatedAmplitudes.configurations(states[$0], siteCount: 5) }
                .evaluate(amplitudes, communicator: communicator)
            }
            let (here, collectives) = try world.counters.counting { try summation(on: world) }
            let alone = try summation(on: .alone())
            let range = here.offset..<here.offset + here.configurations.count
            checkEqual(
                here.configurations.spins[...], alone.configurations.spins[5 * range.lowerBound..<5 * range.upperBound])
            checkEqual(here.logPsi[...], alone.logPsi[2 * range.lowerBound..<2 * range.upperBound])
            checkClose(here.probabilities, Array(alone.probabilities[range]), relative: 1e-14)
            checkClose(here.logNormSquared, alone.logNormSquared, absolute: 1e-13)
            checkEqual(collectives.allReduce.calls, 2)
            checkEqual(collectives.calls, 2)
        }
        // A value that is no number on one rank only.
        amplitudes.logPsi[2 * 31] = .nan
        let all = try FullSummation(
            dimension: 32, shard: Shard.block(of: 32, rank: world.rank, size: world.size)
        ) { TabulatedAmplitudes.configurations($0, siteCount: 5) }
        let error = checkThrows(SamplerError.self) {
            _ = try all.evaluate(amplitudes, communicator: world)
        }
        checkEqual(error, .amplitudeInvalid)
    },
]
