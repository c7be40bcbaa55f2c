/// Where the SR equation is solved: with one unknown per parameter, or per sample and component of log ψ.
public enum ReconfigurationSpace: String, Sendable, CaseIterable { case parameters, samples }

/// Where the SR equation is solved and what iterative solvers multiply with there. The direction they find is the
/// same, to the solver's tolerance. Direct solvers tell only the spaces apart.
public enum ReconfigurationStrategy: Sendable, Hashable, CaseIterable {
    /// In parameter space: S by the linearisation, which needs no memory beside it.
    case parameters
    /// In parameter space: S by rows of the Jacobian in memory, made once per step (`StoredJacobian`).
    case parametersByRows
    /// In sample space: T is made once, N² numbers over all ranks, and multiplied with.
    case samples
    /// In sample space, without T: each product goes through Jᵀ and J of the linearisation (`OnTheFlyKernelMap`).
    case samplesByProducts
    /// The same through rows of the Jacobian in memory.
    case samplesByRows

    public var space: ReconfigurationSpace {
        switch self {
        case .parameters, .parametersByRows: .parameters
        case .samples, .samplesByProducts, .samplesByRows: .samples
        }
    }

    /// Whether products with J and Jᵀ read rows in memory.
    public var storesRows: Bool { self == .parametersByRows || self == .samplesByRows }
}

/// What a solve of the SR equation takes depends on, beside its solver.
public struct ReconfigurationProblem {
    public let state: NeuralQuantumState
    public let distribution: SampleDistribution
    public let strategy: ReconfigurationStrategy
    /// Whether what is added to S differs from one parameter to the next.
    public let hasDiagonal: Bool
    /// Whether diag(S) is found.
    public let needsDiagonalOfS: Bool
    /// Whether T's null vector is lifted where T is formed.
    public let liftsMean: Bool
    /// Whether a share of the last solution is kept.
    public let hasMomentum: Bool
    /// Whether a solve starts from the last solution.
    public let warmStart: Bool
    /// The least diagonal shift, which iterations depend on.
    public let shift: Double
    /// Real parameters of the block that is solved for, by its rows; nil for all.
    let block: Int?

    /// - Parameters:
    ///   - needsDiagonalOfS: nil where that is what differs.
    ///   - block: real parameters of the block that is solved for, by its rows; nil for all.
    public init(
        _ state: NeuralQuantumState, _ distribution: SampleDistribution, _ strategy: ReconfigurationStrategy,
        hasDiagonal: Bool, needsDiagonalOfS: Bool? = nil, liftsMean: Bool = false, hasMomentum: Bool = false,
        warmStart: Bool = false, shift: Double = 0.01, block: Int? = nil
    ) {
        self.block = block
        self.state = state
        self.distribution = distribution
        self.strategy = strategy
        self.hasDiagonal = hasDiagonal
        self.needsDiagonalOfS = needsDiagonalOfS ?? hasDiagonal
        self.liftsMean = liftsMean
        self.hasMomentum = hasMomentum
        self.warmStart = warmStart
        self.shift = shift
    }

    /// Real numbers of log ψ.
    var components: Int { state.isComplex ? 2 : 1 }
    /// Real parameters.
    var parameters: Int { block ?? state.trainedLayout.count }
    /// Unknowns.
    var size: Int { strategy.space == .parameters ? parameters : distribution.total * components }

    /// What T of these samples sends and stores.
    ///
    /// - Parameter forFactorisation: see `SampleKernel`.
    func kernel(forFactorisation: Bool) -> SampleKernelPlan {
        SampleKernelPlan(
            state.machine.tape, samples: distribution.local, totalSamples: distribution.total,
            ranks: distribution.ranks, rowWidth: hasDiagonal || block != nil ? parameters : nil,
            isInBlocks: distribution.blocks != nil,
            liftsMean: liftsMean, forFactorisation: forFactorisation)
    }
}
