import CKernels
import Communication
import LinearAlgebra

/// The pseudo-inverse that leaves out what cannot be told from noise: with S = VΣVᵀ and ρ_k = (Vᵀf)_k, the inverse 1/σ_k of an
/// eigenvector becomes
///
///     1/σ_k · 1/(1 + (ε σ_max/σ_k)⁶) · 1/(1 + (ε_snr/SNR_k)⁶),   SNR_k = √N |ρ_k| / sd of the summands of ρ_k over the samples
///
/// (Schmitt and Heyl, PRL 125, 100503, 2020). The summand of a sample is Re[(ΔO v_k)* Δε], with Δε its local energy less the
/// mean. Of eigenvectors with one eigenvalue, which are any basis of their space, the squares of ρ and of sd are added up: in
/// pairs, as holomorphic networks have them, that is the ratio of complex numbers. In sample space, where T = AAᵀ has the same
/// eigenvalues with vectors u_k ∝ A v_k, the summand is N Σ u_k e over the components of the sample, up to a factor that the
/// ratio does not have: no product with the Jacobian is needed.
struct NoiseFilter {
    let inverse: SmoothPseudoInverse
    /// ε_snr.
    let threshold: Double

    /// Eigenvalues that differ by less, in units of the largest, are one.
    private static let degeneracy = 1e-12

    /// What is known of an eigenvector.
    private struct Overlap {
        /// With the right-hand side.
        let right: Double
        /// Of the summands of the samples: their mean, and that of their squares.
        let mean: Double
        let meanSquare: Double
    }

    /// The coefficient of each eigenvector in the solution, and what is left of the right-hand side, relative.
    private func coefficients(
        _ values: [Double], _ overlaps: [Overlap], samples: Int
    ) -> (coefficients: [Double], residual: Double) {
        let inverses = inverse.inverses(of: values)
        let largest = values.map(abs).max() ?? 0
        var coefficients: [Double] = []
        var (missed, whole) = (0.0, 0.0)
        while coefficients.count < values.count {
            let first = coefficients.count
            var end = first + 1
            while end < values.count, values[end] - values[end - 1] <= Self.degeneracy * largest { end += 1 }
            var (signal, noise) = (0.0, 0.0)
            for overlap in overlaps[first..<end] {
                signal += overlap.mean * overlap.mean
                noise += max(0, overlap.meanSquare - overlap.mean * overlap.mean)
            }
            let ratio = signal > 0 ? threshold * (noise / (Double(samples) * signal)).squareRoot() : .infinity
            let share = 1 / (1 + ratio * ratio * ratio * ratio * ratio * ratio)
            for index in first..<end {
                let right = overlaps[index].right
                let coefficient = inverses[index] * share * right
                coefficients.append(coefficient)
                let rest = right - values[index] * coefficient
                missed += rest * rest
                whole += right * right
            }
        }
        // The filter leaves out directions on purpose: its residual is information, not failure.
        return (coefficients, whole > 0 ? (missed / whole).squareRoot() : 0)
    }

    /// In parameter space. Collective.
    ///
    /// - Parameter isDistributed: whether all ranks factorise together.
    func solve(_ system: ParameterSystem, isDistributed: Bool) throws -> SolverReport {
        let jacobian = system.equation.jacobian
        let communicator = jacobian.space.communicator
        let tensor = try system.tensor()
        let size = system.right.count
        let report: SolverReport?
        if isDistributed {
            let (rows, entries) = try tensor.materialisedRows()
            let matrix = try DistributedSymmetricMatrix(
                communicator: communicator, size: size, rowCount: rows.count, rows: entries)
            report = try matrix.withEigensystem { try solve(system, $0) }
        } else {
            MemoryExhaustion.requireRoom(.bytes(ofReals: size, size))
            let matrix = try tensor.materialised()
            report = try DenseEigensystem(ofFirstRank: communicator) {
                SymmetricMatrix(size: size, entries: matrix)
            }.map { try solve(system, $0) }
        }
        return report ?? SolverReport(outcome: .notFinite, iterations: 0, residual: .nan)
    }

    private func solve(_ system: ParameterSystem, _ eigensystem: DenseEigensystem) throws -> SolverReport {
        let equation = system.equation
        let (jacobian, space) = (equation.jacobian, equation.jacobian.space)
        let components = space.components
        let size = system.right.count
        let right = system.right.values
        var overlaps: [Overlap] = []
        try eigensystem.forEachBlock { first, count, columns in
            let block = ParameterVector(jacobian.layout, vectors: count)
            block.storage.pointer.update(from: columns, count: count * size)
            let image = SampleVector(space, vectors: count)
            jacobian.apply(block, into: image)
            // ⟨Ō, v⟩: the means of the images.
            let means = (0..<count).flatMap { vector -> [Double] in
                let column = columns + vector * size
                return [ck_dot_d(equation.gradient.means.real.pointer, column, size)]
                    + (equation.gradient.means.imaginary.map { [ck_dot_d($0.pointer, column, size)] } ?? [])
            }
            let sums = try space.sums.sum(count: 2 * count) { _, samples, sums in
                sums.update(repeating: 0, count: 2 * count)
                for sample in samples {
                    let weight = space.weight(sample)
                    let own = image.pointer + sample * image.stride
                    let deviation = (
                        equation.localEnergies[2 * sample] - equation.meanEnergy.real,
                        equation.localEnergies[2 * sample + 1] - equation.meanEnergy.imaginary
                    )
                    for vector in 0..<count {
                        let place = vector * components
                        var summand = (own[place] - means[place]) * deviation.0
                        if components == 2 { summand += (own[place + 1] - means[place + 1]) * deviation.1 }
                        sums[2 * vector] += weight * summand
                        sums[2 * vector + 1] += weight * summand * summand
                    }
                }
            }
            for vector in 0..<count {
                let column = columns + vector * size
                let product = right.withUnsafeBufferPointer { $0.baseAddress.map { ck_dot_d($0, column, size) } ?? 0 }
                overlaps.append(
                    Overlap(right: product, mean: sums[2 * vector], meanSquare: sums[2 * vector + 1]))
            }
        }
        let (coefficients, residual) = coefficients(eigensystem.values, overlaps, samples: space.totalCount)
        let solution = try eigensystem.combination(coefficients)
        system.solution.setEach { solution[$0] }
        return SolverReport(outcome: .converged, iterations: 1, residual: residual)
    }

    /// In sample space. Collective.
    ///
    /// - Parameter isDistributed: whether all ranks factorise together.
    func solve(_ system: SampleSystem, isDistributed: Bool) throws -> SolverReport {
        let kernel = try system.kernel(forFactorisation: true)
        let communicator = kernel.space.communicator
        let report: SolverReport?
        if isDistributed {
            let matrix = try DistributedSymmetricMatrix(
                communicator: communicator, size: kernel.size, rowCount: kernel.rowCount, rows: kernel.entries,
                addedDiagonal: [system.shift])
            report = try matrix.withEigensystem { try solve(system, kernel, $0) }
        } else {
            let matrix = try kernel.matrixOnFirstRank(addedDiagonal: system.shift)
            report = try DenseEigensystem(ofFirstRank: communicator) {
                matrix ?? SymmetricMatrix(size: 0, entries: [])
            }.map { try solve(system, kernel, $0) }
        }
        return report ?? SolverReport(outcome: .notFinite, iterations: 0, residual: .nan)
    }

    private func solve(
        _ system: SampleSystem, _ kernel: SampleKernel, _ eigensystem: DenseEigensystem
    ) throws -> SolverReport {
        let space = kernel.space
        let components = space.components
        let energies = system.equation.centredEnergies()
        var overlaps: [Overlap] = []
        try eigensystem.forEachBlock { first, count, columns in
            let sums = try space.sums.sum(count: 3 * count) { _, samples, sums in
                sums.update(repeating: 0, count: 3 * count)
                for vector in 0..<count {
                    let own = columns + vector * kernel.size + kernel.firstRow
                    for sample in samples {
                        var (overlap, summand) = (0.0, 0.0)
                        for row in sample * components..<(sample + 1) * components {
                            overlap += own[row] * system.right[row]
                            summand += own[row] * energies[row]
                        }
                        sums[3 * vector] += overlap
                        sums[3 * vector + 1] += summand
                        sums[3 * vector + 2] += summand * summand / space.weight(sample)
                    }
                }
            }
            for vector in 0..<count {
                overlaps.append(
                    Overlap(
                        right: sums[3 * vector], mean: sums[3 * vector + 1], meanSquare: sums[3 * vector + 2]))
            }
        }
        let (coefficients, residual) = coefficients(eigensystem.values, overlaps, samples: space.totalCount)
        let solution = try eigensystem.combination(coefficients)
        for row in 0..<kernel.rowCount { system.solution[row] = solution[kernel.firstRow + row] }
        return SolverReport(outcome: .converged, iterations: 1, residual: residual)
    }

    /// What a solve sends.
    static func messages(_ problem: ReconfigurationProblem, isDistributed: Bool) -> SolverMessages {
        let distribution = problem.distribution
        let size = problem.size
        let isInParameters = problem.strategy.space == .parameters
        var fixed: [CollectiveRecord]
        let rows: Int
        if isInParameters {
            fixed = QuantumGeometricTensor.columnMessages(parameters: size)
            rows = Shard.block(of: size, rank: 0, size: distribution.ranks).count
        } else {
            fixed = problem.kernel(forFactorisation: true).messages
            rows = distribution.local * problem.components
            if !isDistributed, distribution.ranks > 1 { fixed.append(.reals(rows * size, .gather)) }
        }
        if isDistributed { fixed.append(.reals(1, .allGather)) }
        fixed += DenseEigensystem.messages(size: size, spreadRows: isDistributed ? rows : nil)
        fixed += stride(from: 0, to: size, by: DenseEigensystem.blockWidth).map { first in
            .reals((isInParameters ? 2 : 3) * min(DenseEigensystem.blockWidth, size - first))
        }
        return SolverMessages(fixed: fixed)
    }
}
