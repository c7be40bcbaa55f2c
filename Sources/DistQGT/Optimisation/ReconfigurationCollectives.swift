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
        let method = reconfiguration.methods[0]
        let products = reconfiguration.products
        // diag(S), for D or for a preconditioner.
        if reconfiguration.diagonalScale != nil
            || reconfiguration.space == .parameters && products.preconditions(method)
        {
            fixed.append(Self.reals(parameterCount))
        }
        switch reconfiguration.space {
        case .parameters:
            addParameterSpace(reconfiguration, parameterCount, components, distribution)
        case .samples:
            // The share of the last solution: the mean of its image.
            if reconfiguration.momentum != nil { fixed.append(Self.reals(components)) }
            if products.multipliesJacobian(method, in: .samples) {
                product = [Self.reals(parameterCount + components + 1)]
                addIterations(reconfiguration, innerProduct: [Self.reals(1)])
            } else {
                let plan = SampleKernelPlan(
                    state.machine.tape, samples: distribution.local, totalSamples: distribution.total,
                    ranks: distribution.ranks, hasDiagonal: reconfiguration.diagonalScale != nil,
                    isInBlocks: distribution.blocks != nil, forFactorisation: method.isDense)
                fixed +=
                    plan.gathered.map { Self.reals($0, .allGather) } + plan.exchanged.map { Self.reals($0, .allToAll) }
                addSampleSpace(
                    reconfiguration, distribution.local * components, distribution.total * components, distribution)
            }
            // Aᵀ: the mean of M, and the sum over ranks.
            fixed += [Self.reals(components), Self.reals(parameterCount + 1)]
        }
        if reconfiguration.remembersDirection { fixed.append(Self.reals(parameterCount, .broadcast)) }
    }

    private mutating func addParameterSpace(
        _ reconfiguration: StochasticReconfiguration, _ parameterCount: Int, _ components: Int,
        _ distribution: SampleDistribution
    ) {
        let ranks = distribution.ranks
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
            let rows = Shard.block(of: parameterCount, rank: 0, size: ranks).count
            guard ranks > 1, parameterCount >= ReconfigurationEquation.distributedSize, distribution.blocks == nil
            else {
                return addFirstRankSolution(parameterCount)
            }
            addFactorisation(reconfiguration.methods[0], rows: rows, size: parameterCount)
            return fixed.append(Self.reals(rows, .allGather))
        }
        product = products(of: 1)
        addIterations(reconfiguration, innerProduct: [])
        // The residual of the initial guess.
        if reconfiguration.warmStart { fixed += product }
    }

    private mutating func addSampleSpace(
        _ reconfiguration: StochasticReconfiguration, _ rows: Int, _ size: Int, _ distribution: SampleDistribution
    ) {
        let ranks = distribution.ranks
        guard !reconfiguration.methods[0].isDense else {
            let isGathered = ranks > 1 && size < ReconfigurationEquation.distributedSize
            guard isGathered || distribution.blocks != nil else {
                return addFactorisation(reconfiguration.methods[0], rows: rows, size: size, isAlone: ranks == 1)
            }
            if ranks > 1 { fixed.append(Self.reals(rows * size, .gather)) }
            // The right-hand side.
            fixed.append(Self.reals(rows, .gather))
            return addFirstRankSolution(size)
        }
        // Rank 0's flag and the vector.
        product = [Self.reals(rows + 1, .allGather)]
        addIterations(reconfiguration, innerProduct: [Self.reals(1)])
    }

    /// By all ranks, beside what ScaLAPACK sends: the sizes; the right-hand side and whether all is finite; the rows,
    /// about half of which travel; the factorisation's status, and what its solutions and their residuals take.
    private mutating func addFactorisation(
        _ method: ReconfigurationMethod, rows: Int, size: Int, isAlone: Bool = false
    ) {
        fixed.append(Self.reals(1, .allGather))
        guard !isAlone else { return }
        let status = Collective(phase: .solve, kind: .allReduce, bytes: MemoryLayout<Int32>.stride)
        fixed += [Self.reals(rows, .allGather), Self.reals(1)]
        fixed += [Collective(phase: .solve, kind: .allToAll, bytes: .bytes(ofReals: rows, size) / 2), status]
        switch method {
        case .smoothPseudoInverse:
            fixed += [Self.reals(size, .broadcast), Self.reals(size), Self.reals(size), Self.reals(1)]
            fixed.append(Self.reals(1, .broadcast))
        default:
            fixed += [Self.reals(size), Self.reals(1), Self.reals(rows, .allGather), Self.reals(size), Self.reals(1)]
            fixed.append(Self.reals(2, .broadcast))
        }
    }

    private mutating func addFirstRankSolution(_ count: Int) {
        fixed.append(Self.reals(count + 3, .broadcast))
    }

    /// - Parameter innerProduct: of two vectors of the space.
    private mutating func addIterations(_ reconfiguration: StochasticReconfiguration, innerProduct: [Collective]) {
        let method = reconfiguration.methods[0]
        let isPreconditioned = reconfiguration.products.preconditions(method)
        // ‖r‖², and ⟨r, M⁻¹r⟩ with it.
        let overlaps = isPreconditioned && !innerProduct.isEmpty ? [Self.reals(2)] : innerProduct
        iteration = innerProduct + overlaps
        // The largest entry of a diagonal.
        if isPreconditioned { fixed += innerProduct }
        // The norm that a run begins with; the true residual and rank 0's word on the outcome at its end. Once, and
        // again for a restart.
        restart = overlaps + product + innerProduct + [Self.reals(1, .broadcast)]
        switch method {
        case .minimalResidual:
            // The product that carries the flag is no iteration.
            restart += product
            // ‖b‖ and the norm of the guess.
            fixed += innerProduct + innerProduct + restart
        case .conjugateGradient(let solver):
            if reconfiguration.products.refines(method, in: reconfiguration.space) {
                // The norm of the residual that is corrected; ‖b‖ and the norm of the guess. The iteration that
                // carries the flag makes no inner products.
                fixed += innerProduct + innerProduct + innerProduct + product + [Self.reals(1, .broadcast)]
                restart = innerProduct + product + [Self.reals(1, .broadcast)]
                return
            }
            residualInterval = solver.residualInterval
            restart = product + [Self.reals(1, .broadcast)]
            // The iteration that carries the flag makes no inner products; ‖b‖ and the norm of the guess make up
            // for them.
            fixed += innerProduct + product + innerProduct + [Self.reals(1, .broadcast)]
        case .cholesky, .smoothPseudoInverse: break
        }
    }
}
