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
        guard isReal else { return logDeterminantOfExponentials(matrix, phases: nil) }
        guard found.contains(where: { $0.phase != nil }) else {
            return logDeterminantOfExponentials(matrix, phases: nil)
        }
        let none = found.compactMap(\.phase).first.map { combination([(0, $0)]) }
        let phases = found.compactMap { $0.phase ?? none }
        return logDeterminantOfExponentials(matrix, phases: phases.count == 1 ? phases[0] : concatenation(phases))
    }

    /// log det A of A = exp(x), entry by entry; real and imaginary part as above.
    ///
    /// - Parameters:
    ///   - x: a sample node with as many rows as features.
    ///   - phases: of real x multiples of π that tell the signs of the entries, without a tangent; nil for positive ones.
    public func logDeterminantOfExponentials(_ x: Node, phases: Node? = nil) -> Node {
        precondition(
            x.part == .sample && x.rows == x.features, "a determinant of a sample node of \(x.rows) × \(x.features)")
        precondition(
            phases.map { !x.isComplex && !$0.isComplex && !$0.hasTangent && $0.elements == x.elements } ?? true,
            "logDeterminantOfExponentials: phases of another shape")
        let output = makeNode(
            part: .sample, rows: 1, features: x.isComplex ? 1 : 2, isComplex: x.isComplex, hasTangent: x.hasTangent)
        append(DeterminantOfExponentials(input: x, phases: phases, output: output))
        if x.isComplex { return output }
        let phase = makeNode(part: .sample, rows: 1, features: 1, isComplex: false, hasTangent: false)
        append(Gather(index: [1], input: output, output: phase))
        return combination([(1, gather(output, index: [0], rows: 1)), (.i, phase)])
    }
}
