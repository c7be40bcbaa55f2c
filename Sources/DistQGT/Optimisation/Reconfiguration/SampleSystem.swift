/// The SR equation in sample space, as a solver sees it: (T + shift) x = e − μ A φ with T = A D⁻¹ Aᵀ.
public struct SampleSystem {
    let equation: ReconfigurationEquation
    let strategy: ReconfigurationStrategy
    private let construction: SampleKernel.Construction
    /// D⁻¹, where D is not the shift alone.
    public let inverseDiagonal: ParameterVector?
    /// What is added to T: the shift, or 1 where T has D in it.
    public let shift: Double
    /// The right-hand side.
    public let right: SampleVector
    /// x: zero, overwritten with the solution.
    public let solution: SampleVector
    private let map: CentredJacobian
    /// The rows that both diag(S) and T come from; nil where not both are needed.
    private let rows: Linearisation?

    /// Collective: one allreduce of P numbers where diag(S) counts, one of a number per component where
    /// there is a momentum.
    ///
    /// - Parameter formsKernel: whether T is formed.
    init(
        _ equation: ReconfigurationEquation, by strategy: ReconfigurationStrategy,
        construction: SampleKernel.Construction, formsKernel: Bool
    ) throws {
        self.equation = equation
        self.strategy = strategy
        self.construction = construction
        let rows =
            formsKernel && equation.hasDiagonal && equation.needsDiagonalOfS
            ? StoredJacobian().fill(from: equation.jacobian) : nil
        self.rows = rows
        let diagonal = try EquationDiagonal(equation) {
            try DiagonalOfS.compute(rows ?? equation.jacobian, means: equation.gradient.means)
        }
        inverseDiagonal = diagonal.sum.map { diagonal in
            let values = diagonal.makeZero()
            values.setEach { 1 / diagonal[$0] }
            values.publish()
            return values
        }
        shift = diagonal.sum == nil ? diagonal.shift : 1
        map = CentredJacobian(equation.jacobian)
        right = equation.centredEnergies()
        if equation.momentum != 0, let previous = equation.previous {
            let image = map.makeCodomainVector()
            try map.apply(previous, into: image)
            right.add(-equation.momentum, times: image)
        }
        solution = right.makeZero()
    }

    /// T. Collective.
    ///
    /// - Parameter forFactorisation: see `SampleKernel`.
    public func kernel(forFactorisation: Bool) throws -> SampleKernel {
        try SampleKernel(
            rows ?? equation.jacobian, construction: construction, inverseDiagonal: inverseDiagonal,
            liftsMean: equation.liftsMean, forFactorisation: forFactorisation)
    }

    /// T + shift as products with the linearisation itself. Local.
    public func products() -> OnTheFlyKernelMap { products(equation.jacobian) }

    /// T + shift as products with J and Jᵀ as the strategy asks for them, in double or in single precision, which
    /// approximates it. Local.
    public func strategicProducts(inSinglePrecision isSingle: Bool) -> OnTheFlyKernelMap {
        products(equation.multiplied(by: strategy, inSinglePrecision: isSingle))
    }

    private func products(_ jacobian: Linearisation) -> OnTheFlyKernelMap {
        OnTheFlyKernelMap(jacobian, means: equation.gradient.means, shift: shift, inverseDiagonal: inverseDiagonal)
    }

    /// δ = D⁻¹Aᵀx + μ φ. Collective: one allreduce of a number per component, one of P + 1 numbers.
    func direction() throws -> ParameterVector {
        let direction = equation.jacobian.makeReplicatedVector()
        try map.applyTransposed(solution, into: direction)
        if let inverseDiagonal { direction.assign(product: direction, inverseDiagonal) }
        if equation.momentum != 0, let previous = equation.previous {
            direction.add(equation.momentum, times: previous)
        }
        direction.publish()
        return direction
    }
}
