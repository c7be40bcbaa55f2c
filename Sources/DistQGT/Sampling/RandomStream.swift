import CKernels
import Foundation

/// What a random stream is for. Streams with the same seed and index and different purposes are
/// independent.
public struct RandomPurpose: Sendable, Hashable {
    public let identifier: UInt32

    public init(identifier: UInt32) {
        self.identifier = identifier
    }

    /// The configuration a Markov chain starts from.
    public static let initialConfiguration = RandomPurpose(identifier: 1)
    /// The proposals and acceptance decisions of a Markov chain.
    public static let proposals = RandomPurpose(identifier: 2)
    /// Initial values of parameters.
    public static let parameters = RandomPurpose(identifier: 3)
    /// The spins that a direct sampler draws for a chain.
    public static let conditionals = RandomPurpose(identifier: 4)
    /// Where a walker of a projection goes next, and when.
    public static let projection = RandomPurpose(identifier: 5)
    /// Which walkers of a projection branch.
    public static let branching = RandomPurpose(identifier: 6)
    /// Whether neighbouring replicas of a Markov chain are exchanged.
    public static let swaps = RandomPurpose(identifier: 7)
}

/// A sequence of random numbers that is a pure function of (seed, index, purpose, position).
///
/// The seed is the key of the generator, Philox4x32-10; position, index and purpose are the words of its counter,
/// so no two streams of one seed ever share a block. Position counts 64-bit draws; one block holds two.
public struct RandomStream: UniformDraws, BitwiseCopyable, Sendable {
    private let seed: UInt64
    private let index: UInt32
    private let purpose: UInt32
    /// Number of 64-bit draws before the next one.
    public private(set) var position: UInt64
    private var secondHalf: UInt64 = 0
    private var holdsSecondHalf = false

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - index: number of the stream, for instance the global number of a chain, below 2³².
    ///   - purpose: what the numbers are for.
    ///   - position: draws to skip.
    /// - Precondition: `0 ≤ index < 2³²`.
    public init(seed: UInt64, index: Int, purpose: RandomPurpose, position: UInt64 = 0) {
        self.seed = seed
        self.index = UInt32(index)
        self.purpose = purpose.identifier
        self.position = position
    }

    /// Moves to an absolute position.
    @inline(__always)
    public mutating func seek(to newPosition: UInt64) {
        // A kept second half stays valid only for the position it belongs to.
        if newPosition != position { holdsSecondHalf = false }
        position = newPosition
    }

    /// The next 64 uniform bits: one draw.
    @inline(__always)
    public mutating func next() -> UInt64 {
        if holdsSecondHalf {
            holdsSecondHalf = false
            position &+= 1
            return secondHalf
        }
        let draws = ck_philox_block(seed, index, purpose, position >> 1)
        let isFirst = position & 1 == 0
        position &+= 1
        secondHalf = draws.second
        holdsSecondHalf = isFirst
        return isFirst ? draws.first : draws.second
    }

    /// A standard normal deviate by the Box–Muller transform: two draws, always.
    public mutating func normal() -> Double {
        // 1 − u lies in (0, 1], so the logarithm is finite.
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * Double.pi * uniform())
    }
}
