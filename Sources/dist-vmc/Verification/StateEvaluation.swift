import Communication
import DistQGT
import Numerics

/// The variational state of a reference file, evaluated on its samples: each rank has a contiguous range
/// of them, which need not be of equal length, and may be empty.
final class StateEvaluation {
    let world: Communicator
    /// This rank's range of the samples.
    let shard: Shard
    /// Of the local samples, (re, im) in turn: from the linearisation, and as samplers evaluate it.
    let logPsi: [Double]
    let logPsiOfBlocks: [Double]
    let localEnergies: [Double]
    let statistics: EnergyStatistics
    /// |ψ|² of the local samples over its sum; NaN if log ψ is not a number somewhere.
    let probabilities: [Double]
    let gradient: EnergyGradient
    private let jacobian: Linearisation
    /// E_loc of the samples that `jacobian` has.
    private let keptEnergies: [Double]
    private let state: NeuralQuantumState

    /// Conjugate gradients to the smallest residual that rounding allows: a solve ends when starting anew
    /// from the true residual no longer helps.
    static func solver(_ layout: ParameterLayout) -> ConjugateGradient {
        let limit = 20_000 + 20 * layout.count
        return ConjugateGradient(tolerance: 1e-16, maximumIterations: limit, residualInterval: limit)
    }

    /// Collective.
    init(_ reference: StateReference, on world: Communicator) throws {
        self.world = world
        let shard = Shard.block(of: reference.sampleCount, rank: world.rank, size: world.size)
        self.shard = shard
        let state = NeuralQuantumState(reference.ansatz, reading: reference.problem.encoder)
        for (index, value) in reference.parameters.enumerated() { state.parameters[index] = value }
        state.parametersChanged()
        self.state = state

        let siteCount = reference.problem.siteCount
        let configurations = Configurations(
            siteCount: siteCount,
            spins: Array(reference.spins[shard.offset * siteCount..<(shard.offset + shard.count) * siteCount]))
        let weights = reference.probabilities.map { Array($0[shard.range]) }
        var jacobian = state.linearise(
            configurations,
            in: SampleSpace(
                communicator: world, localCount: shard.count, totalCount: reference.sampleCount,
                isComplex: state.isComplex, probabilities: weights))
        logPsi = jacobian.logPsi
        (logPsiOfBlocks, probabilities) = try Self.amplitudes(
            state, configurations, reference.sampleCount, shard, world)

        let energies = LocalEnergies(
            of: reference.problem.hamiltonian, in: state.amplitudes(blockRows: 128)
        ).evaluate(configurations, logPsi: logPsi)
        localEnergies = energies
        if let weights {
            statistics = try .ofFullSummation(energies: energies, probabilities: weights, communicator: world)
        } else {
            statistics = try .ofChains(
                energies: energies, offset: shard.offset, chains: reference.chains,
                length: reference.chainLength, communicator: world)
        }

        // Where p = 0 the derivatives mean nothing, and such states are left out.
        var keptEnergies = energies
        if let weights, let all = reference.probabilities, all.contains(0) {
            let kept = weights.indices.filter { weights[$0] > 0 }
            keptEnergies = kept.flatMap { energies[2 * $0...2 * $0 + 1] }
            jacobian = state.linearise(
                Configurations(siteCount: siteCount, spins: kept.flatMap { configurations[row: $0] }),
                in: SampleSpace(
                    communicator: world, localCount: kept.count, totalCount: all.count { $0 > 0 },
                    isComplex: state.isComplex, probabilities: kept.map { weights[$0] }))
        }
        self.jacobian = jacobian
        self.keptEnergies = keptEnergies
        gradient = try EnergyGradient(jacobian, localEnergies: keptEnergies, mean: statistics.mean)
    }

    /// log ψ in blocks, and |ψ|²/Σ|ψ|², as a full summation over the samples has them. Collective.
    private static func amplitudes(
        _ state: NeuralQuantumState, _ configurations: Configurations, _ total: Int, _ shard: Shard,
        _ world: Communicator
    ) throws -> (logPsi: [Double], probabilities: [Double]) {
        let summation = try FullSummation(dimension: total, shard: shard) { _ in configurations }
        do {
            let samples = try summation.evaluate(state.amplitudes(blockRows: 128), communicator: world)
            return (samples.logPsi, samples.probabilities)
        } catch is SamplerError {
            // On every rank alike: ψ is not a number, or zero everywhere.
            return ([Double](repeating: .nan, count: 2 * shard.count), [Double](repeating: .nan, count: shard.count))
        }
    }

    /// S v without shift. Collective.
    func product(_ vector: [Double], centring: QuantumGeometricTensor.Centring) throws -> [Double] {
        let tensor = try QuantumGeometricTensor(jacobian, means: gradient.means, centring: centring)
        let image = tensor.makeCodomainVector()
        var stopFlag = 0.0
        try tensor.apply(ParameterVector(jacobian.layout, values: vector), into: image, stopFlag: &stopFlag)
        return image.values
    }

    /// diag(S), from rows and factors. Collective.
    func diagonal() throws -> [Double] { try DiagonalOfS.compute(jacobian, means: gradient.means).values }

    /// S without shift, from products with unit vectors, in the flat order of the layout. Collective.
    func matrix() throws -> [Double] { try QuantumGeometricTensor(jacobian, means: gradient.means).materialised() }

    /// The SR equation of these samples.
    func equation(
        diagonalShift: Double, diagonalScale: Double = 0, momentum: Double = 0, previous: [Double]? = nil
    ) -> ReconfigurationEquation {
        ReconfigurationEquation(
            jacobian: jacobian, gradient: gradient, localEnergies: keptEnergies, meanEnergy: statistics.mean,
            diagonalShift: diagonalShift, diagonalScale: diagonalScale, momentum: momentum,
            previous: previous.map { ParameterVector(jacobian.layout, values: $0) })
    }

    /// Every solver, as near to the solution as rounding allows.
    static func solvers(_ layout: ParameterLayout) -> [any ReconfigurationSolver] {
        let iterative = solver(layout)
        return [
            ConjugateGradientSolver(iterative),
            MinimalResidualSolver(
                MinimalResidual(tolerance: iterative.tolerance, maximumIterations: iterative.maximumIterations)),
            CholeskySolver(), SmoothPseudoInverseSolver(cutoff: 1e-14, smoothTolerance: 1e-14),
        ]
    }

    /// The solutions that every solver in every space gives. Collective.
    func solutions(of equation: ReconfigurationEquation) throws -> [[Double]] {
        var directions: [ParameterVector] = []
        for solver in Self.solvers(jacobian.layout) {
            for strategy in [ReconfigurationStrategy.parameters, .samples] {
                directions.append(try equation.solve(solver, by: strategy).direction)
            }
        }
        directions.append(try equation.solve(CholeskySolver(), by: .samples, construction: .rows).direction)
        return directions.map(\.values)
    }

    /// One solution: by conjugate gradients in parameter space, by Cholesky in sample space. Collective.
    func direction(of equation: ReconfigurationEquation, inSampleSpace: Bool) throws -> [Double] {
        let solved =
            inSampleSpace
            ? try equation.solve(CholeskySolver(), by: .samples)
            : try equation.solve(ConjugateGradientSolver(Self.solver(jacobian.layout)), by: .parameters)
        return solved.direction.values
    }
}
