import CKernels
import Numerics

/// The SR equation of one step, (S + D) δ = F + μ D φ with D = shift + scale·diag(S) and φ the previous solution
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
    /// How iterative methods multiply.
    public let products: ReconfigurationProducts
    /// Where rows are kept if `products` asks for them.
    public let rows: StoredJacobian?
    /// From how many unknowns on all ranks factorise together.
    let distributedSize: Int

    /// - Parameter rows: memory for the rows of the Jacobian, filled by every solve that multiplies with them; nil
    ///   takes memory of its own for each.
    public init(
        jacobian: Linearisation, gradient: EnergyGradient, localEnergies: [Double], meanEnergy: Complex<Double>,
        diagonalShift: Double, diagonalScale: Double = 0, momentum: Double = 0, previous: ParameterVector? = nil,
        products: ReconfigurationProducts = ReconfigurationProducts(), rows: StoredJacobian? = nil,
        distributedSize: Int = ReconfigurationEquation.distributedSize
    ) {
        self.jacobian = jacobian
        self.gradient = gradient
        self.localEnergies = localEnergies
        self.meanEnergy = meanEnergy
        self.diagonalShift = diagonalShift
        self.diagonalScale = diagonalScale
        self.momentum = momentum
        self.previous = previous
        self.products = products
        self.rows = rows
        self.distributedSize = distributedSize
    }

    /// diag(S), where D or a preconditioner in parameter space needs it. Collective: one allreduce of P numbers.
    private func diagonalOfS(forPreconditioner isPreconditioned: Bool) throws -> ParameterVector? {
        guard diagonalScale != 0 || isPreconditioned else { return nil }
        return try DiagonalOfS.compute(jacobian, means: gradient.means)
    }

    /// D, or nil where it is the shift alone.
    private func diagonal(_ diagonalOfS: ParameterVector?) -> ParameterVector? {
        guard diagonalScale != 0, let diagonalOfS else { return nil }
        let diagonal = diagonalOfS.makeZero()
        for index in 0..<diagonal.count { diagonal[index] = diagonalShift + diagonalScale * diagonalOfS[index] }
        return diagonal
    }

    /// What an iterative method multiplies with. Local.
    package func multiplied(_ method: ReconfigurationMethod, in space: ReconfigurationSpace) -> Linearisation {
        let isSingle = products.refines(method, in: space)
        // Rows in single precision approximate what only refinement may be given approximately.
        if products.multipliesRows(method, in: space), isSingle || !products.isSingle {
            return (rows ?? StoredJacobian(isSingle: isSingle)).fill(from: jacobian)
        }
        return isSingle ? jacobian.inSinglePrecision() : jacobian
    }

    /// By conjugate gradients with A, or by refinement of A with Ã in single precision.
    private func solve<A: SymmetricMap>(
        _ solver: ConjugateGradient, _ map: A, approximation: A?, _ right: A.Domain, into solution: A.Domain,
        _ preconditioner: (any Preconditioner<A.Domain>)?
    ) throws -> SolverReport {
        guard let approximation else {
            return try solver.solve(map, right, into: solution, preconditioner: preconditioner)
        }
        let refinement = IterativeRefinement(tolerance: solver.tolerance, maximumIterations: solver.maximumIterations)
        return try refinement.solve(
            map, approximation: approximation, right, into: solution, preconditioner: preconditioner)
    }

    /// Solves in either space. Collective.
    ///
    /// - Parameter guess: where an iterative solver in parameter space begins; sample space, whose samples are new
    ///   at every step, begins at zero.
    public func solve(
        _ method: ReconfigurationMethod, in space: ReconfigurationSpace, guess: ParameterVector? = nil,
        centring: QuantumGeometricTensor.Centring = .fused
    ) throws -> (direction: ParameterVector, report: SolverReport) {
        switch space {
        case .parameters: try solveInParameterSpace(method, guess: guess, centring: centring)
        case .samples: try solveInSampleSpace(method)
        }
    }

    // MARK: Parameter space

    /// - Parameters:
    ///   - guess: where an iterative solver begins.
    ///   - centring: how S is applied.
    public func solveInParameterSpace(
        _ method: ReconfigurationMethod, guess: ParameterVector? = nil,
        centring: QuantumGeometricTensor.Centring = .fused
    ) throws -> (direction: ParameterVector, report: SolverReport) {
        let isPreconditioned = products.preconditions(method)
        let diagonalOfS = try diagonalOfS(forPreconditioner: isPreconditioned)
        let diagonal = diagonal(diagonalOfS)
        func tensor(_ jacobian: Linearisation) throws -> QuantumGeometricTensor {
            try QuantumGeometricTensor(
                jacobian, means: gradient.means, diagonalShift: diagonal == nil ? diagonalShift : 0,
                diagonal: diagonal, centring: centring)
        }
        let right = gradient.forces.makeZero()
        right.assign(from: gradient.forces)
        if momentum != 0, let previous {
            for index in 0..<right.count {
                right[index] += momentum * (diagonal?[index] ?? diagonalShift) * previous[index]
            }
        }
        let direction = right.makeZero()
        if let guess { direction.assign(from: guess) }
        switch method {
        case .conjugateGradient(let solver):
            let fast = try tensor(multiplied(method, in: .parameters))
            let exact = products.refines(method, in: .parameters) ? try tensor(jacobian) : nil
            var preconditioner: JacobiPreconditioner<ParameterVector>?
            if isPreconditioned, let diagonalOfS {
                preconditioner = try fast.jacobiPreconditioner(diagonalOfS: diagonalOfS)
            }
            let report = try solve(
                solver, exact ?? fast, approximation: exact == nil ? nil : fast, right, into: direction, preconditioner)
            return (direction, report)
        case .minimalResidual(let solver):
            let map = try tensor(multiplied(method, in: .parameters))
            return (direction, try solver.solve(map, right, into: direction))
        case .cholesky, .smoothPseudoInverse:
            let (solution, report) = try solveDense(tensor(jacobian), right.values, method)
            for (index, value) in solution.enumerated() { direction[index] = value }
            return (direction, report)
        }
    }

    // MARK: Sample space

    /// - Parameter construction: how T is formed; D ≠ shift always takes rows.
    public func solveInSampleSpace(
        _ method: ReconfigurationMethod, construction: SampleKernel.Construction = .gram
    ) throws -> (direction: ParameterVector, report: SolverReport) {
        let diagonal = diagonal(try diagonalOfS(forPreconditioner: false))
        var inverse: ParameterVector?
        if let diagonal {
            let values = diagonal.makeZero()
            for index in 0..<values.count { values[index] = 1 / diagonal[index] }
            inverse = values
        }
        let map = CentredJacobian(jacobian)
        let right = centredEnergies()
        if momentum != 0, let previous {
            let image = map.makeCodomainVector()
            try map.apply(previous, into: image)
            right.add(-momentum, times: image)
        }
        let shift = diagonal == nil ? diagonalShift : 1
        let weights = right.makeZero()
        let report: SolverReport
        if products.multipliesJacobian(method, in: .samples) {
            report = try solveByProducts(method, right, into: weights, shift: shift, inverseDiagonal: inverse)
        } else {
            let kernel = try SampleKernel(
                jacobian, construction: construction, inverseDiagonal: inverse, forFactorisation: method.isDense)
            let map = SampleKernelMap(kernel, shift: shift)
            switch method {
            case .conjugateGradient(let solver):
                let preconditioner = products.preconditions(method) ? try map.jacobiPreconditioner() : nil
                report = try solver.solve(map, right, into: weights, preconditioner: preconditioner)
            case .minimalResidual(let solver):
                report = try solver.solve(map, right, into: weights)
            case .cholesky, .smoothPseudoInverse:
                let (solution, solved) = try solveDense(kernel, shift: shift, right.values, method)
                for index in 0..<kernel.rowCount { weights[index] = solution[index] }
                report = solved
            }
        }
        let direction = map.makeDomainVector()
        try map.applyTransposed(weights, into: direction)
        if let inverse {
            for index in 0..<direction.count { direction[index] *= inverse[index] }
        }
        if momentum != 0, let previous { direction.add(momentum, times: previous) }
        return (direction, report)
    }

    /// (T + shift) x = b by products with J and Jᵀ, without T.
    private func solveByProducts(
        _ method: ReconfigurationMethod, _ right: SampleVector, into weights: SampleVector, shift: Double,
        inverseDiagonal: ParameterVector?
    ) throws -> SolverReport {
        func map(_ jacobian: Linearisation) -> OnTheFlyKernelMap {
            OnTheFlyKernelMap(jacobian, means: gradient.means, shift: shift, inverseDiagonal: inverseDiagonal)
        }
        let fast = map(multiplied(method, in: .samples))
        switch method {
        case .conjugateGradient(let solver):
            let exact = products.refines(method, in: .samples) ? map(jacobian) : nil
            let preconditioner = products.preconditions(method) ? try map(jacobian).jacobiPreconditioner() : nil
            return try solve(
                solver, exact ?? fast, approximation: exact == nil ? nil : fast, right, into: weights, preconditioner)
        case .minimalResidual(let solver): return try solver.solve(fast, right, into: weights)
        case .cholesky, .smoothPseudoInverse: preconditionFailure("a dense method needs the matrix")
        }
    }

    /// e = √w (E_loc − Ē); its real part where log ψ is real.
    private func centredEnergies() -> SampleVector {
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

    // MARK: Dense matrices

    /// From how many unknowns on all ranks factorise together: below, the messages cost more than they save.
    public static let distributedSize = 1024

    /// S + D by columns of unit vectors. The whole solution on every rank.
    private func solveDense(
        _ tensor: QuantumGeometricTensor, _ right: [Double], _ method: ReconfigurationMethod
    ) throws -> (solution: [Double], report: SolverReport) {
        let communicator = jacobian.space.communicator
        guard isDistributed(right.count) else {
            let matrix = try tensor.materialised()
            return try solvedByFirstRank(count: right.count) {
                method.solve(SymmetricMatrix(size: right.count, entries: matrix), right)
            }
        }
        let (rows, entries) = try tensor.materialisedRows()
        let matrix = try DistributedSymmetricMatrix(
            communicator: communicator, size: right.count, rowCount: rows.count, rows: entries)
        let (part, report) = try method.solve(matrix, Array(right[rows.range]))
        return (try communicator.allGather(part), report)
    }

    /// T + shift. The solution at this rank's rows.
    private func solveDense(
        _ kernel: SampleKernel, shift: Double, _ right: [Double], _ method: ReconfigurationMethod
    ) throws -> (solution: [Double], report: SolverReport) {
        let communicator = jacobian.space.communicator
        guard isDistributed(kernel.size) || kernel.isLowerTriangular else {
            let matrix = try kernel.matrixOnFirstRank(addedDiagonal: shift)
            let gathered = try communicator.gather(right)
            let (solution, report) = try solvedByFirstRank(count: kernel.size) {
                method.solve(matrix ?? SymmetricMatrix(size: 0, entries: []), gathered ?? [])
            }
            return (Array(solution[kernel.firstRow..<kernel.firstRow + kernel.rowCount]), report)
        }
        let matrix = try DistributedSymmetricMatrix(
            communicator: communicator, size: kernel.size, rowCount: kernel.rowCount, rows: kernel.entries,
            addedDiagonal: [shift])
        return try method.solve(matrix, right)
    }

    private func isDistributed(_ size: Int) -> Bool {
        // ScaLAPACK's order of sums depends on its ranks.
        jacobian.space.communicator.size > 1 && size >= distributedSize && !jacobian.space.sums.isInBlocks
    }

    /// What rank 0 solves, on every rank. Collective: one broadcast of count + 3 numbers.
    private func solvedByFirstRank(
        count: Int, _ solve: () -> (solution: [Double], report: SolverReport)
    ) throws -> (solution: [Double], report: SolverReport) {
        let communicator = jacobian.space.communicator
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
}
