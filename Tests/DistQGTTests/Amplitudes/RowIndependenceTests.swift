import Communication
import DistQGT
import DistQGTTestSupport
import Testing

/// What a rank with few chains relies on: a configuration's log ψ has the same bits whichever others are evaluated beside
/// it, and no more configurations are evaluated than there are.
@Suite struct RowIndependenceTests {
    @Test(arguments: everyAnsatz(siteCount: 8)) func bitsDoNotDependOnOtherRows(_ subject: NamedAnsatz) {
        let state = NeuralQuantumState(subject.ansatz, seed: 3)
        var generator = SplitMix64(seed: 4)
        let all = Configurations.random(siteCount: 8, count: 41, using: &generator)
        let whole = state.amplitudes(blockRows: 64).logPsi(of: all)
        for (blockRows, pieces) in [(64, [1, 2, 3, 4, 5, 6, 7, 13]), (16, [41]), (5, [20, 21])] {
            let amplitudes = state.amplitudes(blockRows: blockRows)
            var first = 0
            for count in pieces {
                let spins = Array(all.spins[8 * first..<8 * (first + count)])
                let found = amplitudes.logPsi(of: Configurations(siteCount: 8, spins: spins))
                #expect(
                    zip(found, whole[2 * first..<2 * (first + count)]).allSatisfy { $0.bitPattern == $1.bitPattern },
                    "\(count) rows from row \(first), \(blockRows) at most")
                first += count
            }
        }
    }

    /// Networks whose ratios take evaluations, with the chains of each of 1, 2, 4, 8 and 16 ranks that share 64.
    @Test(arguments: ["ffnn", "mlp", "gcnn", "cnn", "transformer"], [64, 32, 16, 8, 4])
    func oneRowForEachProposal(_ name: String, chains: Int) throws {
        let subjects = everyAnsatz(siteCount: 8).filter {
            $0.description.hasPrefix(name) && !$0.ansatz.dataType.isSingle
        }
        #expect(!subjects.isEmpty)
        for subject in subjects {
            let state = NeuralQuantumState(subject.ansatz, seed: 5)
            guard let method = state.factor.ratioMethods.first(where: \.isUsable), method.evaluatesTape else {
                continue
            }
            let rows = try Self.rows(state, chains: chains, .local(flips: 1), HilbertSpace(siteCount: 8))
            #expect(rows.evaluated == rows.changing && rows.changing == rows.proposed, "\(subject), \(chains) chains")
        }
    }

    /// Proposals that change nothing are not evaluated.
    @Test func noRowsForNullProposals() throws {
        let subjects = everyAnsatz(siteCount: 8).filter {
            $0.description.hasPrefix("mlp") || $0.description.hasPrefix("transformer")
        }
        #expect(!subjects.isEmpty)
        let pairs = (0..<7).map { SIMD2(Int32($0), Int32($0 + 1)) }
        for subject in subjects {
            let state = NeuralQuantumState(subject.ansatz, seed: 5)
            guard let method = state.factor.ratioMethods.first(where: \.isUsable), method.evaluatesTape else {
                continue
            }
            let rows = try Self.rows(
                state, chains: 5, .exchange(pairs: pairs), HilbertSpace(siteCount: 8, magnetisation: 0))
            #expect(rows.evaluated == rows.changing && rows.changing < rows.proposed, "\(subject)")
        }
    }

    /// Rows evaluated for the proposals of a draw, how many of these change something, and how many there are.
    private static func rows(
        _ state: NeuralQuantumState, chains: Int, _ rule: ProposalRule, _ space: HilbertSpace
    ) throws -> (evaluated: Int, changing: Int, proposed: Int) {
        let evaluator = RowCounter(state.amplitudes(blockRows: 16).makeProposalEvaluator(), state)
        let sampler = try MetropolisSampler(
            rule: rule,
            parameters: SamplerParameters(
                chains: chains, samples: 4 * chains, sweep: 3, discard: 1, seed: 9, space: space),
            evaluator: evaluator, shard: Shard(offset: 0, count: chains))
        let counts = sampler.sample().counts
        #expect(counts.proposed - counts.null == evaluator.changing)
        return (evaluator.evaluated, evaluator.changing, counts.proposed)
    }
}

/// Counts the rows that a state evaluates for proposals.
private final class RowCounter: ProposalEvaluator {
    private let base: any ProposalEvaluator
    private let state: NeuralQuantumState
    private(set) var evaluated = 0
    private(set) var changing = 0

    init(_ base: any ProposalEvaluator, _ state: NeuralQuantumState) {
        self.base = base
        self.state = state
    }

    var siteCount: Int { base.siteCount }
    var chainsInStep: Int { base.chainsInStep }
    func load(_ spins: UnsafePointer<Int8>, chains: Range<Int>) { base.load(spins, chains: chains) }
    func evaluate(_ batch: ProposalBatch) {
        let before = state.machine.evaluatedRows
        base.evaluate(batch)
        evaluated += state.machine.evaluatedRows - before
        changing += batch.chains.count { batch.siteCounts[$0] > 0 }
    }
    func update(_ batch: ProposalBatch) { base.update(batch) }
    func currentLogPsi(into logPsi: UnsafeMutablePointer<Double>) -> Bool { base.currentLogPsi(into: logPsi) }
}
