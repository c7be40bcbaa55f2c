/// How a linear system of SR is solved.
public enum ReconfigurationMethod: Sendable {
    case conjugateGradient(ConjugateGradient)
    case minimalResidual(MinimalResidual)
    /// A dense factorisation.
    case cholesky
    /// A dense eigenvalue filter; see `SymmetricMatrix.solveBySmoothPseudoInverse`.
    case smoothPseudoInverse(cutoff: Double, smoothTolerance: Double)

    /// As configurations and logs write it.
    public var name: String {
        switch self {
        case .conjugateGradient: "cg"
        case .minimalResidual: "minres"
        case .cholesky: "cholesky"
        case .smoothPseudoInverse: "pinv_smooth"
        }
    }

    /// Whether the matrix is formed and factorised.
    public var isDense: Bool {
        switch self {
        case .conjugateGradient, .minimalResidual: false
        case .cholesky, .smoothPseudoInverse: true
        }
    }

    /// - Precondition: a dense method.
    func solve(_ matrix: SymmetricMatrix, _ right: [Double]) -> (solution: [Double], report: SolverReport) {
        switch self {
        case .smoothPseudoInverse(let cutoff, let smoothTolerance):
            matrix.solveBySmoothPseudoInverse(right, cutoff: cutoff, smoothTolerance: smoothTolerance)
        case .cholesky, .conjugateGradient, .minimalResidual: matrix.solveByCholesky(right)
        }
    }

    /// - Precondition: a dense method. Collective.
    func solve(
        _ matrix: DistributedSymmetricMatrix, _ right: [Double]
    ) throws -> (solution: [Double], report: SolverReport) {
        switch self {
        case .smoothPseudoInverse(let cutoff, let smoothTolerance):
            try matrix.solveBySmoothPseudoInverse(right, cutoff: cutoff, smoothTolerance: smoothTolerance)
        case .cholesky, .conjugateGradient, .minimalResidual: try matrix.solveByCholesky(right)
        }
    }
}

/// Where the SR equation is solved: with one unknown per parameter, or per sample and component of log ψ.
public enum ReconfigurationSpace: String, Sendable, CaseIterable { case parameters, samples }
