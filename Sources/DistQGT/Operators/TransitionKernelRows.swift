import LinearAlgebra
import Numerics

/// Rows of the importance-sampled Hamiltonian of any operator on any space, one configuration after the other. Transitions
/// that lead to the same configuration are one element of H, whose sign counts. Local: no communication.
final class TransitionKernelRows {
    private let hamiltonian: any Operator
    private let ratios: any TransitionRatios
    private let siteCount: Int
    private let transitions = TransitionList()
    private let values = Region<Double>(capacity: 0)
    /// Σ element · ratio and Σ element, at the first transition that leads to a configuration.
    private let products = Region<SIMD2<Double>>(capacity: 0)
    private let elements = Region<SIMD2<Double>>(capacity: 0)
    private var seen: [UInt64: Int32] = [:]

    init(of hamiltonian: any Operator, ratios: any TransitionRatios) {
        self.hamiltonian = hamiltonian
        self.ratios = ratios
        siteCount = hamiltonian.siteCount
    }

    /// As `ImportanceSampledKernel.evaluate`.
    func evaluate(
        _ configurations: UnsafePointer<Int8>, count: Int, draws: UnsafePointer<Double>,
        into rows: UnsafeMutablePointer<KernelRow>
    ) {
        for row in 0..<count {
            rows[row] = evaluate(configurations + row * siteCount, draw: draws[row])
        }
    }

    private func evaluate(_ configuration: UnsafePointer<Int8>, draw: Double) -> KernelRow {
        transitions.removeAll()
        var row = KernelRow()
        row.energy = hamiltonian.appendTransitions(from: configuration, to: transitions).real
        let count = transitions.count
        guard count > 0 else { return row }
        values.reserve(2 * count)
        products.reserve(count)
        elements.reserve(count)
        let (values, products, elements) = (values.pointer, products.pointer, elements.pointer)
        ratios.evaluate(configuration, transitions, into: values)
        products.initialize(repeating: .zero, count: count)
        elements.initialize(repeating: .zero, count: count)
        transitions.forEachMerged(&seen) { transition, first in
            let element = transitions.element(transition).rawStorage
            let (x, y) = (values[2 * transition], values[2 * transition + 1])
            elements[first] += SIMD2(element.x, element.y)
            products[first] += SIMD2(element.x * x - element.y * y, element.x * y + element.y * x)
        }
        var (modulus, phase) = (0.0, 0.0)
        for transition in 0..<count {
            let product = products[transition]
            row.energy += product.x
            if product.x < 0 { row.rate -= product.x }
            modulus += (product * product).sum().squareRoot()
            phase += abs(product.y)
        }
        if modulus > 0 { row.phase = phase / modulus }
        var share = draw * row.rate
        for transition in 0..<count {
            let value = products[transition].x
            // Transitions that cancel, and those that count with another one, are none.
            if elements[transition] != .zero, KernelRow.drops(value, of: modulus) { row.wrongSigns += 1 }
            // The last one takes what rounding leaves.
            guard value < 0, share >= 0 else { continue }
            row.move = Int32(truncatingIfNeeded: transition)
            share += value
        }
        return row
    }

    func transitionCount(of configuration: UnsafePointer<Int8>) -> Int {
        transitions.removeAll()
        _ = hamiltonian.appendTransitions(from: configuration, to: transitions)
        return transitions.count
    }

    /// As `ImportanceSampledKernel.apply`: the transitions of a configuration come in one order.
    func apply(_ move: Int, to configuration: UnsafeMutablePointer<Int8>) {
        transitions.removeAll()
        _ = hamiltonian.appendTransitions(from: configuration, to: transitions)
        transitions.apply(move, to: configuration)
    }
}
