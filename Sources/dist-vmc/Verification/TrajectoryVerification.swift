import Communication
import DistQGT

/// A file of format `distqgt-trajectory-1`: optimisations by full summation over a given basis, made by
/// the same steps as a run.
struct TrajectoryVerification: Verification {
    private struct Run {
        let root: ReferenceValue
        let forceFactor: Double
        let energies: [Double]
        let variances: [Double]
        let finalParameters: [Double]
    }

    private static let exactEnergyKey = "exact_ground_state_energy"

    let notChecked: [String]
    private let root: ReferenceValue
    private let problem: Problem
    private let ansatz: any Ansatz
    private let layout: ParameterLayout
    private let parameters: [Double]
    private let basis: Configurations
    private let steps: Int
    private let learningRate: Double
    private let diagonalShift: Double
    private let runs: [Run]
    private let exactEnergy: Double?

    init(_ root: ReferenceValue) throws {
        self.root = root
        let (problem, model) = try StateReference.problemAndModel(root)
        self.problem = problem
        ansatz = model.ansatz
        let layout = ParameterLayout(leaves: ansatz.leaves.map(\.leaf))
        self.layout = layout
        parameters = try StateReference.parameters(root, layout)
        basis = Configurations(
            siteCount: problem.siteCount,
            spins: try root.required("basis").configurations(dimensions: 2, of: problem).spins)
        let steps = try root.required("steps").integer(0...Int(Int32.max))
        self.steps = steps
        learningRate = try root.required("learning_rate").number()
        diagonalShift = try root.required("diag_shift").number()
        runs = try root.required("runs").elements().map { run in
            Run(
                root: run, forceFactor: try run.required("force_factor").number(),
                energies: try run.required("energies").numbers(count: steps + 1, nullable: true),
                variances: try run.required("variances").numbers(count: steps + 1, nullable: true),
                finalParameters: try run.required("final_parameters").tree(layout, nullable: true))
        }
        exactEnergy = try root.optional(Self.exactEnergyKey)?.number()
        if exactEnergy != nil { try ExactReference.validate(problem, root) }

        var checked = runs.flatMap { run in
            ["energies", "variances", "final_parameters"].map { "\(run.root.path).\($0)" }
        }
        if exactEnergy != nil { checked.append(Self.exactEnergyKey) }
        notChecked = UncheckedQuantities.paths(
            in: root,
            inputs: [
                "format", "name", "source", "lattice", "hamiltonian", "hilbert", "model", "differentiation",
                "parameters", "parameter_order", "basis", "steps", "learning_rate", "diag_shift", "runs[].force_factor",
                "runs[].netket_vmc_max_abs_energy_difference",
            ],
            checked: checked)
    }

    func compare(on world: Communicator) throws -> [Comparison] {
        var comparisons: [Comparison] = []
        if let exactEnergy {
            let (energies, _) = try ExactReference.lowestEnergies(of: problem, count: 1, for: root, on: world)
            comparisons.append(Comparison(Self.exactEnergyKey, Comparison.relativeError(energies, [exactEnergy])))
        }
        for run in runs {
            // Every solver in both spaces follows the trajectory: the error is the largest one.
            var found: [Trajectory] = []
            for solver in StateEvaluation.solvers(layout) {
                for strategy in [ReconfigurationStrategy.parameters, .samples] {
                    found.append(try optimise(solver, by: strategy, forceFactor: run.forceFactor, on: world))
                }
            }
            func add(_ key: String, _ quantity: (Trajectory) -> [Double], _ expected: [Double]) {
                let errors = found.map { Comparison.relativeError(quantity($0), expected) }
                comparisons.append(
                    Comparison(
                        "\(run.root.path).\(key)", errors.contains { $0.isNaN } ? .nan : errors.max() ?? .nan,
                        kind: .solved))
            }
            add("energies", \.energies, run.energies)
            add("variances", \.variances, run.variances)
            add("final_parameters", \.parameters, run.finalParameters)
        }
        return comparisons
    }

    private struct Trajectory {
        var energies: [Double]
        var variances: [Double]
        var parameters: [Double]
    }

    /// The energies and variances before each step and after the last, and the parameters there. Where the
    /// optimisation diverges, what would follow is NaN. Collective.
    private func optimise(
        _ solver: any ReconfigurationSolver, by strategy: ReconfigurationStrategy, forceFactor: Double,
        on world: Communicator
    ) throws -> Trajectory {
        let state = NeuralQuantumState(ansatz, reading: problem.encoder)
        for (index, value) in parameters.enumerated() { state.parameters[index] = value }
        state.parametersChanged()
        let shard = Shard.block(of: basis.count, rank: world.rank, size: world.size)
        let summation = try FullSummation(dimension: basis.count, shard: shard) { range in
            let sites = basis.siteCount
            return Configurations(
                siteCount: sites, spins: Array(basis.spins[range.lowerBound * sites..<range.upperBound * sites]))
        }
        // The solution is linear in the forces.
        let driver = try GroundStateDriver(
            state: MonteCarloState(state, in: problem.space, summing: summation, communicator: world),
            hamiltonian: problem.hamiltonian, optimiser: Optimiser(.gradientDescent),
            learningRate: .constant(learningRate * forceFactor),
            reconfiguration: StochasticReconfiguration(
                solvers: [solver], by: strategy, diagonalShift: .constant(diagonalShift)))

        var energies = [Double](repeating: .nan, count: steps + 1)
        var variances = energies
        do {
            for step in 0...steps {
                let energy = try step < steps ? driver.advance().energy : driver.energy.measured(samples: 0)
                energies[step] = energy.statistics.mean.real
                variances[step] = energy.statistics.variance
            }
        } catch  where error is DivergenceError || error is NotFiniteError || error is SamplerError {
            // All are thrown on every rank alike.
            return Trajectory(
                energies: energies, variances: variances, parameters: [Double](repeating: .nan, count: layout.count))
        }
        return Trajectory(energies: energies, variances: variances, parameters: state.parameters.values)
    }
}
