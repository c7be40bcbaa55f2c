import Communication
import Numerics

/// The SR equation of one step, (S + D) δ = F + μ D φ with D = shift·W + scale·diag(S), W = 1 but with MARCH, and φ the previous solution
/// (SPRING, Goldshlager, Abrahamsen and Lin, J. Comput. Phys. 516, 113351, 2024; μ = 0 is plain SR), solved
/// in parameter space or in sample space. Both give the same δ.
///
/// Sample space (minSR): with A = M √w J and e = M √w E_loc,
/// δ = D⁻¹Aᵀ(A D⁻¹Aᵀ + 1)⁻¹(e − μ A φ) + μ φ; for scale = 0, δ = Aᵀ(AAᵀ + shift)⁻¹(e − μ A φ) + μ φ.
public struct ReconfigurationEquation {
    public let jacobian: Linearisation
    public let gradient: EnergyGradient
    /// E_loc of the local samples, (re, im) in turn, and their mean over all ranks.
    public let localEnergies: [Double]
    public let meanEnergy: Complex<Double>
    public let diagonalShift: Double
    public let diagonalScale: Double
    public let momentum: Double
    /// φ; nil counts as zero.
    public let previous: ParameterVector?
    /// W, what the shift is multiplied by for each parameter (`SecondMoments`); nil for 1.
    public let weights: ParameterVector?
    /// Whether the shift is a number of mean eigenvalues of T.
    public let isShiftRelative: Bool
    /// Whether T's null vector is lifted where T is formed.
    public let liftsMean: Bool
    /// Where rows of the Jacobian are kept if a strategy asks for them.
    public let rows: StoredJacobian?
    /// What the solves of earlier steps have left.
    let subspace: RecycledSubspace?
    /// From how many unknowns on all ranks factorise together.
    let distributedSize: Int

    /// From how many unknowns on all ranks factorise together: below, the messages cost more than they save.
    public static let distributedSize = 1024

    /// - Parameter rows: memory for the rows of the Jacobian, filled by every solve that multiplies with them; nil
    ///   takes memory of its own for each.
    ///   - subspace: of `StochasticReconfiguration.makeSubspace`; nil for a new one where a solver asks for it.
    public init(
        jacobian: Linearisation, gradient: EnergyGradient, localEnergies: [Double], meanEnergy: Complex<Double>,
        diagonalShift: Double, diagonalScale: Double = 0, momentum: Double = 0, previous: ParameterVector? = nil,
        weights: ParameterVector? = nil, isShiftRelative: Bool = false, liftsMean: Bool = false,
        rows: StoredJacobian? = nil,
        subspace: RecycledSubspace? = nil, distributedSize: Int = ReconfigurationEquation.distributedSize
    ) {
        self.jacobian = jacobian
        self.gradient = gradient
        self.localEnergies = localEnergies
        self.meanEnergy = meanEnergy
        self.diagonalShift = diagonalShift
        self.diagonalScale = diagonalScale
        self.momentum = momentum
        self.previous = previous
        self.weights = weights
        self.isShiftRelative = isShiftRelative
        self.liftsMean = liftsMean
        self.rows = rows
        self.subspace = subspace
        self.distributedSize = distributedSize
    }

    /// Solves in the space of the strategy. Collective.
    ///
    /// - Parameters:
    ///   - guess: where an iterative solver in parameter space begins; sample space, whose samples are new
    ///     at every step, begins at zero.
    ///   - construction: how T is formed, if it is; D ≠ shift always takes rows.
    public func solve(
        _ solver: some ReconfigurationSolver, by strategy: ReconfigurationStrategy, guess: ParameterVector? = nil,
        construction: SampleKernel.Construction = .gram
    ) throws -> (direction: ParameterVector, report: SolverReport) {
        switch strategy.space {
        case .parameters:
            let isDense = solver.work(by: strategy) == .factorisation
            let system = try ParameterSystem(self, by: strategy, isDense: isDense, guess: guess)
            let report = try solver.solve(system)
            system.solution.publish()
            return (system.solution, report)
        case .samples:
            let formsKernel = solver.work(by: strategy) != .products
            let system = try SampleSystem(
                self, by: strategy, construction: construction, formsKernel: formsKernel)
            let report = try solver.solve(system)
            return (try system.direction(), report)
        }
    }

    /// What the equation sends around a solver's own messages.
    static func messages(_ problem: ReconfigurationProblem) -> [CollectiveRecord] {
        var messages: [CollectiveRecord] = []
        if problem.needsDiagonalOfS { messages.append(.reals(problem.parameters)) }
        guard problem.strategy.space == .samples else { return messages }
        // The share of the last solution: the mean of its image.
        if problem.hasMomentum { messages.append(.reals(problem.components)) }
        // Aᵀ: the mean of M, and the sum over ranks.
        return messages + [.reals(problem.components), .reals(problem.parameters + 1)]
    }

    /// Whether D is more than the shift.
    var hasDiagonal: Bool { diagonalScale != 0 || weights != nil }
    /// Whether diag(S) counts.
    var needsDiagonalOfS: Bool { diagonalScale != 0 || isShiftRelative }

    /// What an iterative solver multiplies with. Local.
    package func multiplied(
        by strategy: ReconfigurationStrategy, inSinglePrecision isSingle: Bool
    ) -> Linearisation {
        // Rows in single precision approximate what only refinement may be given approximately.
        if strategy.storesRows, rows == nil || rows?.isSingle == isSingle {
            return (rows ?? StoredJacobian(isSingle: isSingle)).fill(from: jacobian)
        }
        return isSingle ? jacobian.inSinglePrecision() : jacobian
    }

    /// e = √w (E_loc − Ē); its real part where log ψ is real.
    func centredEnergies() -> SampleVector {
        let space = jacobian.space
        let vector = SampleVector(space)
        for sample in 0..<space.localCount {
            let root = space.weight(sample).squareRoot()
            vector[sample * space.components] = root * (localEnergies[2 * sample] - meanEnergy.real)
            if space.isComplex {
                vector[2 * sample + 1] = root * (localEnergies[2 * sample + 1] - meanEnergy.imaginary)
            }
        }
        return vector
    }
}
