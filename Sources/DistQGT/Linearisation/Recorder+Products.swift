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

    /// The two parts of a node x + iφ whose φ is real and has no tangent; nil for any other node. Sums of such nodes and of
    /// real ones, with real coefficients, are such nodes: their terms are added up apart.
    func constantPhase(of node: Node) -> (modulus: Node, phase: Node)? {
        guard node.isComplex && node.part == .sample else { return nil }
        var terms = RealTerms()
        guard terms.add(node, coefficient: 1, operations), !terms.phases.isEmpty,
            terms.moduli.contains(where: \.node.hasTangent)
        else { return nil }
        return parts(terms)
    }

    /// The same where φ is a multiple of π, so that exp(x + iφ) is real; also of what is recorded at images of a sample.
    func constantSign(of node: Node) -> (modulus: Node, phase: Node)? {
        guard node.isComplex && node.part == .sample else { return nil }
        var terms = RealTerms()
        let operations = operations.map(\.atEachCopy)
        guard terms.add(node, coefficient: 1, operations), !terms.phases.isEmpty, !terms.moduli.isEmpty,
            terms.phases.allSatisfy({ $0.coefficient.real == $0.coefficient.real.rounded() }),
            terms.phases.allSatisfy({ isMultipleOfPi($0.node, operations) })
        else { return nil }
        return parts(terms)
    }

    /// Whether a real node holds 0 or π: the phase of a determinant, of a Pfaffian, of real sums, or of an order of sites.
    private func isMultipleOfPi(_ node: Node, _ operations: [any Primitive]) -> Bool {
        switch operations.last(where: { $0.output == node }) {
        case is PhaseOfSum, is PhaseOfPfaffians, is SiteOrderPhase, is ImageOrderPhase: true
        // Of the two features of such a logarithm of real numbers, the tangent goes with the other.
        case let gather as Gather:
            !node.hasTangent
                && operations.contains {
                    $0.output == gather.input && ($0 is MatrixLogarithm || $0 is DeterminantOfExponentials)
                }
        default: false
        }
    }

    private func parts(_ terms: RealTerms) -> (modulus: Node, phase: Node) {
        func sum(_ terms: [(coefficient: Complex<Double>, node: Node)]) -> Node {
            terms.count == 1 && terms[0].coefficient == .one ? terms[0].node : combination(terms)
        }
        return (sum(terms.moduli), sum(terms.phases))
    }
}

/// A sum of real nodes and of i times real nodes that have no tangent.
private struct RealTerms {
    var moduli: [(coefficient: Complex<Double>, node: Node)] = []
    var phases: [(coefficient: Complex<Double>, node: Node)] = []

    /// False where the node is anything else.
    mutating func add(_ node: Node, coefficient: Double, _ operations: [any Primitive]) -> Bool {
        guard node.isComplex else {
            moduli.append((Complex(coefficient), node))
            return true
        }
        guard let last = operations.last(where: { $0.output == node }) as? LinearCombination else { return false }
        for (factor, input) in zip(last.coefficients, last.inputs) {
            if factor.imaginary == 0 {
                guard add(input, coefficient: coefficient * factor.real, operations) else { return false }
            } else {
                guard factor.real == 0, !input.isComplex, !input.hasTangent else { return false }
                phases.append((Complex(coefficient * factor.imaginary), input))
            }
        }
        return true
    }
}
