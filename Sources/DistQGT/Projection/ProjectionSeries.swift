import Communication
import Foundation
import Numerics

/// What the generations of a projection have given, and what it comes to.
///
/// The mean energy e_n of a generation, over its walkers and its interval, is multiplied with mean weights of the last L generations
/// (M. Calandra Buonaura and S. Sorella, PRB 57, 11446, 1998),
///
///     E_L = Σ_n G_n e_n/Σ_n G_n,    G_n = v_n Π_{0<j<L} w̄_{n−j},    G_n = 1 for L = 0,
///
/// with w̄ the mean weight at the end of an interval and v its mean over the interval: that takes away what branching at a fixed
/// number of walkers adds, and its bias vanishes as L grows.
public struct ProjectionSeries: Sendable, Equatable {
    /// ln w̄ of each generation.
    public private(set) var logWeights: [Double] = []
    /// ln v
    public private(set) var logMeans: [Double] = []
    /// e
    public private(set) var energies: [Double] = []

    public init() {}

    /// - Precondition: as many of each.
    public init(logWeights: [Double], logMeans: [Double], energies: [Double]) {
        precondition(logWeights.count == energies.count && logMeans.count == energies.count)
        self.logWeights = logWeights
        self.logMeans = logMeans
        self.energies = energies
    }

    public var count: Int { energies.count }

    mutating func append(logWeight: Double, logMean: Double, energy: Double) {
        logWeights.append(logWeight)
        logMeans.append(logMean)
        energies.append(energy)
    }

    /// G_n of generations `first` …, up to one factor; the last L generations of the first of them must be there.
    func factors(from first: Int, length: Int) -> [Double] {
        precondition(length >= 0 && first + 1 >= length && first <= count)
        guard length > 0 else { return [Double](repeating: 1, count: count - first) }
        let sums = (first..<count).map { generation in
            logWeights[generation + 1 - length..<generation].reduce(logMeans[generation], +)
        }
        let largest = sums.max() ?? 0
        return sums.map { exp($0 - largest) }
    }

    /// Π_{0≤j<L} w̄_{n−j} of some generations n, up to one factor: of what is measured at their ends. The last L generations of
    /// each must be there.
    func factors(at generations: [Int], length: Int) -> [Double] {
        let sums = generations.map { logWeights[$0 + 1 - length..<$0 + 1].reduce(0, +) }
        let largest = sums.max() ?? 0
        return sums.map { exp($0 - largest) }
    }

    /// E_L from generation `first` on. Local.
    ///
    /// - Parameter length: L.
    public func estimate(from first: Int, length: Int) throws -> ProjectedEstimate {
        try ProjectedEstimate(
            values: Array(energies[first...]), factors: factors(from: first, length: length), length: length)
    }
}

/// A mean over generations, with factors that take away the bias of branching.
public struct ProjectedEstimate: Sendable, Equatable {
    /// L
    public let length: Int
    public let mean: Double
    /// Standard error of the mean, of the correlated generations (`InitialSequenceEstimate`), as the ratio of two means has it to
    /// first order.
    public let error: Double
    /// τ of the generations; NaN where there is none.
    public let tau: Double
    /// (Σ G)²/(n Σ G²): the share of the generations that the factors leave. Small where L is too large.
    public let effectiveShare: Double

    /// Local.
    ///
    /// - Parameters:
    ///   - values: of each generation.
    ///   - factors: G of each.
    init(values: [Double], factors: [Double], length: Int) throws {
        precondition(values.count == factors.count)
        self.length = length
        let count = Double(values.count)
        let sum = factors.reduce(0, +)
        let mean = zip(values, factors).reduce(0) { $0 + $1.0 * $1.1 } / sum
        self.mean = mean
        effectiveShare = sum * sum / (count * factors.reduce(0) { $0 + $1 * $1 })
        guard values.count > 1 else {
            (error, tau) = (.nan, .nan)
            return
        }
        var deviations = [Double](repeating: 0, count: 2 * values.count)
        for (place, value) in values.enumerated() {
            deviations[2 * place] = factors[place] * count / sum * (value - mean)
        }
        let estimate = try InitialSequenceEstimate.ofChains(
            energies: deviations, mean: .zero, chains: 1, length: values.count, communicator: .alone())
        (error, tau) = (estimate.error, estimate.tau)
    }
}
