import Numerics

/// Energies of the states of a `StateEnsemble`, and expectation values of operators in each of them and between them.
///
/// With the means M = S⁻¹H and M′ = S⁻¹A of the local matrices of the Hamiltonian and of an operator A (`LocalOperatorMatrices`), and
/// the left and right eigenvectors l_a†M = λ_a l_a†, M r_a = λ_a r_a, l_a†r_a = 1, the states are Σ_j r_aj ψ_j and
/// A_ab = l_a†M′r_b: A_aa = ⟨a|A|a⟩ and A_ab A_ba = |⟨a|A|b⟩|² for normalised states and Hermitian A, whatever the norms and phases of
/// the r_a (Pfau et al., Science 385, eadn0137 (2024), equation 8).
///
/// Quantities are the elements of all matrices. Reported are, in this order, the K energies; of each operator its K expectation values, and
/// |⟨a|A|b⟩|² of all a < b, those of a = 0 first. To first order
///
///     δA_ab = l_a†δM′r_b + Σ_{c≠a} (l_a†δM r_c) A_cb/(λ_a − λ_c) + Σ_{c≠b} A_ac (l_c†δM r_b)/(λ_b − λ_c),
///
/// which their errors follow from: those of states whose levels are closer than their errors are large, as these states are mixed by
/// noise.
public final class EnsembleExpectations: LocalObservable {
    private let matrices: LocalOperatorMatrices

    /// K.
    public var stateCount: Int { matrices.count }
    /// Operators and functions beside the Hamiltonian.
    public var operatorCount: Int { matrices.quantityCount - 1 }
    public var quantityCount: Int { 2 * stateCount * stateCount * matrices.quantityCount }

    /// - Parameters:
    ///   - hamiltonian: of one copy.
    ///   - operators: Hermitian ones of one copy, that lead to no states outside its space.
    ///   - functions: observables whose quantities are functions of the configuration of one copy.
    ///   - states: log ψ_j.
    public init(
        _ hamiltonian: any Operator, operators: [any Operator], functions: [any LocalObservable],
        in states: [any LogAmplitudes]
    ) {
        precondition(operators.allSatisfy(\.isHermitian), "the expectation value would be complex")
        precondition(functions.allSatisfy(\.isDiagonal), "an observable is no function of the configuration")
        matrices = LocalOperatorMatrices(
            of: [hamiltonian] + operators,
            functions: .init(count: functions.quantityCount) { spins, count, values, stride in
                // What is a function of the configuration does not read log ψ, for which any numbers will do.
                functions.evaluate(spins, count: count, logPsi: values, into: values, stride: stride)
            }, in: states)
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>, stride: Int
    ) {
        matrices.evaluate(spins, count: count, into: values, stride: stride)
    }

    /// The pairs of states between which operators are reported.
    public static func pairs(_ count: Int) -> [(Int, Int)] {
        (0..<count).flatMap { first in (first + 1..<count).map { (first, $0) } }
    }

    public func reported(_ means: [Double]) -> [ReportedQuantity]? {
        let count = stateCount
        let pairs = Self.pairs(count)
        guard means.allSatisfy(\.isFinite),
            let found = try? GeneralEigenproblem(size: count, matrix: Self.matrix(0, of: means, count: count))
        else {
            let number = count + operatorCount * (count + pairs.count)
            return [ReportedQuantity](repeating: .function(value: .nan, gradient: []), count: number)
        }
        var reported = zip(found.values, found.derivatives).map { value, derivative in
            ReportedQuantity.function(
                value: value.real, gradient: Self.gradient([(number: 0, coefficients: derivative)], count: count))
        }
        for number in 1..<operatorCount + 1 {
            let elements = OperatorElements(found, Self.matrix(number, of: means, count: count))
            reported += (0..<count).map { state in
                let (own, hamiltonian) = elements.derivatives(state, state)
                return .function(
                    value: elements[state, state].real,
                    gradient: Self.gradient([(number, own), (0, hamiltonian)], count: count))
            }
            reported += pairs.map { first, second in
                let (forth, back) = (elements[first, second], elements[second, first])
                let (ofForth, ofBack) = (elements.derivatives(first, second), elements.derivatives(second, first))
                func product(_ one: [Complex<Double>], _ other: [Complex<Double>]) -> [Complex<Double>] {
                    zip(one, other).map { back * $0 + forth * $1 }
                }
                return .function(
                    value: (forth * back).real,
                    gradient: Self.gradient(
                        [
                            (number, product(ofForth.own, ofBack.own)),
                            (0, product(ofForth.hamiltonian, ofBack.hamiltonian)),
                        ], count: count))
            }
        }
        return reported
    }

    private static func matrix(_ number: Int, of means: [Double], count: Int) -> [Complex<Double>] {
        let first = 2 * count * count * number
        return (0..<count * count).map { Complex(means[first + 2 * $0], means[first + 2 * $0 + 1]) }
    }

    /// Derivatives of the real part of Σ c_jk M_jk by real and imaginary parts of M.
    private static func gradient(
        _ terms: [(number: Int, coefficients: [Complex<Double>])], count: Int
    ) -> [QuantityCoefficient] {
        terms.flatMap { number, coefficients in
            coefficients.enumerated().flatMap { place, coefficient in
                let quantity = 2 * (count * count * number + place)
                return [
                    QuantityCoefficient(quantity, coefficient.real),
                    QuantityCoefficient(quantity + 1, -coefficient.imaginary),
                ]
            }
        }
    }
}

/// A_ab = l_a†M′r_b of one operator.
private struct OperatorElements {
    private let eigenproblem: GeneralEigenproblem
    private let elements: [Complex<Double>]
    private var count: Int { eigenproblem.values.count }

    init(_ eigenproblem: GeneralEigenproblem, _ matrix: [Complex<Double>]) {
        self.eigenproblem = eigenproblem
        let count = eigenproblem.values.count
        elements = eigenproblem.vectors.flatMap { bra in
            eigenproblem.vectors.map { ket in
                (0..<count * count).reduce(Complex<Double>.zero) { sum, place in
                    sum + bra.left[place / count] * matrix[place] * ket.right[place % count]
                }
            }
        }
    }

    subscript(bra: Int, ket: Int) -> Complex<Double> { elements[bra * count + ket] }

    /// Derivatives by the elements of M′, and by those of M.
    func derivatives(_ bra: Int, _ ket: Int) -> (own: [Complex<Double>], hamiltonian: [Complex<Double>]) {
        let (values, vectors) = (eigenproblem.values, eigenproblem.vectors)
        /// c l̄_j r_k is added to element jk.
        func add(_ factor: Complex<Double>, _ left: Int, _ right: Int, to sum: inout [Complex<Double>]) {
            for place in sum.indices {
                sum[place] += factor * vectors[left].left[place / count] * vectors[right].right[place % count]
            }
        }
        let zero = [Complex<Double>](repeating: .zero, count: count * count)
        var (own, hamiltonian) = (zero, zero)
        add(1, bra, ket, to: &own)
        for other in 0..<count {
            if other != bra { add(self[other, ket] / (values[bra] - values[other]), bra, other, to: &hamiltonian) }
            if other != ket { add(self[bra, other] / (values[ket] - values[other]), other, ket, to: &hamiltonian) }
        }
        return (own, hamiltonian)
    }
}
