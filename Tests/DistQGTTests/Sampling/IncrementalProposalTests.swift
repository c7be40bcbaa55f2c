import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// Incremental evaluators of proposals against whole evaluations, step by step along chains.
@Suite struct IncrementalProposalTests {
    static let sites = 6
    static let pairs: [SIMD2<Int32>] = (0..<sites).map { SIMD2(Int32($0), Int32(($0 + 1) % sites)) }
    static let rules: [ProposalRule] = [
        .local(flips: 1), .local(flips: 2), .local(flips: 3), .local(flips: 5), .exchange(pairs: pairs),
        .mixture([
            WeightedRule(weight: 2, rule: .local(flips: 1)), WeightedRule(weight: 1, rule: .exchange(pairs: pairs)),
            WeightedRule(weight: 1, rule: .local(flips: 4)),
        ]),
    ]

    /// Proposals for chains that go their way, with any evaluator.
    private struct Walk {
        let generator: ProposalGenerator
        let batch: ProposalBatch
        var spins: [Int8]
        var stream: RandomStream
        let siteCount: Int

        init(_ rule: ProposalRule, siteCount: Int, chains: Int) throws {
            self.siteCount = siteCount
            generator = try ProposalGenerator(rule: rule, in: HilbertSpace(siteCount: siteCount))
            batch = ProposalBatch(count: chains, maximumSites: generator.maximumSites)
            stream = RandomStream(seed: 12, index: 0, purpose: .proposals)
            spins = (0..<chains * siteCount).map { _ in 1 }
            for index in spins.indices { spins[index] = stream.uniform() < 0.5 ? 1 : -1 }
        }

        mutating func propose() {
            for chain in 0..<batch.count {
                batch.siteCounts[chain] = spins.withUnsafeBufferPointer { spins in
                    spins.baseAddress.map {
                        generator.propose(
                            &stream, spins: $0 + chain * siteCount, into: batch.place(of: chain))
                    } ?? 0
                }
            }
        }

        /// Accepts by the ratios of the batch, or whatever changes something.
        mutating func decide(always: Bool = false) {
            for chain in 0..<batch.count {
                let ratio = batch.logModulusRatios[chain]
                batch.accepted[chain] =
                    batch.siteCounts[chain] > 0 && (always || stream.uniform() < Double.exp(2 * ratio))
                guard batch.accepted[chain] else { continue }
                spins.withUnsafeMutableBufferPointer { spins in
                    if let base = spins.baseAddress { batch.apply(chain: chain, to: base + chain * siteCount) }
                }
            }
        }

        /// The ratios of the proposals that change something.
        var ratios: [Double] {
            (0..<batch.count).filter { batch.siteCounts[$0] > 0 }.map { batch.logModulusRatios[$0] }
        }
    }

    /// The largest difference of the ratios of two evaluators along a walk.
    private func difference(
        _ state: NeuralQuantumState, _ rule: ProposalRule, steps: Int, chains: Int = 5
    ) throws -> Double {
        let amplitudes = state.amplitudes(blockRows: 16)
        let incremental = amplitudes.makeProposalEvaluator()
        let whole = BatchedProposals(amplitudes)
        var walk = try Walk(rule, siteCount: state.siteCount, chains: chains)
        incremental.load(walk.spins, chains: 3..<3 + chains)
        whole.load(walk.spins, chains: 3..<3 + chains)
        var largest = 0.0
        var accepted = 0
        for _ in 0..<steps {
            walk.propose()
            whole.evaluate(walk.batch)
            let expected = walk.ratios
            incremental.evaluate(walk.batch)
            for (ratio, expected) in zip(walk.ratios, expected) {
                let difference = abs(ratio - expected) / max(1, abs(expected))
                largest = difference.isNaN ? .infinity : max(largest, difference)
            }
            walk.decide()
            accepted += (0..<chains).count { walk.batch.accepted[$0] }
            incremental.update(walk.batch)
            whole.update(walk.batch)
        }
        #expect(accepted > 0)
        return largest
    }

    @Test(arguments: everyAnsatz(siteCount: sites)) func ratiosAreThoseOfWholeEvaluations(
        _ subject: NamedAnsatz
    ) throws {
        let state = NeuralQuantumState(subject.ansatz, seed: 3)
        for rule in Self.rules {
            #expect(try difference(state, rule, steps: 40) < (subject.ansatz.dataType.isSingle ? 2e-5 : 1e-12))
        }
    }

    /// Chains so long that their numbers are computed afresh several times on the way.
    @Test(arguments: everyAnsatz(siteCount: 4)) func ratiosStayExactAlongLongChains(_ subject: NamedAnsatz) throws {
        let state = NeuralQuantumState(subject.ansatz, seed: 8)
        let tolerance = subject.ansatz.dataType.isSingle ? 2e-5 : 1e-12
        #expect(try difference(state, .local(flips: 1), steps: 3000, chains: 2) < tolerance)
        #expect(try difference(state, .local(flips: 2), steps: 1000, chains: 2) < tolerance)
    }

    static let largeWeights: [NamedAnsatz] = DataType.allCases.flatMap { type in
        [1.0, 4, 40].flatMap { scale -> [NamedAnsatz] in
            let initialiser = Initialiser(.normal, scale: scale)
            let name = "\(type.rawValue) weights of \(scale)"
            var all = [
                NamedAnsatz(
                    "rbm \(name)",
                    RestrictedBoltzmannMachine(
                        siteCount: sites, alpha: 4, options: LayerOptions(type, kernel: initialiser, bias: initialiser))
                ),
                NamedAnsatz(
                    "mlp \(name)",
                    MultilayerPerceptron(
                        siteCount: sites, hiddenDimensions: [9, 6],
                        options: LayerOptions(type, activation: .logCosh, kernel: initialiser, bias: initialiser))),
            ]
            if type.isComplex {
                all.append(
                    NamedAnsatz(
                        "mixed_jastrow_rbm \(name)",
                        MixedJastrowRBM(
                            siteCount: sites, hiddenUnits: 10,
                            options: LayerOptions(type, kernel: initialiser, bias: initialiser))))
            } else {
                all.append(
                    NamedAnsatz(
                        "rbm_modphase \(name)",
                        ModulusPhaseRBM(
                            siteCount: sites, alpha: 2,
                            options: LayerOptions(type, kernel: initialiser, bias: initialiser))))
            }
            return all
        }
    }

    @Test(arguments: largeWeights) func ratiosOfTrainedWeights(_ subject: NamedAnsatz) throws {
        let state = NeuralQuantumState(subject.ansatz, seed: 5)
        // A whole evaluation takes the difference of two logarithms of up to the sum of all weights, and so has an
        // absolute error of some rounding units of that.
        let scale = state.parameters.values.reduce(0) { max($0, abs($1)) } * 200
        let unit = subject.ansatz.dataType.isSingle ? 1e-6 : 2e-15
        for rule in Self.rules { #expect(try difference(state, rule, steps: 60) < unit * max(1, scale)) }
    }

    @Test func weightsWhoseExponentialsOverflowHaveNoProducts() throws {
        for (scale, isUsable) in [(4.0, true), (40, false), (1e3, false), (1e200, false), (.infinity, false)] {
            for type in DataType.allCases where scale < 1e30 || !type.isSingle {
                let state = NeuralQuantumState(
                    RestrictedBoltzmannMachine(
                        siteCount: 16, alpha: 1, options: LayerOptions(type, kernel: Initialiser(.normal, scale: scale))
                    ),
                    seed: 1)
                #expect(state.productsAreUsable == isUsable)
                // And again once the parameters are moderate.
                for index in 0..<state.parameters.count { state.parameters[index] = 0.01 }
                state.parametersChanged()
                #expect(state.productsAreUsable)
            }
        }
    }

    /// Every flip accepted, as many as there may be without computing afresh.
    @Test(arguments: everyAnsatz(siteCount: sites)) func driftIsBounded(_ subject: NamedAnsatz) throws {
        let state = NeuralQuantumState(subject.ansatz, seed: 6)
        let amplitudes = state.amplitudes(blockRows: 16)
        let (evaluator, fresh) = (amplitudes.makeProposalEvaluator(), amplitudes.makeProposalEvaluator())
        var walk = try Walk(.local(flips: 1), siteCount: Self.sites, chains: 7)
        evaluator.load(walk.spins, chains: 0..<7)
        for step in 1...511 {
            walk.propose()
            evaluator.evaluate(walk.batch)
            guard step % 73 == 0 else {
                walk.decide(always: true)
                evaluator.update(walk.batch)
                continue
            }
            let drifted = walk.ratios
            fresh.load(walk.spins, chains: 0..<7)
            fresh.evaluate(walk.batch)
            // Sums are kept in double for single precision too, and rounded alike unless they are at a boundary.
            let tolerance = subject.ansatz.dataType.isSingle ? 5e-6 : 1e-13
            for (ratio, expected) in zip(drifted, walk.ratios) {
                #expect(abs(ratio - expected) < tolerance * max(1, abs(expected)))
            }
            // Every evaluation is followed by a decision; none of these proposals is accepted.
            for chain in 0..<7 { walk.batch.accepted[chain] = false }
            evaluator.update(walk.batch)
        }
    }

    @Test func aChainThatStartsAtANodeLeavesIt() throws {
        // cosh(iπ/4 Σs) vanishes where Σs = ±2.
        let machine = RestrictedBoltzmannMachine(
            siteCount: 4, alpha: 1, useHiddenBias: false, useVisibleBias: false, options: LayerOptions(.complex128))
        let state = NeuralQuantumState(machine)
        for site in 0..<4 { state.parameters[2 * (4 * site) + 1] = .pi / 4 }
        state.parametersChanged()
        #expect(state.productsAreUsable)
        let sampler = try MetropolisSampler(
            rule: .mixture([
                WeightedRule(weight: 1, rule: .local(flips: 1)), WeightedRule(weight: 1, rule: .local(flips: 2)),
            ]), parameters: SamplerParameters(chains: 50, samples: 2000, sweep: 7, discard: 3, seed: 6),
            evaluator: state.amplitudes(blockRows: 16).makeProposalEvaluator(),
            shard: Shard.block(of: 50, rank: 0, size: 1))
        func isNode(_ spins: ArraySlice<Int8>) -> Bool { abs(spins.reduce(0) { $0 + Int($1) }) == 2 }
        let start = sampler.chainState().configurations
        #expect((0..<50).contains { isNode(start[row: $0]) })
        let samples = sampler.sample()
        #expect((0..<samples.configurations.count).allSatisfy { !isNode(samples.configurations[row: $0]) })
        #expect(samples.counts.invalid == 0)
    }

    @Test(arguments: everyAnsatz(siteCount: 4)) func parametersThatAreNoNumbersAreReported(
        _ subject: NamedAnsatz
    ) throws {
        for value in [Double.nan, .infinity] {
            let state = NeuralQuantumState(subject.ansatz, seed: 2)
            for index in 0..<state.parameters.count { state.parameters[index] = value }
            state.parametersChanged()
            let amplitudes = state.amplitudes(blockRows: 16)
            func counts(_ evaluator: any ProposalEvaluator) throws -> ProposalCounts {
                try MetropolisSampler(
                    rule: .local(flips: 1),
                    parameters: SamplerParameters(chains: 3, samples: 9, sweep: 4, discard: 1, seed: 6),
                    evaluator: evaluator, shard: Shard.block(of: 3, rank: 0, size: 1)
                ).sample().counts
            }
            #expect(try counts(amplitudes.makeProposalEvaluator()) == counts(BatchedProposals(amplitudes)))
        }
    }
}
