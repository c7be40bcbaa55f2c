import Communication
import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Numerics

/// How many samples each rank holds.
struct ShardSizes: Sendable {
    let sizes: [Int]

    /// Uneven shards, empty shards, and one sample in all: the same totals on any number of ranks.
    static func every(ranks: Int) -> [ShardSizes] {
        [[3, 0, 2, 0], [0, 1, 0, 0], [7, 1, 5, 4]].map { pattern in
            var sizes = Array((pattern + [Int](repeating: 0, count: ranks)).prefix(ranks))
            sizes[0] += pattern.dropFirst(ranks).reduce(0, +)
            return ShardSizes(sizes: sizes)
        }
    }

    var total: Int { sizes.reduce(0, +) }
    func range(_ rank: Int) -> Range<Int> {
        let first = sizes[..<rank].reduce(0, +)
        return first..<first + sizes[rank]
    }
}

/// Random samples, weights and local energies, the same for any distribution.
struct RandomSamples {
    private(set) var configurations: Configurations
    let probabilities: [Double]?
    /// (re, im) in turn.
    let energies: [Double]
    let mean: Complex<Double>

    init(siteCount: Int, count: Int, weighted: Bool) {
        var generator = SplitMix64(seed: 91)
        configurations = .random(siteCount: siteCount, count: count, using: &generator)
        let raw = (0..<count).map { _ in Double.random(in: 0.1..<1, using: &generator) }
        let total = raw.reduce(0, +)
        let weights = raw.map { weighted ? $0 / total : 1 / Double(count) }
        probabilities = weighted ? weights : nil
        let energies = (0..<2 * count).map { _ in 2 + generator.normalDeviate() }
        self.energies = energies
        mean = weights.indices.reduce(.zero) {
            $0 + Complex(energies[2 * $1], energies[2 * $1 + 1]) * Complex(weights[$1])
        }
    }

    /// Makes the second half of the samples copies of the first.
    mutating func repeatFirstHalf() {
        let half = configurations.count / 2 * configurations.siteCount
        configurations.spins.replaceSubrange(half..<2 * half, with: configurations.spins[..<half])
    }
}

/// One linearisation at samples that are spread over the ranks of a communicator.
struct ShardedProblem {
    let state: NeuralQuantumState
    let jacobian: Linearisation
    let gradient: EnergyGradient

    /// Collective.
    init(
        _ ansatz: any Ansatz, _ samples: RandomSamples, _ shards: ShardSizes, on communicator: Communicator
    ) throws {
        let range = shards.range(communicator.rank)
        try self.init(ansatz, samples, range, ShardedSum(communicator, itemCount: range.count))
    }

    /// Sums in blocks. Collective.
    init(
        _ ansatz: any Ansatz, _ samples: RandomSamples, _ blocks: BlockPartition, on communicator: Communicator
    ) throws {
        try self.init(
            ansatz, samples, blocks.shard(rank: communicator.rank, size: communicator.size).range,
            blocks.sum(over: communicator))
    }

    /// - Parameter range: this rank's samples.
    private init(_ ansatz: any Ansatz, _ samples: RandomSamples, _ range: Range<Int>, _ sums: ShardedSum) throws {
        // Two samples per chunk: most shards have a last chunk that is not full.
        state = NeuralQuantumState(ansatz, seed: 5, chunkRows: 2)
        let space = SampleSpace(
            sums: sums, totalCount: samples.configurations.count, isComplex: state.isComplex,
            probabilities: samples.probabilities.map { Array($0[range]) })
        jacobian = state.linearise(samples.configurations.rows(range), in: space)
        gradient = try EnergyGradient(
            jacobian, localEnergies: Array(samples.energies[2 * range.lowerBound..<2 * range.upperBound]),
            mean: samples.mean)
    }

    /// All samples in this process. Local.
    init(alone ansatz: any Ansatz, _ samples: RandomSamples) throws {
        try self.init(ansatz, samples, ShardSizes(sizes: [samples.configurations.count]), on: .alone())
    }

    /// The same normal deviates on every rank.
    func vector(_ count: Int = 1) -> ParameterVector {
        let vector = ParameterVector(state.trainedLayout, vectors: count)
        var generator = SplitMix64(seed: 17)
        vector.fillWithNormalDeviates(using: &generator)
        return vector
    }
}

/// The networks that the distributed geometry is tested with: real, complex, deep, mixed, and single precision.
private let shardedNames: Set = [
    "rbm float64", "rbm complex128", "ffnn log_cosh float64", "ffnn reim_selu complex128",
    "mixed_jastrow_rbm complex128", "rbm_modphase float64", "rbm float32", "mixed_jastrow_rbm complex64",
    "resnet complex128", "transformer float64",
    "cnn of both spins float64", "gcnn reim_selu both spins complex128", "gcnn reim_selu signs float64",
    "gcnn reim_selu phases complex128",
    "symmetrised rbm complex128", "mixed product of rbm, complex mlp and jastrow float64",
]

let shardedAnsatze: [NamedAnsatz] =
    everyAnsatz(siteCount: 4).filter { shardedNames.contains($0.description) } + [withFrozenFactor]

/// A product of which one factor is not trained.
private let withFrozenFactor = NamedAnsatz(
    "rbm and a frozen mixed_jastrow_rbm",
    FactorProduct([
        .init("0", Frozen(MixedJastrowRBM(siteCount: 4, hiddenUnits: 3))),
        .init("1", RestrictedBoltzmannMachine(siteCount: 4, alpha: 2)),
    ]))

extension NamedAnsatz {
    /// What the order of sums may change, relative to the largest entry.
    var rounding: Double { ansatz.dataType.isSingle ? 2e-5 : 1e-12 }
}

/// Runs `body` for every network, distribution of samples and kind of weights. Collective.
func forEachShardedProblem(
    on world: Communicator, _ ansatze: [NamedAnsatz] = shardedAnsatze,
    _ body: (_ subject: NamedAnsatz, _ name: String, _ here: ShardedProblem, _ alone: ShardedProblem) throws -> Void
) throws {
    checkEqual(shardedAnsatze.count, shardedNames.count + 1, "networks by name")
    for subject in ansatze {
        for shards in ShardSizes.every(ranks: world.size) {
            for weighted in [false, true] {
                let samples = RandomSamples(siteCount: 4, count: shards.total, weighted: weighted)
                try body(
                    subject, "\(subject), samples by rank \(shards.sizes)\(weighted ? ", weighted" : "")",
                    ShardedProblem(subject.ansatz, samples, shards, on: world),
                    ShardedProblem(alone: subject.ansatz, samples))
            }
        }
    }
}
