import Communication
import Foundation

/// The whole basis in place of samples: sums over |ψ|² without a statistical error.
///
/// States are numbered 0 ..< dimension and distributed over the ranks in contiguous ranges.
public struct FullSummation: Sendable {
    /// Number of states over all ranks.
    public let dimension: Int
    /// This rank's range of the states.
    public let shard: Shard
    /// This rank's states.
    public let configurations: Configurations

    /// - Parameters:
    ///   - dimension: number of states of the basis.
    ///   - shard: this rank's range, as `Shard.block(of: dimension, …)`.
    ///   - states: the states of a range of numbers.
    public init(
        dimension: Int, shard: Shard, states: (Range<Int>) throws -> Configurations
    ) throws {
        guard dimension >= 1 else {
            throw SamplerError.countTooSmall(name: "dimension", value: dimension, minimum: 1)
        }
        self.dimension = dimension
        self.shard = shard
        configurations = try states(shard.range)
    }

    /// The basis of a Hilbert space, in its order.
    ///
    /// - Throws: `HilbertSpaceError` if the states of the space cannot be numbered.
    public init(_ space: HilbertSpace, rank: Int, size: Int) throws {
        try self.init(space) { .block(of: $0, rank: rank, size: size) }
    }

    /// The basis of a Hilbert space in blocks that ranks hold whole.
    ///
    /// - Throws: `HilbertSpaceError` if the states of the space cannot be numbered.
    public init(blocksOf space: HilbertSpace, rank: Int, size: Int) throws {
        try self.init(space) { BlockPartition.ofStates($0).shard(rank: rank, size: size) }
    }

    private init(_ space: HilbertSpace, shard: (Int) -> Shard) throws {
        let numbering = try BasisNumbering(space)
        try self.init(dimension: numbering.dimension, shard: shard(numbering.dimension)) { range in
            try numbering.configurations(in: range)
        }
    }

    /// What `evaluate` sends.
    package static let messages = [CollectiveRecord.reals(2), .reals(1)]

    /// Evaluates ψ on the local states and normalises over all ranks. Collective: two allreduces, of
    /// two numbers and of one.
    ///
    /// - Throws: `SamplerError` on every rank if log ψ is NaN or +∞ somewhere or ψ vanishes
    ///   everywhere; `MPIError` from the reductions.
    public func evaluate(
        _ amplitudes: some LogAmplitudes, communicator: Communicator
    ) throws -> FullSummationSamples {
        try evaluate(amplitudes, sums: ShardedSum(communicator, itemCount: configurations.count))
    }

    /// The same with a choice of the order of sums.
    ///
    /// - Parameter sums: over this rank's states.
    func evaluate(_ amplitudes: some LogAmplitudes, sums: ShardedSum) throws -> FullSummationSamples {
        let count = configurations.count
        let logPsi = amplitudes.logPsi(of: configurations)
        // Largest log |ψ|, and 1 if a value is invalid.
        var extremes = [-Double.infinity, 0]
        for state in 0..<count {
            if logPsi[2 * state] < .infinity {
                extremes[0] = max(extremes[0], logPsi[2 * state])
            } else {
                extremes[1] = 1
            }
        }
        try sums.communicator.allReduce(&extremes, .maximum)
        guard extremes[1] == 0 else { throw SamplerError.amplitudeInvalid }
        let shift = extremes[0]
        guard shift > -.infinity else { throw SamplerError.waveFunctionVanishes }

        var probabilities = [Double](repeating: 0, count: count)
        for state in 0..<count { probabilities[state] = exp(2 * (logPsi[2 * state] - shift)) }
        let sum = try sums.sum(count: 1) { _, states, result in
            result[0] = 0
            for state in states { result[0] += probabilities[state] }
        }[0]
        for state in 0..<count { probabilities[state] /= sum }
        return FullSummationSamples(
            offset: shard.offset, configurations: configurations, logPsi: logPsi,
            probabilities: probabilities, logNormSquared: 2 * shift + log(sum))
    }
}

/// The local states of a full summation with their weights.
public struct FullSummationSamples: Sendable {
    /// Number of the first local state.
    public let offset: Int
    public let configurations: Configurations
    /// log ψ, real and imaginary part in turn.
    public let logPsi: [Double]
    /// p_b = |ψ_b|²/Σ|ψ|²; their sum over all ranks is 1.
    public let probabilities: [Double]
    /// log Σ|ψ|².
    public let logNormSquared: Double

    /// Whether the state has probability 0 (a node of ψ, or underflow): it contributes to no sum, and
    /// E_loc there means nothing.
    public func isSkipped(_ state: Int) -> Bool { probabilities[state] == 0 }
}
