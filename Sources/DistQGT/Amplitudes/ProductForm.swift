import Numerics

/// A network whose amplitude ratios are products: up to a constant,
///
///     log ψ = Σ_t c_t Σ_j ln cosh(b_tj + Σ_i s_i W_tij) + Σ_i a_i s_i + Σ_{i>j} w_ij s_i s_j.
///
/// Restricted Boltzmann machines, sums of them, and Jastrow factors are of this form. It is read off the tape,
/// so that any network recorded in these operations has it.
package struct ProductForm: Sendable {
    /// c Σ_j ln cosh((s W + b)_j). Where W is complex, c = 1: other factors would need the branch of the logarithm.
    package struct HiddenLayer: Sendable {
        package let kernel: Node
        package let bias: Node?
        package let coefficient: Complex<Double>
    }

    /// c times a sum over the entries of a kernel times spins, or pairs of spins.
    package struct Linear: Sendable {
        package let kernel: Node
        package let coefficient: Complex<Double>
    }

    package private(set) var hidden: [HiddenLayer] = []
    package private(set) var linear: [Linear] = []
    package private(set) var pairs: [Linear] = []
    package let siteCount: Int

    /// Nil where log ψ is anything else.
    package init?(_ tape: Tape) {
        siteCount = tape.siteCount
        var producers: [Int: any Primitive] = [:]
        for operation in tape.sampleOperations { producers[operation.output.index] = operation }
        guard add(tape.output, coefficient: .one, tape, producers) else { return nil }
    }

    private mutating func add(
        _ node: Node, coefficient: Complex<Double>, _ tape: Tape, _ producers: [Int: any Primitive]
    ) -> Bool {
        switch producers[node.index] {
        case let combination as LinearCombination:
            return zip(combination.coefficients, combination.inputs).allSatisfy { factor, input in
                add(input, coefficient: coefficient * factor, tape, producers)
            }
        case let dense as Dense where dense.output.elements == 1:
            if dense.input.index == tape.nodes[0].index {
                linear.append(Linear(kernel: dense.kernel, coefficient: coefficient))
                return true
            }
            guard let products = producers[dense.input.index] as? PairProducts,
                products.input.index == tape.nodes[0].index
            else { return false }
            pairs.append(Linear(kernel: dense.kernel, coefficient: coefficient))
            return true
        case let sum as SumFeatures:
            guard let activation = producers[sum.input.index] as? Pointwise, activation.activation == .logCosh,
                let dense = producers[activation.input.index] as? Dense, dense.input.index == tape.nodes[0].index
            else { return false }
            let factor = coefficient * Complex(sum.factor)
            guard !dense.kernel.isComplex || factor == .one else { return false }
            hidden.append(HiddenLayer(kernel: dense.kernel, bias: dense.bias, coefficient: factor))
            return true
        default:
            return false
        }
    }
}
