import LinearAlgebra

extension Recorder {
    /// log det ψ_j(x_i) of wave functions ψ_j at the parts x_i of a sample, as many of each; −∞ where the determinant
    /// vanishes, or is lost in rounding.
    ///
    /// Where every ψ_j is real, with signs or without, the value has the imaginary part 0 or π, but the tangent is that of
    /// the real log |det|: a log ψ that ends so is differentiated as a real one.
    ///
    /// - Parameters:
    ///   - parts: of each part the numbers that it is read by, as many of each.
    ///   - states: record log ψ_j of what they read as `spins`. They may not use sample nodes from outside.
    public func logDeterminant(of states: [(Recorder) -> Node], atParts parts: [[Int]]) -> Node {
        precondition(
            states.count == parts.count && !states.isEmpty,
            "logDeterminant: \(states.count) states at \(parts.count) parts")
        let found = states.map { logarithms(ofParts: parts, $0) }
        let isReal = found.allSatisfy { !$0.logarithm.isComplex }
        let columns = found.map { column in
            column.phase.map { isReal ? column.logarithm : combination([(1, column.logarithm), (.i, $0)]) }
                ?? column.logarithm
        }
        let matrix = columns.count == 1 ? columns[0] : concatenation(columns)
        guard isReal, let phase = found.lazy.compactMap(\.phase).first else {
            return logDeterminantOfExponentials(matrix)
        }
        let none = combination([(0, phase)])
        let phases = found.map { $0.phase ?? none }
        return logDeterminantOfExponentials(matrix, phases: phases.count == 1 ? phases[0] : concatenation(phases))
    }

    /// log det A of A = exp(x), entry by entry; real and imaginary part as above.
    ///
    /// - Parameters:
    ///   - x: a sample node with as many rows as features.
    ///   - phases: of real x multiples of π that tell the signs of the entries, without a tangent; nil for positive ones.
    public func logDeterminantOfExponentials(_ x: Node, phases: Node? = nil) -> Node {
        precondition(
            phases.map { !x.isComplex && !$0.isComplex && !$0.hasTangent && $0.elements == x.elements } ?? true,
            "logDeterminantOfExponentials: phases of another shape")
        return logarithm(of: x) { DeterminantOfExponentials(input: x, phases: phases, output: $0) }
    }
}
