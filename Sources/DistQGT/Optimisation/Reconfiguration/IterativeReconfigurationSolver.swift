import Communication
import LinearAlgebra

/// A solver that multiplies with S, or with T, until its residual is small enough.
///
/// It says how it iterates; which map that is, what one product sends and what is kept for it follow from the strategy.
/// What its iterations send is not said but tried: see `SolverRehearsal`.
public protocol IterativeReconfigurationSolver: ReconfigurationSolver {
    /// Bound on the residual, relative to the right-hand side.
    var tolerance: Double { get set }
    /// Whether the tolerance is that of each step's noise, as far as steps tell.
    var followsNoise: Bool { get }
    var maximumIterations: Int { get set }
    /// Whether it asks for a preconditioner.
    var isPreconditioned: Bool { get }
    /// Vectors that it asks to be kept from step to step as a preconditioner in parameter space, at most: 0 for as many as suit
    /// the number of parameters, nil for none.
    var subspaceSize: Int? { get }
    /// Iterations between two products that make none, where there are such; not where it has an approximation to
    /// multiply with.
    var residualInterval: Int? { get }
    /// Vectors that it keeps beside the right-hand side and the solution.
    var workVectors: Int { get }

    /// Solves A x = b. Decisions are rank 0's: they ride in the flag of a product, or go through the map's `valueOfFirstRank`.
    /// Collective where the map is.
    func iterate<Map: SymmetricMap>(_ system: IterativeSystem<Map>) throws -> SolverReport
}

/// A system A x = b for an iterative solver.
public struct IterativeSystem<Map: SymmetricMap> {
    public let map: Map
    /// The map in single precision, for a solver that multiplies with it.
    public let approximation: Map?
    public let right: Map.Domain
    /// Where to begin, overwritten with the solution.
    public let solution: Map.Domain
    /// M⁻¹ ≈ A⁻¹, for a solver that asks for it.
    public let preconditioner: (any Preconditioner<Map.Domain>)?
}

extension SolverOption {
    /// The tolerance of a solver that follows the noise, as long as there is nothing to follow.
    public static let noisyTolerance = 0.01

    public static let tolerance = SolverOption(
        "tolerance", .automaticOpenFraction,
        defaultValue: "auto with optimiser.learning_rate auto, otherwise 1.0e-6",
        "The residual relative to the right-hand side at which an iterative solver stops; auto: a hundredth of the noise of "
            + "the forces, which a step is told of where its learning rate or its shift is auto.")
    public static let maximumIterations = SolverOption(
        "max_iterations", .count, defaultValue: "500", "The limit of an iterative solver.")
}

extension IterativeReconfigurationSolver {
    public static var options: [SolverOption] { [.tolerance, .maximumIterations] }
    public static var keys: [String] { options.map(\.name) + ["warm_start", "jacobian", "kernel"] }
    public static var strategies: [ReconfigurationStrategy] { ReconfigurationStrategy.allCases }

    public var followsNoise: Bool { false }
    public var isPreconditioned: Bool { false }
    public var subspaceSize: Int? { nil }
    public var residualInterval: Int? { nil }

    public func following(tolerance: Double) -> any ReconfigurationSolver {
        guard followsNoise else { return self }
        var solver = self
        solver.tolerance = tolerance
        return solver
    }

    public func work(by strategy: ReconfigurationStrategy) -> ReconfigurationWork {
        strategy == .samples ? .kernel : .products
    }

    public func solve(_ system: ParameterSystem) throws -> SolverReport {
        let multiplied = try system.strategicTensor(inSinglePrecision: multipliesInSinglePrecision)
        let exact = multipliesInSinglePrecision ? try system.tensor() : nil
        let subspace = subspaceSize.map { system.subspace(sizeLimit: $0) }
        let preconditioner: (any Preconditioner<ParameterVector>)? =
            isPreconditioned ? try system.jacobiPreconditioner(of: multiplied) : subspace
        func iterate(_ preconditioner: (any Preconditioner<ParameterVector>)?) throws -> SolverReport {
            try self.iterate(
                IterativeSystem(
                    map: exact ?? multiplied, approximation: exact == nil ? nil : multiplied, right: system.right,
                    solution: system.solution, preconditioner: preconditioner))
        }
        var report = try iterate(preconditioner)
        if report.outcome.isFailure, let subspace, subspace.isUsed {
            // What fails with the subspace says nothing about S.
            subspace.drop()
            system.solution.setToZero()
            report = try iterate(nil)
        }
        report.subspace = try subspace?.learn(
            report, products: multiplied.productCount + (exact?.productCount ?? 0),
            over: multiplied.linearisation.space.communicator)
        return report
    }

    public func solve(_ system: SampleSystem) throws -> SolverReport {
        guard work(by: system.strategy) == .products else {
            let map = SampleKernelMap(try system.kernel(forFactorisation: false), shift: system.shift)
            return try iterate(
                IterativeSystem(
                    map: map, approximation: nil, right: system.right, solution: system.solution,
                    preconditioner: isPreconditioned ? try map.jacobiPreconditioner() : nil))
        }
        let multiplied = system.strategicProducts(inSinglePrecision: multipliesInSinglePrecision)
        let exact = multipliesInSinglePrecision ? system.products() : nil
        return try iterate(
            IterativeSystem(
                map: exact ?? multiplied, approximation: exact == nil ? nil : multiplied, right: system.right,
                solution: system.solution,
                preconditioner: isPreconditioned ? try system.products().jacobiPreconditioner() : nil))
    }

    // MARK: What it takes

    public func storage(_ problem: ReconfigurationProblem) -> SolverStorage {
        // In sample space: the image of the momentum, the tangent and message of a product, and the direction.
        let vectors = problem.strategy.space == .parameters ? 2 + workVectors : 4
        guard work(by: problem.strategy) == .products else {
            return SolverStorage(
                parameterVectors: vectors, matrices: problem.kernel(forFactorisation: false).bytes)
        }
        let diagonals = isPreconditioned && problem.strategy.space == .parameters ? Self.preconditionerVectors : 0
        var copy: SolverStorage.JacobianCopy?
        if problem.strategy.storesRows {
            copy = .rows(isSingle: multipliesInSinglePrecision)
        } else if multipliesInSinglePrecision {
            copy = .singleLinearisation
        }
        guard let sizeLimit = subspaceSizeLimit(problem) else {
            return SolverStorage(parameterVectors: vectors + diagonals, jacobian: copy)
        }
        let capacity = RecycledSubspace.capacity(sizeLimit: sizeLimit)
        // M⁻¹ r, and the inverse root of D; B, its inverse, and what these and the message are made of.
        return SolverStorage(
            parameterVectors: vectors + (problem.hasDiagonal ? 2 : 1), rememberedVectors: capacity,
            matrices: .bytes(ofReals: 8, capacity, capacity), jacobian: copy)
    }

    /// k; nil without a subspace.
    private func subspaceSizeLimit(_ problem: ReconfigurationProblem) -> Int? {
        guard problem.strategy.space == .parameters, let subspaceSize else { return nil }
        return RecycledSubspace.sizeLimit(subspaceSize, parameters: problem.parameters)
    }

    /// M⁻¹ r, diag(S), and the sum that is inverted with its inverse.
    private static var preconditionerVectors: Int { 4 }

    public func messages(_ problem: ReconfigurationProblem) -> SolverMessages {
        let sharded = problem.strategy.space == .samples
        let product: CollectiveRecord
        var fixed: [CollectiveRecord] = []
        switch work(by: problem.strategy) {
        case .products:
            product = .reals(problem.parameters + problem.components + 1)
        case .kernel, .factorisation:
            // Rank 0's flag and the vector.
            product = .reals(problem.distribution.local * problem.components + 1, .allGather)
            fixed = problem.kernel(forFactorisation: false).messages
        }
        // diag(S), unless D has brought it.
        if !sharded, isPreconditioned, !problem.needsDiagonalOfS { fixed.append(.reals(problem.parameters)) }
        if let sizeLimit = subspaceSizeLimit(problem) {
            fixed.append(.reals(RecycledSubspace.messageLength(sizeLimit: sizeLimit), .broadcast))
        }
        let refines = multipliesInSinglePrecision && work(by: problem.strategy) == .products
        return SolverRehearsal(
            self, product: product, isSharded: sharded, refines: refines,
            startsFromGuess: problem.warmStart && !sharded
        ).messages(before: fixed)
    }

    public func cost(_ problem: ReconfigurationProblem) -> ReconfigurationCost {
        .iterations(
            min(ReconfigurationCost.assumedIterations(shift: problem.shift, tolerance: tolerance), maximumIterations),
            work(by: problem.strategy), problem,
            inSinglePrecision: multipliesInSinglePrecision)
    }
}
