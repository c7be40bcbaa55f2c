/// The SR equation in parameter space, as a solver sees it: (S + D) δ = F + μ D φ.
public struct ParameterSystem {
    let equation: ReconfigurationEquation
    let strategy: ReconfigurationStrategy
    /// diag(S), where it counts.
    private let diagonalOfS: ParameterVector?
    /// D, where it is not the shift alone.
    public let diagonal: ParameterVector?
    /// What is added to S where there is no D.
    private let shift: Double
    /// The right-hand side.
    public let right: ParameterVector
    /// δ: where an iteration begins, overwritten with the solution.
    public let solution: ParameterVector
    /// Where a dense S is made and its diagonal counts: both come from the same rows.
    private let rows: CentredRows?

    /// Collective where diag(S) counts: one allreduce of P numbers.
    ///
    /// - Parameters:
    ///   - isDense: whether a dense S + D is made.
    ///   - guess: where an iteration begins; nil for zero.
    init(
        _ equation: ReconfigurationEquation, by strategy: ReconfigurationStrategy, isDense: Bool,
        guess: ParameterVector?
    ) throws {
        self.equation = equation
        self.strategy = strategy
        let means = equation.gradient.means
        let rows = isDense && equation.needsDiagonalOfS ? CentredRows(equation.jacobian, means: means) : nil
        self.rows = rows
        let found = try EquationDiagonal(equation) {
            try rows.map { try DiagonalOfS.compute($0) } ?? DiagonalOfS.compute(equation.jacobian, means: means)
        }
        let (diagonal, shift) = (found.sum, found.shift)
        (diagonalOfS, self.shift) = (found.ofS, shift)
        let right = equation.gradient.forces.makeZero()
        right.assign(from: equation.gradient.forces)
        if equation.momentum != 0, let previous = equation.previous {
            right.setEach {
                right[$0] + equation.momentum * (diagonal?[$0] ?? shift) * previous[$0]
            }
        }
        right.publish()
        self.diagonal = diagonal
        self.right = right
        solution = right.makeZero()
        if let guess { solution.assign(from: guess) }
    }

    /// S + D, by the linearisation itself. Local.
    public func tensor() throws -> QuantumGeometricTensor {
        let tensor = try tensor(equation.jacobian)
        tensor.centredRows = rows
        return tensor
    }

    /// S + D as the strategy asks for it, in double or in single precision, which approximates it. Local.
    public func strategicTensor(inSinglePrecision isSingle: Bool) throws -> QuantumGeometricTensor {
        try tensor(equation.multiplied(by: strategy, inSinglePrecision: isSingle))
    }

    private func tensor(_ jacobian: Linearisation) throws -> QuantumGeometricTensor {
        try QuantumGeometricTensor(
            jacobian, means: equation.gradient.means, diagonalShift: diagonal == nil ? shift : 0,
            diagonal: diagonal)
    }

    /// The subspace that is kept from step to step, or a new one, made ready for this system. Collective over the ranks of the
    /// vectors' memory.
    func subspace(sizeLimit: Int) -> RecycledSubspace {
        let subspace =
            equation.subspace
            ?? RecycledSubspace(sizeLimit: RecycledSubspace.sizeLimit(sizeLimit, parameters: right.count))
        let scaling = diagonal.map { diagonal in
            let roots = diagonal.makeZero()
            roots.setEach { diagonal[$0] > 0 ? 1 / diagonal[$0].squareRoot() : 0 }
            return roots
        }
        subspace.prepare(like: right, shift: scaling == nil ? shift : 1, scaling: scaling)
        return subspace
    }

    /// The inverse of the diagonal of S + D. Collective: one allreduce of P numbers, unless diag(S) is known.
    public func jacobiPreconditioner(
        of tensor: QuantumGeometricTensor
    ) throws -> JacobiPreconditioner<ParameterVector> {
        try tensor.jacobiPreconditioner(
            diagonalOfS: diagonalOfS ?? DiagonalOfS.compute(equation.jacobian, means: equation.gradient.means))
    }
}
