import Communication
import Numerics

/// How the SR equation (S + D) δ = F + μ D φ is formed and solved at each step (Sorella, PRL 80, 4558, 1998; with
/// momentum μ: SPRING, see `ReconfigurationEquation`).
public struct StochasticReconfiguration: Sendable {
    /// Tried in turn: the next one where a solver reports numbers that are not finite, or a matrix that is
    /// not positive definite.
    public var solvers: [any ReconfigurationSolver]
    public var strategy: ReconfigurationStrategy
    public var diagonalShift: Schedule
    /// Nil for zero.
    public var diagonalScale: Schedule?
    /// μ; nil for zero.
    public var momentum: Schedule?
    /// MARCH's weights of the shift; nil for 1.
    public var scaling: MomentScaling?
    /// Whether the shift is a number of mean eigenvalues of T.
    public var isShiftRelative: Bool
    /// Whether T's null vector is lifted where T is formed; the direction is the same.
    public var liftsMean: Bool
    /// The entries of S that are kept; all but `whole` takes solvers that factorise.
    public var blocks: ParameterBlocks
    /// Whether an iterative solve in parameter space starts from the previous step's solution.
    public var warmStart: Bool

    /// - Precondition: at least one solver.
    public init(
        solvers: [any ReconfigurationSolver], by strategy: ReconfigurationStrategy = .parameters,
        diagonalShift: Schedule, diagonalScale: Schedule? = nil, momentum: Schedule? = nil,
        scaling: MomentScaling? = nil,
        isShiftRelative: Bool = false, liftsMean: Bool = false, blocks: ParameterBlocks = .whole,
        warmStart: Bool = false
    ) {
        precondition(!solvers.isEmpty, "no solver for the SR equation")
        precondition(
            blocks == .whole || solvers.allSatisfy { $0.work(by: strategy) == .factorisation },
            "blocks of S are factorised")
        self.blocks = blocks
        self.solvers = solvers
        self.strategy = strategy
        self.diagonalShift = diagonalShift
        self.diagonalScale = diagonalScale
        self.momentum = momentum
        self.scaling = scaling
        self.isShiftRelative = isShiftRelative
        self.liftsMean = liftsMean
        self.warmStart = warmStart
    }

    /// By conjugate gradients in parameter space.
    public init(solver: ConjugateGradient, diagonalShift: Schedule, warmStart: Bool = false) {
        self.init(solvers: [ConjugateGradientSolver(solver)], diagonalShift: diagonalShift, warmStart: warmStart)
    }

    /// The solver that is tried first.
    public var solver: any ReconfigurationSolver { solvers[0] }

    /// Whether a step needs the solution of the one before.
    public var remembersDirection: Bool { warmStart || momentum != nil || scaling != nil }
    /// Whether what is added to S differs from one parameter to the next.
    public var hasDiagonal: Bool { diagonalScale != nil || scaling != nil }

    /// What a step's equation takes depends on, beside its solver.
    public func problem(_ state: NeuralQuantumState, _ distribution: SampleDistribution) -> ReconfigurationProblem {
        problem(state, distribution, block: nil)
    }

    private func problem(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, block: Int?
    ) -> ReconfigurationProblem {
        ReconfigurationProblem(
            state, distribution, strategy, hasDiagonal: hasDiagonal,
            needsDiagonalOfS: diagonalScale != nil || isShiftRelative, liftsMean: liftsMean,
            hasMomentum: momentum != nil, warmStart: warmStart, block: block)
    }

    /// The equations that a step solves one after the other: one, or one for each block.
    func problems(_ state: NeuralQuantumState, _ distribution: SampleDistribution) -> [ReconfigurationProblem] {
        let blocks = blocks.blocks(of: state.trainedLayout)
        guard blocks.count > 1 else { return [problem(state, distribution)] }
        return blocks.map { problem(state, distribution, block: $0.layout.count) }
    }

    /// Memory for rows of the Jacobian, where a solver multiplies with them.
    func makeRows() -> StoredJacobian? {
        let multiplying = solvers.filter { $0.work(by: strategy) == .products }
        guard strategy.storesRows, !multiplying.isEmpty else { return nil }
        return StoredJacobian(isSingle: multiplying.contains(where: \.multipliesInSinglePrecision))
    }

    /// Memory for MARCH's moments, where the shift is weighted by them.
    func makeMoments() -> SecondMoments? { scaling.map { SecondMoments($0) } }

    /// The subspace that solves in parameter space leave to the next, where one of the solvers asks for it.
    func makeSubspace(parameters: Int) -> RecycledSubspace? {
        guard strategy.space == .parameters else { return nil }
        let sizes = solvers.compactMap { ($0 as? any IterativeReconfigurationSolver)?.subspaceSize }
        return sizes.first.map {
            RecycledSubspace(sizeLimit: RecycledSubspace.sizeLimit($0, parameters: parameters))
        }
    }

    /// The collectives of a step's solve.
    package func messages(_ state: NeuralQuantumState, _ distribution: SampleDistribution) -> SolverMessages {
        let problems = problems(state, distribution)
        var messages = solver.messages(problems[0])
        messages.fixed += ReconfigurationEquation.messages(problems[0])
        for problem in problems.dropFirst() {
            messages.fixed += solver.messages(problem).fixed + ReconfigurationEquation.messages(problem)
        }
        if remembersDirection { messages.fixed.append(.reals(state.trainedLayout.count, .broadcast)) }
        return messages
    }

    /// Solves for the direction δ of one step. Collective.
    ///
    /// - Parameters:
    ///   - energies: E_loc of the local samples, (re, im) in turn, with their mean over all ranks.
    ///   - shift: in place of the schedule's; nil for that.
    ///   - tolerance: of solvers that follow the noise of the step; nil for what they have without.
    ///   - momentumShare: times the schedule's momentum.
    ///   - previous: the solution of the last step, where there is one.
    ///   - rows: of `makeRows`.
    ///   - subspace: of `makeSubspace`.
    ///   - moments: of `makeMoments`.
    package func direction(
        _ jacobian: Linearisation, _ gradient: EnergyGradient, energies: [Double], meanEnergy: Complex<Double>,
        step: Int, shift: Double? = nil, tolerance: Double? = nil, momentumShare: Double = 1,
        previous: ParameterVector?, rows: StoredJacobian?,
        subspace: RecycledSubspace?, moments: SecondMoments? = nil
    ) throws -> (direction: ParameterVector, report: ReconfigurationReport) {
        let equation = ReconfigurationEquation(
            jacobian: jacobian, gradient: gradient, localEnergies: energies, meanEnergy: meanEnergy,
            diagonalShift: shift ?? diagonalShift.value(at: step), diagonalScale: diagonalScale?.value(at: step) ?? 0,
            momentum: momentumShare * (momentum?.value(at: step) ?? 0), previous: previous,
            weights: moments?.diagonal(like: gradient.forces), isShiftRelative: isShiftRelative, liftsMean: liftsMean,
            rows: rows,
            subspace: subspace)
        var failures: [ReconfigurationReport.Failure] = []
        let parts = blocks.blocks(of: jacobian.layout)
        for (index, planned) in solvers.enumerated() {
            let solver = tolerance.map(planned.following) ?? planned
            let (direction, report) =
                parts.count > 1
                ? try equation.solve(solver, by: strategy, blocks: parts)
                : try equation.solve(solver, by: strategy, guess: warmStart ? previous : nil)
            if report.outcome.isFailure, index + 1 < solvers.count {
                failures.append(.init(method: solver.name, outcome: report.outcome))
                continue
            }
            return (direction, ReconfigurationReport(method: solver.name, solver: report, failures: failures))
        }
        preconditionFailure("no solver for the SR equation")
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
