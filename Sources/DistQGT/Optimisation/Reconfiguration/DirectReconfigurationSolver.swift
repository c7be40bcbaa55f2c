import Communication
import LinearAlgebra

/// A solver that factorises the dense S + D or T + shift: on rank 0 where the matrix is small, by all ranks where it is
/// large.
public protocol DirectReconfigurationSolver: ReconfigurationSolver {
    /// Matrices of the size of S or T that the rank which factorises holds, at most.
    static var matrixCopies: Int { get }

    /// Local.
    func solve(_ matrix: SymmetricMatrix, _ right: [Double]) -> (solution: [Double], report: SolverReport)
    /// Collective.
    func solve(
        _ matrix: DistributedSymmetricMatrix, _ right: [Double]
    ) throws -> (solution: [Double], report: SolverReport)
    /// What the second of these sends beside ScaLAPACK's own messages, of a matrix of which this rank has `rows`.
    ///
    /// - Parameter sharesMemory: whether all ranks are on one node and share memory.
    func distributedMessages(rows: Int, size: Int, sharesMemory: Bool) -> [CollectiveRecord]
}

extension DirectReconfigurationSolver {
    public static var strategies: [ReconfigurationStrategy] { [.parameters, .samples] }

    public func work(by strategy: ReconfigurationStrategy) -> ReconfigurationWork { .factorisation }

    public func solve(_ system: ParameterSystem) throws -> SolverReport { try solveDirectly(system) }

    /// By one of the two methods of the protocol.
    func solveDirectly(_ system: ParameterSystem) throws -> SolverReport {
        let right = system.right.values
        let (solution, report) = try solve(system.tensor(), right, system.equation)
        system.solution.setEach { solution[$0] }
        return report
    }

    /// S + D as a dense matrix. The whole solution on every rank.
    private func solve(
        _ tensor: QuantumGeometricTensor, _ right: [Double], _ equation: ReconfigurationEquation
    ) throws -> (solution: [Double], report: SolverReport) {
        let space = equation.jacobian.space
        guard
            Self.isDistributed(
                right.count, ranks: space.communicator.size, isInBlocks: space.sums.isInBlocks,
                from: equation.distributedSize)
        else {
            MemoryExhaustion.requireRoom(.bytes(ofReals: right.count, right.count))
            let matrix = try tensor.materialised()
            return try solvedByFirstRank(count: right.count, space.communicator) {
                solve(SymmetricMatrix(size: right.count, entries: matrix), right)
            }
        }
        let (rows, entries) = try tensor.materialisedRows()
        let matrix = try DistributedSymmetricMatrix(
            communicator: space.communicator, size: right.count, rowCount: rows.count, rows: entries)
        let (part, report) = try solve(matrix, Array(right[rows.range]))
        return (try space.communicator.allGather(part), report)
    }

    public func solve(_ system: SampleSystem) throws -> SolverReport { try solveDirectly(system) }

    /// By one of the two methods of the protocol.
    func solveDirectly(_ system: SampleSystem) throws -> SolverReport {
        let kernel = try system.kernel(forFactorisation: true)
        let (solution, report) = try solve(kernel, system)
        for index in 0..<kernel.rowCount { system.solution[index] = solution[index] }
        return report
    }

    /// T + shift. The solution at this rank's rows.
    private func solve(
        _ kernel: SampleKernel, _ system: SampleSystem
    ) throws -> (solution: [Double], report: SolverReport) {
        let communicator = kernel.space.communicator
        let right = system.right.values
        guard
            Self.isDistributed(
                kernel.size, ranks: communicator.size, isInBlocks: kernel.space.sums.isInBlocks,
                from: system.equation.distributedSize) || kernel.isLowerTriangular
        else {
            let matrix = try kernel.matrixOnFirstRank(addedDiagonal: system.shift)
            let gathered = try communicator.gather(right)
            let (solution, report) = try solvedByFirstRank(count: kernel.size, communicator) {
                solve(matrix ?? SymmetricMatrix(size: 0, entries: []), gathered ?? [])
            }
            return (Array(solution[kernel.firstRow..<kernel.firstRow + kernel.rowCount]), report)
        }
        let matrix = try DistributedSymmetricMatrix(
            communicator: communicator, size: kernel.size, rowCount: kernel.rowCount, rows: kernel.entries,
            addedDiagonal: [system.shift])
        return try solve(matrix, right)
    }

    /// Whether all ranks factorise together. ScaLAPACK's order of sums depends on its ranks: not where sums are in blocks.
    static func isDistributed(_ size: Int, ranks: Int, isInBlocks: Bool, from least: Int) -> Bool {
        ranks > 1 && size >= least && !isInBlocks
    }

    /// What rank 0 solves, on every rank. Collective: one broadcast of count + 3 numbers.
    private func solvedByFirstRank(
        count: Int, _ communicator: Communicator, _ solve: () -> (solution: [Double], report: SolverReport)
    ) throws -> (solution: [Double], report: SolverReport) {
        var message = [Double](repeating: 0, count: count + 3)
        if communicator.rank == 0 {
            let (solution, report) = solve()
            message = [report.outcome.code, Double(report.iterations), report.residual] + solution
        }
        message = try communicator.broadcast(message)
        return (
            Array(message.dropFirst(3)),
            SolverReport(
                outcome: SolverOutcome(code: message[0]) ?? .notFinite, iterations: Int(message[1]),
                residual: message[2])
        )
    }

    // MARK: What it takes

    public func storage(_ problem: ReconfigurationProblem) -> SolverStorage { storageDirectly(problem) }

    func storageDirectly(_ problem: ReconfigurationProblem) -> SolverStorage {
        let ranks = problem.distribution.ranks
        let isDistributed = isDistributed(problem)
        // The matrices of all ranks together, where they factorise together.
        let shared = { (copies: Int) in Int.bytes(ofReals: copies, problem.size, problem.size) / ranks }
        switch problem.strategy.space {
        case .parameters:
            // Every rank has a dense S, or its rows.
            let own = isDistributed ? shared(1) : .bytes(ofReals: problem.size, problem.size)
            let copies =
                isDistributed
                ? shared(Self.matrixCopies) : .bytes(ofReals: Self.matrixCopies - 1, problem.size, problem.size)
            return SolverStorage(
                parameterVectors: 2,
                summedVectors: min(QuantumGeometricTensor.columnsTogether, problem.parameters),
                matrices: own + copies
                    + QuantumGeometricTensor.columnBytes(
                        samples: problem.distribution.local, parameters: problem.parameters,
                        components: problem.components), firstRankMatrices: isDistributed ? 0 : copies)
        case .samples:
            // The image of the momentum, the tangent and message of a product, and the direction.
            let kernel = problem.kernel(forFactorisation: true).bytes
            // On a single rank nothing is gathered.
            let copies =
                isDistributed
                ? shared(Self.matrixCopies)
                : .bytes(ofReals: Self.matrixCopies - (ranks == 1 ? 1 : 0), problem.size, problem.size)
            return SolverStorage(
                parameterVectors: 4, matrices: kernel + copies, firstRankMatrices: isDistributed ? 0 : copies)
        }
    }

    func isDistributed(_ problem: ReconfigurationProblem) -> Bool {
        Self.isDistributed(
            problem.size, ranks: problem.distribution.ranks, isInBlocks: problem.distribution.blocks != nil,
            from: ReconfigurationEquation.distributedSize)
    }

    public func messages(_ problem: ReconfigurationProblem) -> SolverMessages { messagesDirectly(problem) }

    func messagesDirectly(_ problem: ReconfigurationProblem) -> SolverMessages {
        let distribution = problem.distribution
        let isDistributed = isDistributed(problem)
        let wholeSolution = CollectiveRecord.reals(problem.size + 3, .broadcast)
        switch problem.strategy.space {
        case .parameters:
            let columns = QuantumGeometricTensor.columnMessages(parameters: problem.parameters)
            guard isDistributed else { return SolverMessages(fixed: columns + [wholeSolution]) }
            let rows = Shard.block(of: problem.parameters, rank: 0, size: distribution.ranks).count
            return SolverMessages(
                fixed: columns + [.reals(1, .allGather)]
                    + distributedMessages(
                        rows: rows, size: problem.size, sharesMemory: distribution.sharesMemory)
                    + [.reals(rows, .allGather)])
        case .samples:
            let rows = distribution.local * problem.components
            let kernel = problem.kernel(forFactorisation: true).messages
            if distribution.ranks == 1, distribution.blocks == nil {
                return SolverMessages(fixed: kernel + [.reals(1, .allGather)])
            }
            guard isDistributed else {
                // T where there are several ranks, and the right-hand side.
                let matrix: [CollectiveRecord] =
                    distribution.ranks > 1 ? [.reals(rows * problem.size, .gather)] : []
                return SolverMessages(fixed: kernel + matrix + [.reals(rows, .gather), wholeSolution])
            }
            return SolverMessages(
                fixed: kernel + [.reals(1, .allGather)]
                    + distributedMessages(
                        rows: rows, size: problem.size, sharesMemory: distribution.sharesMemory))
        }
    }

    public func cost(_ problem: ReconfigurationProblem) -> ReconfigurationCost { .factorisation(problem) }
}
