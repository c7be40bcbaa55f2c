import LinearAlgebra
import Numerics

extension Recorder {
    /// ln Σ_f w_f exp(x_f) over the features of each row, with constant weights.
    ///
    /// Complex where x or a weight is. Of real x and real weights of both signs the value is complex too (its
    /// imaginary part is 0 or π), but the tangent is that of the real ln |Σ|: a log ψ that ends so is differentiated
    /// as a real one.
    public func logSumExp(_ x: Node, weights: [Complex<Double>]) -> Node {
        precondition(weights.count == x.features, "logSumExp: \(weights.count) weights for \(x.features) features")
        let kept = weights.indices.filter { weights[$0] != 0 }
        precondition(!kept.isEmpty, "logSumExp: every weight is 0")
        guard kept.count == weights.count else {
            let index = (0..<x.rows).flatMap { row in kept.map { row * x.features + $0 } }
            return logSumExp(gather(x, index: index, rows: x.rows), weights: kept.map { weights[$0] })
        }
        if x.isComplex || weights.contains(where: { $0.imaginary != 0 }) {
            return logSumExp(
                x, form: x.isComplex ? .complex : .complexWeights,
                weights: weights.flatMap { [$0.real, $0.imaginary] })
        }
        let real = weights.map(\.real)
        let modulus = logSumExp(x, form: .real, weights: real)
        guard real.contains(where: { $0 < 0 }) else { return modulus }
        let phase = makeNode(part: x.part, rows: x.rows, features: 1, isComplex: false, hasTangent: false)
        append(PhaseOfSum(weights: real, input: x, output: phase))
        return combination([(1, modulus), (.i, phase)])
    }

    private func logSumExp(_ x: Node, form: LogSumExpForm, weights: [Double]) -> Node {
        let output = makeNode(
            part: x.part, rows: x.rows, features: 1, isComplex: form != .real, hasTangent: x.hasTangent)
        append(LogSumExp(form: form, weights: weights, input: x, output: output))
        return output
    }

    /// The features of several nodes side by side; complex where one is.
    public func concatenation(_ nodes: [Node]) -> Node {
        guard let first = nodes.first else { preconditionFailure("concatenation: no nodes") }
        precondition(
            nodes.allSatisfy { $0.rows == first.rows && $0.part == first.part },
            "concatenation: nodes of different rows")
        let isComplex = nodes.contains(where: \.isComplex)
        let parts = isComplex ? nodes.map(complexified) : nodes
        let output = makeNode(
            part: first.part, rows: first.rows, features: parts.reduce(0) { $0 + $1.features }, isComplex: isComplex,
            hasTangent: parts.contains(where: \.hasTangent))
        append(Concatenation(inputs: parts, output: output))
        return output
    }
}
