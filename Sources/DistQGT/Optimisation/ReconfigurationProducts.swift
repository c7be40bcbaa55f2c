/// How the iterative methods multiply with the Jacobian J, and what makes their iterations fewer. The direction they
/// find is the same, to the solver's tolerance.
public struct ReconfigurationProducts: Sendable, Equatable {
    public enum Storage: String, Sendable, CaseIterable {
        /// Through the tape, which needs no memory beside it.
        case onTheFly = "on_the_fly"
        /// From the rows of J in memory, made once per step: `StoredJacobian`.
        case stored
    }

    public enum Kernel: String, Sendable, CaseIterable {
        /// T is made once, N² numbers over all ranks, and multiplied with.
        case formed
        /// Each product with T goes through Jᵀ and J: `OnTheFlyKernelMap`.
        case products
    }

    public var storage: Storage
    /// How T is applied in sample space.
    public var kernel: Kernel
    /// Whether conjugate gradients multiply in single precision, inside refinement with residuals in double:
    /// `IterativeRefinement`. A kernel that is formed, and MINRES, stay double.
    public var isSingle: Bool
    /// Whether conjugate gradients are preconditioned by the diagonal.
    public var isPreconditioned: Bool

    public init(
        storage: Storage = .onTheFly, kernel: Kernel = .formed, isSingle: Bool = false, isPreconditioned: Bool = false
    ) {
        self.storage = storage
        self.kernel = kernel
        self.isSingle = isSingle
        self.isPreconditioned = isPreconditioned
    }

    /// What `method` multiplies with where it is not the linearisation itself.
    func multipliesRows(_ method: ReconfigurationMethod, in space: ReconfigurationSpace) -> Bool {
        storage == .stored && multipliesJacobian(method, in: space)
    }

    /// Whether `method` multiplies with J once per iteration.
    func multipliesJacobian(_ method: ReconfigurationMethod, in space: ReconfigurationSpace) -> Bool {
        !method.isDense && (space == .parameters || kernel == .products)
    }

    /// Whether `method` runs in single precision inside refinement.
    func refines(_ method: ReconfigurationMethod, in space: ReconfigurationSpace) -> Bool {
        guard case .conjugateGradient = method else { return false }
        return isSingle && multipliesJacobian(method, in: space)
    }

    /// Whether `method` is preconditioned.
    func preconditions(_ method: ReconfigurationMethod) -> Bool {
        guard case .conjugateGradient = method else { return false }
        return isPreconditioned
    }
}
