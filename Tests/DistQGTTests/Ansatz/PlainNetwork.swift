import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics

typealias C = Complex<Double>

/// The parameters of a state as complex numbers by name, and layers in plain loops: what networks are compared with.
struct PlainNetwork {
    private let leaves: [String: [C]]

    init(_ state: NeuralQuantumState) {
        var leaves: [String: [C]] = [:]
        for (index, leaf) in state.layout.leaves.enumerated() {
            let first = state.layout.offsets[index]
            leaves[leaf.name] = (0..<leaf.count).map { element in
                leaf.isComplex
                    ? C(state.parameters[first + 2 * element], state.parameters[first + 2 * element + 1])
                    : C(state.parameters[first + element])
            }
        }
        self.leaves = leaves
    }

    subscript(_ name: String) -> [C] { leaves[name] ?? [] }

    /// x W + b.
    func dense(_ name: String, _ x: [C]) -> [C] {
        let (kernel, bias) = (self["\(name)/kernel"], self["\(name)/bias"])
        let outputs = kernel.count / x.count
        return (0..<outputs).map { output in
            x.indices.reduce(bias.isEmpty ? 0 : bias[output]) { $0 + x[$1] * kernel[$1 * outputs + output] }
        }
    }

    /// A convolution by coordinates: `x[cell]` has the features of a cell.
    func convolution(_ name: String, _ x: [[C]], on lattice: Lattice, window: [Int]) -> [[C]] {
        let (kernel, bias) = (self["\(name)/kernel"], self["\(name)/bias"])
        let inputs = x[0].count
        let outputs = kernel.count / (inputs * window.reduce(1, *))
        let basis = lattice.kind.sitesPerCell
        let coordinates = x.indices.map { lattice.siteCoordinates[$0 * basis] }
        let cellAt = Dictionary(uniqueKeysWithValues: zip(coordinates, x.indices))
        return coordinates.map { centre in
            (0..<outputs).map { output in
                var sum: C = bias.isEmpty ? 0 : bias[output]
                for element in 0..<window.reduce(1, *) {
                    var (rest, place) = (element, centre)
                    for direction in window.indices.reversed() {
                        place[direction] += rest % window[direction] - (window[direction] - 1) / 2
                        rest /= window[direction]
                        if lattice.periodic[direction] {
                            place[direction] =
                                (place[direction] + lattice.extent[direction]) % lattice.extent[direction]
                        }
                    }
                    guard let cell = cellAt[place] else { continue }
                    for input in 0..<inputs {
                        sum += kernel[(element * inputs + input) * outputs + output] * x[cell][input]
                    }
                }
                return sum
            }
        }
    }

    func head(_ output: OutputHead, _ x: [[C]], layerNorm: Bool = false) -> C {
        let width = Double(x[0].count)
        let sums = x[0].indices.map { feature in x.reduce(C.zero) { $0 + $1[feature] } }
        switch output {
        case .sum: return sums.reduce(0, +)
        case .sumOverSquareRootWidth: return sums.reduce(0, +) / C(width.squareRoot())
        case .logCosh, .complexLogCosh:
            let scale = C(1 / Double(x.count).squareRoot())
            let z = layerNorm ? Self.normalised(sums) : sums.map { scale * $0 }
            let isSplit = !self["OutputRe/kernel"].isEmpty
            let y =
                isSplit
                ? zip(dense("OutputRe", z), dense("OutputIm", z)).map { $0 + .i * $1 } : dense("Output", z)
            return y.reduce(0) { $0 + Self.activation(.logCosh, $1) }
        }
    }

    static func normalised(_ x: [C]) -> [C] {
        let mean = x.reduce(0, +) / C(Double(x.count))
        let variance = x.reduce(0.0) { $0 + ($1 - mean).lengthSquared } / Double(x.count)
        return x.map { ($0 - mean) / C((variance + 1e-6).squareRoot()) }
    }

    static func activation(_ activation: Activation, _ z: C) -> C {
        switch activation {
        case .tanh: return .tanh(z)
        case .logCosh: return .log(.cosh(z))
        case .gelu:
            let cubic: C = z + C(0.044715) * z * z * z
            return C(0.5) * z * (C.one + C.tanh(C((2 / Double.pi).squareRoot()) * cubic))
        default: preconditionFailure("not needed here")
        }
    }
}

/// The spins of each cell as features, or the occupations up of its sites, then those down.
func cellFeatures(_ numbers: ArraySlice<Int8>, on lattice: Lattice) -> [[C]] {
    let basis = lattice.kind.sitesPerCell
    let all = numbers.map { C(Double($0)) }
    return stride(from: 0, to: lattice.siteCount, by: basis).map { first in
        stride(from: first, to: all.count, by: lattice.siteCount).flatMap { all[$0..<$0 + basis] }
    }
}

/// The largest difference of log ψ, imaginary parts modulo 2π, at some random configurations; relative where |log ψ|
/// is above one.
func largestError(
    _ state: NeuralQuantumState, count: Int = 6, _ expected: (ArraySlice<Int8>) -> C
) -> Double {
    var generator = SplitMix64(seed: 19)
    let samples = Configurations.random(siteCount: state.siteCount, count: count, using: &generator)
    let logPsi = logAmplitudes(state, samples)
    return (0..<count).reduce(0.0) { largest, sample in
        let reference = expected(samples[row: sample])
        let difference = logPsi[sample] - reference
        let turns = (difference.imaginary / (2 * .pi)).rounded()
        let error = (difference - C(0, 2 * .pi * turns)).length / max(1, reference.length)
        return error.isNaN ? .infinity : max(largest, error)
    }
}

func logAmplitudes(_ state: NeuralQuantumState, _ samples: Configurations) -> [C] {
    var logPsi = [Double](repeating: 0, count: 2 * samples.count)
    state.amplitudes(blockRows: 8).evaluate(samples.spins, count: samples.count, into: &logPsi)
    return (0..<samples.count).map { C(logPsi[2 * $0], logPsi[2 * $0 + 1]) }
}
