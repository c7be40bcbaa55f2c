import LinearAlgebra
import DistQGT

/// A network of four sites linearised at random samples in one process, in chunks the last of which is not full.
public struct LinearisedState {
    public let state: NeuralQuantumState
    public let jacobian: Linearisation
    /// (re, im) in turn.
    public let localEnergies: [Double]
    /// Nil where every weight is 1/N.
    public let probabilities: [Double]?

    public init(_ subject: NamedAnsatz, samples: Int = 9, weighted: Bool = false, residentChunks: Int? = nil) throws {
        state = NeuralQuantumState(subject.ansatz, seed: 3, chunkRows: 4)
        state.residentChunks = residentChunks
        var generator = SplitMix64(seed: 21)
        let configurations = Configurations.random(siteCount: 4, count: samples, using: &generator)
        let raw = (0..<samples).map { _ in Double.random(in: 0.1..<1, using: &generator) }
        probabilities = weighted ? raw.map { $0 / raw.reduce(0, +) } : nil
        let space = try SampleSpace(
            communicator: .alone(), localCount: samples, isComplex: state.isComplex, probabilities: probabilities)
        jacobian = state.linearise(configurations, in: space)
        localEnergies = (0..<2 * samples).map { _ in 3 + generator.normalDeviate() }
    }

    public func weight(_ sample: Int) -> Double { probabilities?[sample] ?? 1 / Double(jacobian.space.localCount) }

    /// Rows of J: [sample][component] → P reals.
    public var rows: [[[Double]]] {
        let stored = jacobian.rows()
        let count = state.layout.count
        let components = jacobian.space.components
        return (0..<jacobian.space.localCount).map { sample in
            (0..<components).map { component in
                let first = (sample * components + component) * count
                return Array(stored[first..<first + count])
            }
        }
    }

    /// Rows of J less their mean, ΔO: [sample][component] → P reals.
    public var centredRows: [[[Double]]] {
        let rows = rows
        let means = (0..<jacobian.space.components).map { component in
            (0..<state.layout.count).map { index in
                rows.indices.reduce(0.0) { $0 + weight($1) * rows[$1][component][index] }
            }
        }
        return rows.map { row in zip(row, means).map { zip($0, $1).map { $0 - $1 } } }
    }
}

/// The largest difference of two lists relative to the largest entry of the second, or to one where that is smaller;
/// infinite where a number is not finite or the lengths differ.
public func largestDifference(_ actual: [Double], _ expected: [Double]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let scale = expected.reduce(1) { max($0, abs($1)) }
    let difference = zip(actual, expected).reduce(0.0) { worst, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isFinite ? max(worst, difference) : .infinity
    }
    return difference / scale
}
