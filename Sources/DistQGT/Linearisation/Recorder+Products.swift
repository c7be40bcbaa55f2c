import Numerics

extension Recorder {
    /// log Π_f ψ_f = Σ_f log ψ_f, one number per sample.
    ///
    /// Phases that do not depend on the parameters, as the signs of real factors, are added up apart from what is
    /// differentiated: a product of real wave functions is real.
    public func logProduct(_ logarithms: [Node]) -> Node {
        if logarithms.count == 1 { return logarithms[0] }
        func sum(_ nodes: [Node]) -> Node { nodes.count == 1 ? nodes[0] : combination(nodes.map { (1, $0) }) }
        let phases = logarithms.map(constantPhase)
        let isReal = zip(logarithms, phases).allSatisfy { !$0.isComplex || $1 != nil }
        guard isReal, phases.contains(where: { $0 != nil }) else { return sum(logarithms) }
        return combination([
            (1, sum(zip(logarithms, phases).map { $1?.modulus ?? $0 })), (.i, sum(phases.compactMap { $0?.phase })),
        ])
    }

    /// The two parts of a node x + iφ whose φ is real and has no tangent; nil for any other node.
    func constantPhase(of node: Node) -> (modulus: Node, phase: Node)? {
        guard let last = operations.first(where: { $0.output == node }) as? LinearCombination,
            last.coefficients == [.one, .i], last.inputs.allSatisfy({ !$0.isComplex && $0.part == .sample }),
            last.inputs[0].hasTangent, !last.inputs[1].hasTangent
        else { return nil }
        return (last.inputs[0], last.inputs[1])
    }
}
