import Numerics

/// How the SR equation (S + D) δ = F + μ D φ is formed and solved at each step (Sorella, PRL 80, 4558, 1998; with
/// momentum μ: SPRING, see `ReconfigurationEquation`).
public struct StochasticReconfiguration: Sendable {
    /// Tried in turn: the next one where a method reports numbers that are not finite, or a matrix that is
    /// not positive definite.
    public var methods: [ReconfigurationMethod]
    public var space: ReconfigurationSpace
    public var diagonalShift: Schedule
    /// Nil for zero.
    public var diagonalScale: Schedule?
    /// μ; nil for zero.
    public var momentum: Schedule?
    /// Whether an iterative solve in parameter space starts from the previous step's solution.
    public var warmStart: Bool
    public var centring: QuantumGeometricTensor.Centring
    /// How iterative methods multiply.
    public var products: ReconfigurationProducts

    /// - Precondition: at least one method.
    public init(
        methods: [ReconfigurationMethod], space: ReconfigurationSpace = .parameters, diagonalShift: Schedule,
        diagonalScale: Schedule? = nil, momentum: Schedule? = nil, warmStart: Bool = false,
        centring: QuantumGeometricTensor.Centring = .fused,
        products: ReconfigurationProducts = ReconfigurationProducts()
    ) {
        precondition(!methods.isEmpty, "no method to solve the SR equation with")
        self.methods = methods
        self.space = space
        self.diagonalShift = diagonalShift
        self.diagonalScale = diagonalScale
        self.momentum = momentum
        self.warmStart = warmStart
        self.centring = centring
        self.products = products
    }

    /// By conjugate gradients in parameter space.
    public init(
        solver: ConjugateGradient, diagonalShift: Schedule, warmStart: Bool = false,
        centring: QuantumGeometricTensor.Centring = .fused
    ) {
        self.init(
            methods: [.conjugateGradient(solver)], diagonalShift: diagonalShift, warmStart: warmStart,
            centring: centring)
    }

    /// Whether a step needs the solution of the one before.
    public var remembersDirection: Bool { warmStart || momentum != nil }

    /// Memory for rows of the Jacobian, where a method multiplies with them.
    func makeRows() -> StoredJacobian? {
        guard methods.contains(where: { products.multipliesRows($0, in: space) }) else { return nil }
        return StoredJacobian(isSingle: products.isSingle)
    }

    /// Solves for the direction δ of one step. Collective.
    ///
    /// - Parameters:
    ///   - energies: E_loc of the local samples, (re, im) in turn, with their mean over all ranks.
    ///   - previous: the solution of the last step, where there is one.
    ///   - rows: of `makeRows`.
    func direction(
        _ jacobian: Linearisation, _ gradient: EnergyGradient, energies: [Double], meanEnergy: Complex<Double>,
        step: Int, previous: ParameterVector?, rows: StoredJacobian?
    ) throws -> (direction: ParameterVector, report: ReconfigurationReport) {
        let equation = ReconfigurationEquation(
            jacobian: jacobian, gradient: gradient, localEnergies: energies, meanEnergy: meanEnergy,
            diagonalShift: diagonalShift.value(at: step), diagonalScale: diagonalScale?.value(at: step) ?? 0,
            momentum: momentum?.value(at: step) ?? 0, previous: previous, products: products, rows: rows)
        var failures: [ReconfigurationReport.Failure] = []
        for (index, method) in methods.enumerated() {
            let (direction, report) = try equation.solve(
                method, in: space, guess: warmStart ? previous : nil, centring: centring)
            if report.outcome.isFailure, index + 1 < methods.count {
                failures.append(.init(method: method.name, outcome: report.outcome))
                continue
            }
            return (direction, ReconfigurationReport(method: method.name, solver: report, failures: failures))
        }
        preconditionFailure("no method to solve the SR equation with")
    }
}

/// How the SR equation of one step was solved.
public struct ReconfigurationReport: Sendable {
    public struct Failure: Sendable, Equatable {
        public let method: String
        public let outcome: SolverOutcome
    }

    /// The method whose solution was taken, as configurations name it.
    public let method: String
    public let solver: SolverReport
    /// Those tried before it.
    public let failures: [Failure]
}
