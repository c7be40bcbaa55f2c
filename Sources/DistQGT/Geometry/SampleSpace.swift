import Communication

/// The space of functions on the samples of one step: N samples sharded over ranks, real or complex
/// values, and a weight for each sample.
///
/// With plain sampling every weight is 1/N; with full summation or reweighting it is the probability
/// p of the state (Σ p = 1 over all ranks). Sample-space rows are scaled by √w, so that
/// M = 1 − √w√wᵀ is a symmetric projector in both cases (samples with w = 0 must be left out).
public final class SampleSpace {
    /// How sums over the samples are formed.
    public let sums: ShardedSum
    public var communicator: Communicator { sums.communicator }
    /// Samples of this rank; may be 0.
    public let localCount: Int
    /// N over all ranks.
    public let totalCount: Int
    /// Whether log ψ, and with it every value, is complex.
    public let isComplex: Bool
    /// w of the local samples, or nil where every weight is 1/N.
    public let probabilities: [Double]?

    /// Local, for a caller who knows N. Sums are plain.
    public convenience init(
        communicator: Communicator, localCount: Int, totalCount: Int, isComplex: Bool, probabilities: [Double]? = nil
    ) {
        self.init(
            sums: ShardedSum(communicator, itemCount: localCount), totalCount: totalCount, isComplex: isComplex,
            probabilities: probabilities)
    }

    /// Local, for a caller who knows N.
    ///
    /// - Parameter sums: over this rank's samples.
    public init(sums: ShardedSum, totalCount: Int, isComplex: Bool, probabilities: [Double]? = nil) {
        precondition(probabilities.map { $0.count == sums.itemCount } ?? true)
        self.sums = sums
        localCount = sums.itemCount
        self.totalCount = totalCount
        self.isComplex = isComplex
        self.probabilities = probabilities
    }

    /// Collective: one allreduce for N.
    public convenience init(
        communicator: Communicator, localCount: Int, isComplex: Bool, probabilities: [Double]? = nil
    ) throws {
        self.init(
            communicator: communicator, localCount: localCount, totalCount: try communicator.allReduce(localCount),
            isComplex: isComplex, probabilities: probabilities)
    }

    /// Reals per sample.
    public var components: Int { isComplex ? 2 : 1 }
    public func weight(_ sample: Int) -> Double {
        if let probabilities { probabilities[sample] } else { 1 / Double(totalCount) }
    }

    /// Weights of the local samples, w_s, as an array.
    package var weights: [Double] { probabilities ?? .init(repeating: 1 / Double(totalCount), count: localCount) }
}
