import DistQGT
import DistQGTTestSupport
import Foundation
import Numerics
import Testing

/// Eigenvalues and eigenvectors (columns) of a symmetric matrix by Jacobi's rotations.
private func jacobi(_ matrix: [[Double]]) -> (values: [Double], vectors: [[Double]]) {
    let size = matrix.count
    var a = matrix
    var v = (0..<size).map { row in (0..<size).map { $0 == row ? 1.0 : 0 } }
    for _ in 0..<14 {
        for p in 0..<size {
            for q in p + 1..<size where abs(a[p][q]) > 1e-300 {
                let theta = 0.5 * atan2(2 * a[p][q], a[q][q] - a[p][p])
                let (c, s) = (cos(theta), sin(theta))
                for k in 0..<size {
                    (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q])
                }
                for k in 0..<size {
                    (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
                }
                for k in 0..<size {
                    (v[k][p], v[k][q]) = (c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q])
                }
            }
        }
    }
    return ((0..<size).map { a[$0][$0] }, v)
}

@Suite struct NoiseFilterTests {
    private let cutoff = 1e-9
    private let smoothTolerance = 3e-3

    /// θ̇ from the dense S and the summands of each sample, by the formula itself.
    private func reference(_ state: LinearisedState, shift: Double, threshold: Double) -> [Double] {
        let rows = state.centredRows
        let (samples, parameters) = (rows.count, state.state.layout.count)
        let mean = (0..<2).map { part in
            (0..<samples).reduce(0.0) { $0 + state.localEnergies[2 * $1 + part] } / Double(samples)
        }
        func deviation(_ sample: Int, _ part: Int) -> Double { state.localEnergies[2 * sample + part] - mean[part] }
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: parameters), count: parameters)
        for row in rows.flatMap({ $0 }) {
            for i in 0..<parameters {
                for j in 0..<parameters { matrix[i][j] += row[i] * row[j] / Double(samples) }
            }
        }
        for i in 0..<parameters { matrix[i][i] += shift }
        let (values, vectors) = jacobi(matrix)
        let largest = values.map(abs).max() ?? 0
        var solution = [Double](repeating: 0, count: parameters)
        // Vectors of one eigenvalue are any basis of their space: what they have of signal and noise is added up.
        var groups: [[Int]] = []
        for k in (0..<parameters).sorted(by: { values[$0] < values[$1] }) {
            if let last = groups.last?.last, values[k] - values[last] <= 1e-12 * largest {
                groups[groups.count - 1].append(k)
            } else {
                groups.append([k])
            }
        }
        for group in groups {
            let summands = group.map { k in
                (0..<samples).map { sample in
                    rows[sample].enumerated().reduce(0.0) { sum, row in
                        let image = (0..<parameters).reduce(0.0) { $0 + row.element[$1] * vectors[$1][k] }
                        return sum + image * deviation(sample, row.offset)
                    }
                }
            }
            let overlaps = summands.map { $0.reduce(0, +) / Double(samples) }
            let variance = zip(summands, overlaps).reduce(0.0) { sum, pair in
                sum + pair.0.reduce(0) { $0 + ($1 - pair.1) * ($1 - pair.1) } / Double(samples)
            }
            let signal = overlaps.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let ratio = Double(samples).squareRoot() * signal / variance.squareRoot()
            let noise = threshold == 0 ? 0 : pow(threshold / ratio, 6)
            for (k, overlap) in zip(group, overlaps) where abs(values[k]) > cutoff * largest {
                let smooth = pow(smoothTolerance * largest / abs(values[k]), 6)
                for i in 0..<parameters {
                    solution[i] += vectors[i][k] * overlap / values[k] / (1 + smooth) / (1 + noise)
                }
            }
        }
        return solution
    }

    private func found(
        _ state: LinearisedState, shift: Double, threshold: Double, by strategy: ReconfigurationStrategy
    ) throws -> (direction: [Double], report: SolverReport) {
        let count = state.localEnergies.count / 2
        let mean = (0..<count).reduce(Complex<Double>.zero) {
            $0 + Complex(state.localEnergies[2 * $1], state.localEnergies[2 * $1 + 1]) / Complex(Double(count))
        }
        let gradient = try EnergyGradient(state.jacobian, localEnergies: state.localEnergies, mean: mean)
        let equation = ReconfigurationEquation(
            jacobian: state.jacobian, gradient: gradient, localEnergies: state.localEnergies, meanEnergy: mean,
            diagonalShift: shift)
        let (direction, report) = try equation.solve(
            SmoothPseudoInverseSolver(cutoff: cutoff, smoothTolerance: smoothTolerance, noiseThreshold: threshold),
            by: strategy)
        return (direction.values, report)
    }

    /// Holomorphic, whose eigenvalues come in pairs; real; neither.
    private var subjects: [NamedAnsatz] {
        let names = ["rbm without biases complex128", "rbm without biases float64", "ffnn reim_selu complex128"]
        return everyAnsatz(siteCount: 4).filter { names.contains($0.description) }
    }

    @Test func bothSpacesEqualTheFormula() throws {
        #expect(subjects.count == 3)
        for subject in subjects {
            let state = try LinearisedState(subject, samples: 40)
            for (shift, threshold) in [(0.0, 1.0), (0.0, 0.3), (0.02, 1.0), (0.0, 0.0)] {
                let expected = reference(state, shift: shift, threshold: threshold)
                for strategy in [ReconfigurationStrategy.parameters, .samples] {
                    let direction = try found(state, shift: shift, threshold: threshold, by: strategy).direction
                    #expect(
                        largestDifference(direction, expected) < 1e-8,
                        "\(subject), \(strategy), shift \(shift), snr \(threshold)")
                }
            }
        }
    }

    /// A threshold beyond all signals leaves nothing, and says so; one below all leaves the pseudo-inverse.
    @Test func theEndsOfTheThreshold() throws {
        let state = try LinearisedState(subjects[0], samples: 40)
        for strategy in [ReconfigurationStrategy.parameters, .samples] {
            let nothing = try found(state, shift: 0, threshold: 1e6, by: strategy)
            #expect(nothing.direction.allSatisfy { abs($0) < 1e-12 })
            #expect(abs(nothing.report.residual - 1) < 1e-9)
            let all = try found(state, shift: 0, threshold: 1e-9, by: strategy)
            let plain = try found(state, shift: 0, threshold: 0, by: strategy)
            #expect(largestDifference(all.direction, plain.direction) < 1e-9)
            #expect(abs(all.report.residual - plain.report.residual) < 1e-9)
        }
    }

    /// A summed basis has no noise.
    @Test func weightedStatesAreNotFiltered() throws {
        let state = try LinearisedState(subjects[0], samples: 16, weighted: true)
        let filtered = try found(state, shift: 0.01, threshold: 5, by: .parameters).direction
        #expect(filtered == (try found(state, shift: 0.01, threshold: 0, by: .parameters).direction))
    }
}
