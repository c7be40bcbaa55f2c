/// How the SR equation (S + shift) δ = F is solved at each step (Sorella, PRL 80, 4558, 1998).
public struct StochasticReconfiguration: Sendable {
    public var solver: ConjugateGradient
    public var diagonalShift: Schedule
    /// Whether each solve starts from the previous step's solution.
    public var warmStart: Bool
    public var centring: QuantumGeometricTensor.Centring

    public init(
        solver: ConjugateGradient, diagonalShift: Schedule, warmStart: Bool = false,
        centring: QuantumGeometricTensor.Centring = .fused
    ) {
        self.solver = solver
        self.diagonalShift = diagonalShift
        self.warmStart = warmStart
        self.centring = centring
    }

    /// Solves for the direction δ of one step. Collective.
    ///
    /// - Parameter previous: the solution of the last step, where there is one.
    func direction(
        _ jacobian: Linearisation, _ gradient: EnergyGradient, step: Int, previous: ParameterVector?
    ) throws -> (direction: ParameterVector, report: SolverReport) {
        let tensor = try QuantumGeometricTensor(
            jacobian, means: gradient.means, diagonalShift: diagonalShift.value(at: step), centring: centring)
        let direction = gradient.forces.makeZero()
        if warmStart, let previous { direction.assign(from: previous) }
        let report = try solver.solve(tensor, gradient.forces, into: direction)
        return (direction, report)
    }
}
