/// The collectives of solving the SR equation of one step: those that are always made, and those that
/// depend on the iterations.
struct ReconfigurationCollectives {
    typealias Collective = StepCollectives.Collective

    private(set) var fixed: [Collective] = []
    private(set) var product: [Collective] = []
    private(set) var iteration: [Collective] = []
    private(set) var restart: [Collective] = []
    private(set) var residualInterval: Int?

    private static func reals(_ count: Int, _ kind: CollectiveKind = .allReduce) -> Collective {
        .reals(count, .solve, kind)
    }

    init(
        _ reconfiguration: StochasticReconfiguration, _ state: NeuralQuantumState, _ distribution: SampleDistribution
    ) {
        let parameterCount = state.layout.count
        let components = state.isComplex ? 2 : 1
        if reconfiguration.diagonalScale != nil { fixed.append(Self.reals(parameterCount)) }
        switch reconfiguration.space {
        case .parameters:
            addParameterSpace(reconfiguration, parameterCount, components)
        case .samples:
            // The share of the last solution: the mean of its image.
            if reconfiguration.momentum != nil { fixed.append(Self.reals(components)) }
            let plan = SampleKernelPlan(
                state.machine.tape, samples: distribution.local, totalSamples: distribution.total,
                ranks: distribution.ranks, hasDiagonal: reconfiguration.diagonalScale != nil)
            fixed += plan.gathered.map { Self.reals($0, .allGather) }
            addSampleSpace(
                reconfiguration, distribution.local * components, distribution.total * components)
            // Aᵀ: the mean of M, and the sum over ranks.
            fixed += [Self.reals(components), Self.reals(parameterCount + 1)]
        }
        if reconfiguration.remembersDirection { fixed.append(Self.reals(parameterCount, .broadcast)) }
    }

    private mutating func addParameterSpace(
        _ reconfiguration: StochasticReconfiguration, _ parameterCount: Int, _ components: Int
    ) {
        func products(of vectors: Int) -> [Collective] {
            switch reconfiguration.centring {
            case .fused: [Self.reals(vectors * (parameterCount + components) + 1)]
            // M on either side, and the transpose of the replication.
            case .composed: [Self.reals(components), Self.reals(components), Self.reals(parameterCount + 1)]
            }
        }
        guard !reconfiguration.methods[0].isDense else {
            let width = reconfiguration.centring == .fused ? QuantumGeometricTensor.blockWidth : 1
            for first in stride(from: 0, to: parameterCount, by: width) {
                fixed += products(of: min(width, parameterCount - first))
            }
            return addFirstRankSolution(parameterCount)
        }
        product = products(of: 1)
        addIterations(reconfiguration.methods[0], innerProduct: [])
        // The residual of the initial guess.
        if reconfiguration.warmStart { fixed += product }
    }

    private mutating func addSampleSpace(_ reconfiguration: StochasticReconfiguration, _ rows: Int, _ size: Int) {
        guard !reconfiguration.methods[0].isDense else {
            // T and the right-hand side.
            fixed += [Self.reals(rows * size, .gather), Self.reals(rows, .gather)]
            return addFirstRankSolution(size)
        }
        // Rank 0's flag and the vector.
        product = [Self.reals(rows + 1, .allGather)]
        addIterations(reconfiguration.methods[0], innerProduct: [Self.reals(1)])
    }

    private mutating func addFirstRankSolution(_ count: Int) {
        fixed.append(Self.reals(count + 3, .broadcast))
    }

    /// - Parameter innerProduct: of two vectors of the space.
    private mutating func addIterations(_ method: ReconfigurationMethod, innerProduct: [Collective]) {
        iteration = innerProduct + innerProduct
        // The norm that a run begins with; the true residual and rank 0's word on the outcome at its end. Once, and
        // again for a restart.
        restart = innerProduct + product + innerProduct + [Self.reals(1, .broadcast)]
        switch method {
        case .minimalResidual:
            // The product that carries the flag is no iteration.
            restart += product
            // ‖b‖ and the norm of the guess.
            fixed += iteration + restart
        case .conjugateGradient(let solver):
            residualInterval = solver.residualInterval
            // The iteration that carries the flag makes no inner products; ‖b‖ and the norm of the guess make up
            // for them.
            fixed += restart
        case .cholesky, .smoothPseudoInverse: break
        }
    }
}
