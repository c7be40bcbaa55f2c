/// What makes an estimate over the samples of chains one that says nothing, or not what it seems to say. As long as there
/// is one, the variance, the errors and the V-score made of them mean nothing.
public enum EstimateFault: Sendable, Equatable {
    /// There is one sample: it has no variance.
    case singleSample
    /// Hardly a proposal was accepted: every chain stays where it is.
    case frozenChains(acceptance: Double)
    /// All samples are one configuration, although the space has others.
    case equalSamples
    /// Chains, or their halves, disagree.
    case unmixedChains(rHat: Double)

    /// R̂ beyond this says that the chains have not mixed.
    public static let largestRHat = 1.1
    /// Chains of which less than this share of the proposals was accepted, and that have moved less often than this, are
    /// frozen.
    static let leastAcceptance = 0.01
    static let leastMoves = 10

    /// What is wrong with samples of chains.
    ///
    /// - Parameters:
    ///   - dimension: number of states of the space, nil if it is too large to be counted; there is nothing to find where there is only one.
    ///   - moves: proposals over all ranks, and how many were accepted; nil where samples are drawn directly.
    ///   - areEqual: whether all samples are one configuration.
    ///   - rHat: `EnergyStatistics.splitRHat`.
    package static func of(
        chains: Int, length: Int, dimension: Int?, moves: (proposed: Int, accepted: Int)?, areEqual: Bool, rHat: Double
    ) -> [EstimateFault] {
        if dimension == 1 { return [] }
        var faults: [EstimateFault] = []
        if chains * length == 1 {
            faults.append(.singleSample)
        } else if areEqual {
            faults.append(.equalSamples)
        }
        guard let moves else { return faults }
        let acceptance = Double(moves.accepted) / Double(moves.proposed)
        if acceptance < leastAcceptance, moves.accepted < leastMoves * chains {
            faults.append(.frozenChains(acceptance: acceptance))
        }
        if rHat > largestRHat, rHat * rHat > largestRHat * independentRHatSquared(length: length) {
            faults.append(.unmixedChains(rHat: rHat))
        }
        return faults
    }

    /// R̂² of many chains of independent samples: (L−1)/L + 1/⌊L/2⌋, well above 1 for a few samples.
    private static func independentRHatSquared(length: Int) -> Double {
        Double(length - 1) / Double(length) + 1 / Double(max(1, length / 2))
    }
}

extension EstimateFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .singleSample: "a single sample has no variance, no error and no V-score"
        case .equalSamples:
            "all samples are the same configuration: there is nothing to take a variance of, and a variance of 0 is no "
                + "sign of an eigenstate"
        case .frozenChains(let acceptance):
            "the chains are frozen (acceptance \(Self.percentage(acceptance)) %): energy, variance and errors are those of "
                + "the few configurations where they stand, and a variance of 0 is no sign of an eigenstate"
        case .unmixedChains(let rHat):
            "R-hat = \((1000 * rHat).rounded() / 1000): the chains have not mixed, energy and variance depend on where they "
                + "started, and the error is too small"
        }
    }

    /// Two significant digits, at least of thousandths.
    private static func percentage(_ share: Double) -> Double { (1e5 * share).rounded() / 1e3 }
}
