import LinearAlgebra

extension ReconfigurationEquation {
    /// Solves the equation with the entries of S between different blocks left out: block by block, each with its own rows of J,
    /// N × P numbers in all, made by one backward pass per component of log ψ. Collective.
    ///
    /// The report has the worst outcome and the largest residual of the blocks.
    func solve(
        _ solver: some ReconfigurationSolver, by strategy: ReconfigurationStrategy, blocks: [ParameterBlock]
    ) throws -> (direction: ParameterVector, report: SolverReport) {
        let space = jacobian.space
        let width = space.components * jacobian.layout.count
        MemoryExhaustion.requireRoom(.bytes(ofReals: space.localCount, width))
        let rows = blocks.map { block in
            StoredRows<Double>(block.layout, components: space.components, chunkBytes: StoredJacobian.chunkBytes)
        }
        for own in rows { own.reserve(blocks: space.sums.blocks) }
        let scratch = Region<Double>(capacity: 0)
        jacobian.forEachRowBlock { samples, all in
            for (block, own) in zip(blocks, rows) {
                let count = samples.count * space.components
                scratch.reserve(count * block.layout.count)
                block.copy(all, stride: jacobian.layout.count, count: count, to: scratch.pointer)
                own.store(samples, scratch.pointer)
            }
        }
        var solution = [Double](repeating: 0, count: jacobian.layout.count)
        var report: SolverReport?
        for (block, own) in zip(blocks, rows) {
            let equation = restricted(
                to: block, Linearisation(jacobian: own, space: space, logPsi: jacobian.logPsi) { true })
            let (direction, found) = try equation.solve(solver, by: strategy, construction: .rows)
            block.write(direction, into: &solution)
            report = report.map { Self.worse($0, found) } ?? found
        }
        guard let report else { preconditionFailure("no parameters") }
        let direction = gradient.forces.makeZero()
        direction.setEach { solution[$0] }
        direction.publish()
        return (direction, report)
    }

    private func restricted(to block: ParameterBlock, _ jacobian: Linearisation) -> ReconfigurationEquation {
        ReconfigurationEquation(
            jacobian: jacobian, gradient: Self.share(of: gradient, block), localEnergies: localEnergies,
            meanEnergy: meanEnergy, diagonalShift: diagonalShift, diagonalScale: diagonalScale, momentum: momentum,
            previous: previous.map(block.share), weights: weights.map(block.share), isShiftRelative: isShiftRelative,
            liftsMean: liftsMean, distributedSize: distributedSize)
    }

    private static func share(of gradient: EnergyGradient, _ block: ParameterBlock) -> EnergyGradient {
        EnergyGradient(
            forces: block.share(of: gradient.forces),
            means: MeanJacobian(
                real: block.share(of: gradient.means.real), imaginary: gradient.means.imaginary.map(block.share)),
            flagCount: gradient.flagCount, doubtCount: gradient.doubtCount)
    }

    private static func worse(_ a: SolverReport, _ b: SolverReport) -> SolverReport {
        let order = SolverOutcome.allCases
        let outcome = [a.outcome, b.outcome].max {
            (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0)
        }
        return SolverReport(
            outcome: outcome ?? a.outcome, iterations: max(a.iterations, b.iterations),
            // What is not a number stays so.
            residual: a.residual >= b.residual || a.residual.isNaN ? a.residual : b.residual)
    }
}
