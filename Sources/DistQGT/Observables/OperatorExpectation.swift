import Numerics

/// The expectation value of a Hermitian operator: one quantity, Re Σ_σ′ ⟨σ|A|σ′⟩ ψ(σ′)/ψ(σ).
public final class OperatorExpectation: LocalObservable {
    private var localValues: LocalValues

    public let quantityCount = 1
    public let isDiagonal: Bool

    /// - Parameters:
    ///   - space: what the state lives in; elements that lead out of it do not count.
    ///   - amplitudes: of the state.
    /// - Precondition: the operator is Hermitian, and unless it is one of flips it leads to no states outside the space.
    public init(_ operator: any Operator, in space: HilbertSpace, amplitudes: any LogAmplitudes) {
        precondition(`operator`.isHermitian, "the expectation value would be complex")
        let projected = space.projecting(`operator`)
        isDiagonal = projected.transitionBound == 0
        localValues = LocalValues(LocalEnergies(of: projected, in: amplitudes))
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        localValues.evaluate(spins, count: count, logPsi: logPsi) { local in
            for sample in 0..<count { values[sample * stride] = local[2 * sample] }
        }
    }
}

/// The expectation values of Hermitian operators on any space, one quantity each: the ratios of configurations that several
/// of them lead to are asked for once, and all of a sample together.
public final class OperatorExpectations: LocalObservable {
    private struct Element {
        let number: Int
        let transition: Int
        let value: SIMD2<Double>
    }

    private let operators: [any Operator]
    private let ratios: any TransitionRatios
    private let all = TransitionList()
    private let own = TransitionList()
    private var elements: [Element] = []
    private var values: [Double] = []

    public var quantityCount: Int { operators.count }
    public var isDiagonal: Bool { operators.allSatisfy { $0.transitionBound == 0 } }

    /// - Parameters:
    ///   - space: what the state lives in.
    ///   - amplitudes: of the state.
    /// - Precondition: the operators are Hermitian, and lead to no states outside the space.
    public init(_ operators: [any Operator], in space: HilbertSpace, amplitudes: any LogAmplitudes) {
        precondition(operators.allSatisfy { $0.isHermitian }, "the expectation value would be complex")
        precondition(operators.allSatisfy { $0.conserves(space) }, "an operator leads out of the space")
        self.operators = operators
        ratios = amplitudes.makeTransitionRatios()
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into output: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        for sample in 0..<count {
            let configuration = spins + sample * ratios.siteCount
            all.removeAll()
            elements.removeAll(keepingCapacity: true)
            for (number, one) in operators.enumerated() {
                own.removeAll()
                output[sample * stride + number] = one.appendTransitions(from: configuration, to: own).rawStorage.x
                for transition in 0..<own.count {
                    let (x, y) = own.element(transition).rawStorage
                    elements.append(
                        Element(number: number, transition: all.appendOnce(own, transition), value: SIMD2(x, -y)))
                }
            }
            guard all.count > 0 else { continue }
            if values.count < 2 * all.count { values = [Double](repeating: 0, count: 2 * all.count) }
            ratios.evaluate(configuration, all, into: &values)
            for element in elements {
                let place = 2 * element.transition
                let ratio = SIMD2(values[place], values[place + 1])
                output[sample * stride + element.number] += (element.value * ratio).sum()
            }
        }
    }
}

/// The energy: its real and its imaginary part, and the squared distance from a reference, whose mean gives the
/// variance with an error. Three quantities.
public final class EnergyExpectation: LocalObservable {
    private var localEnergies: LocalValues
    /// Near the mean energy, so that squares do not cancel.
    public var reference = SIMD2<Double>.zero

    public let quantityCount = 3

    public convenience init(_ hamiltonian: any Operator, amplitudes: any LogAmplitudes) {
        self.init(LocalValues(LocalEnergies(of: hamiltonian, in: amplitudes)))
    }

    /// Of an ensemble, whose local energy is the trace of a local matrix.
    ///
    /// - Parameters:
    ///   - hamiltonian: of one copy.
    ///   - states: log ψ_j.
    public convenience init(_ hamiltonian: any Operator, ofEnsemble states: [any LogAmplitudes]) {
        let matrices = LocalOperatorMatrices(of: [hamiltonian], in: states)
        let width = 2 * states.count * states.count
        self.init(
            LocalValues { spins, count, _, traces in
                let local = [Double](unsafeUninitializedCapacity: count * width) { local, initialised in
                    if let base = local.baseAddress {
                        matrices.evaluate(spins, count: count, into: base, stride: width)
                    }
                    initialised = count * width
                }
                for (place, trace) in LocalOperatorMatrices.traces(of: local, count: states.count).enumerated() {
                    traces[place] = trace
                }
            })
    }

    private init(_ localEnergies: LocalValues) { self.localEnergies = localEnergies }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        localEnergies.evaluate(spins, count: count, logPsi: logPsi) { local in
            for sample in 0..<count {
                let energy = SIMD2(local[2 * sample], local[2 * sample + 1])
                let deviation = energy - reference
                values[sample * stride] = energy.x
                values[sample * stride + 1] = energy.y
                values[sample * stride + 2] = (deviation * deviation).sum()
            }
        }
    }
}

/// Local values of an operator, in memory that is kept.
private struct LocalValues {
    /// Writes those of some configurations, whose log ψ it is given.
    typealias Evaluation = (UnsafePointer<Int8>, Int, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void

    private let evaluation: Evaluation
    private var values: [Double] = []

    init(_ evaluation: @escaping Evaluation) { self.evaluation = evaluation }

    init(_ evaluator: LocalEnergies) {
        self.init { evaluator.evaluate($0, count: $1, logPsi: $2, into: $3) }
    }

    /// Calls `body` with the values of `count` configurations, (re, im) in turn; not without any configuration.
    mutating func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>, _ body: (UnsafePointer<Double>) -> Void
    ) {
        if values.count < 2 * count { values = [Double](repeating: 0, count: 2 * count) }
        values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            evaluation(spins, count, logPsi, base)
            body(base)
        }
    }
}
