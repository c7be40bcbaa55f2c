import Communication
import DistQGT
import Foundation

/// A file of format `distqgt-dynamics-1`: evolutions of a variational state by full summation over a given basis, in steps of
/// one size, made by the driver of `dist-vmc evolve`; beside each the exact evolution from the same state.
struct DynamicsVerification: Verification {
    private struct Run {
        let root: ReferenceValue
        let time: EvolutionTime
        let tableau: RungeKuttaTableau
        let size: Double
        let steps: Int
        let diagonalShift: Double
        let times: [Double]
        let finalParameters: [Double]
        /// By key: lists of the variational and of the exact evolution.
        let lists: [(key: String, values: [Double])]
        let exact: [(key: String, values: [Double])]
    }

    private static let listKeys = [
        "energies", "energies_imag", "variances", "sx", "szsz", "residual_squared", "residual_absolute",
    ]
    private static let exactKeys = ["sx", "szsz", "energy"]

    let notChecked: [String]
    private let root: ReferenceValue
    private let problem: Problem
    private let ansatz: any Ansatz
    private let layout: ParameterLayout
    private let parameters: [Double]
    private let basis: Configurations
    private let runs: [Run]

    init(_ root: ReferenceValue) throws {
        self.root = root
        let (problem, model) = try StateReference.problemAndModel(root)
        self.problem = problem
        try ExactReference.validate(problem, root)
        try ExactTrajectory.requireSpins(problem, root)
        ansatz = model.ansatz
        let layout = ParameterLayout(leaves: ansatz.leaves.map(\.leaf))
        self.layout = layout
        parameters = try StateReference.parameters(root, layout)
        basis = Configurations(
            siteCount: problem.siteCount,
            spins: try root.required("basis").configurations(dimensions: 2, of: problem).spins)
        let hasPhases = NeuralQuantumState(model.ansatz, reading: problem.encoder).isComplex
        runs = try root.required("runs").elements().map { try Self.run($0, layout, hasPhases: hasPhases) }

        let checked = runs.flatMap { run in
            (run.lists.map(\.key) + ["final_parameters"] + run.exact.map { "exact.\($0.key)" }).map {
                "\(run.root.path).\($0)"
            }
        }
        notChecked = UncheckedQuantities.paths(
            in: root,
            inputs: [
                "format", "name", "source", "lattice", "hamiltonian", "hilbert", "model", "differentiation",
                "parameters", "parameter_order", "basis", "runs[].dt", "runs[].steps", "runs[].diag_shift",
                "runs[].times", "runs[].evolution", "runs[].integrator",
            ],
            checked: checked)
    }

    private static func run(_ root: ReferenceValue, _ layout: ParameterLayout, hasPhases: Bool) throws -> Run {
        let evolution = try root.required("evolution")
        guard let time = EvolutionTime(rawValue: try evolution.string()) else {
            throw ValueKind.unknown(
                try evolution.string(), among: EvolutionTime.allCases.map(\.rawValue), at: evolution.node)
        }
        guard time == .imaginary || hasPhases else {
            throw evolution.error("log psi of this network is real, and evolves in imaginary time only")
        }
        let integrator = try root.required("integrator")
        guard let tableau = RungeKuttaTableau(named: try integrator.string()) else {
            throw ValueKind.unknown(
                try integrator.string(), among: RungeKuttaTableau.all.map(\.name), at: integrator.node)
        }
        let steps = try root.required("steps").integer(1...Int(Int32.max))
        let dt = try root.required("dt")
        let size = try dt.number()
        guard size > 0 else { throw dt.error("found \(size); accepted: a number > 0") }
        let shift = try root.required("diag_shift")
        guard try shift.number() >= 0 else { throw shift.error("accepted: a number >= 0") }
        func lists(_ keys: [String], of value: ReferenceValue) throws -> [(key: String, values: [Double])] {
            try keys.compactMap { key in
                try value.optional(key).map { (key, try $0.numbers(count: steps + 1, nullable: true)) }
            }
        }
        return Run(
            root: root, time: time, tableau: tableau, size: size, steps: steps, diagonalShift: try shift.number(),
            times: try ExactTrajectory.times(root.required("times"), count: steps + 1),
            finalParameters: try root.required("final_parameters").tree(layout, nullable: true),
            lists: try lists(Self.listKeys, of: root),
            exact: try root.optional("exact").map { try lists(Self.exactKeys, of: $0) } ?? [])
    }

    func compare(on world: Communicator) throws -> [Comparison] {
        try runs.flatMap { run in
            // The dense equation in both spaces: the error is the larger one.
            let found = try [ReconfigurationStrategy.parameters, .samples].map { try evolve(run, by: $0, on: world) }
            var comparisons = run.lists.map { key, expected in
                compared(run, key, found.map { $0.list(key) }, expected)
            }
            comparisons.append(
                compared(run, "final_parameters", found.map(\.parameters), run.finalParameters))
            guard !run.exact.isEmpty else { return comparisons }
            let exact = try ExactTrajectory(
                of: problem, run.time, from: amplitudes, at: run.times, for: root, on: world
            ).values
            comparisons += run.exact.map { key, expected in
                let list =
                    switch key {
                    case "sx": exact.map(\.x)
                    case "szsz": exact.map(\.bondsZZ)
                    default: exact.map(\.energy)
                    }
                return compared(run, "exact.\(key)", [list], expected)
            }
            return comparisons
        }
    }

    private func compared(_ run: Run, _ key: String, _ found: [[Double]], _ expected: [Double]) -> Comparison {
        // Means of Pauli matrices, and what vanishes of a Hermitian operator, are zero up to the rounding of ones.
        let unit = ["sx", "szsz", "energies_imag", "exact.sx", "exact.szsz"].contains(key) ? 1.0 : nil
        let errors = found.map { Comparison.relativeError($0, expected, unit: unit) }
        return Comparison(
            "\(run.root.path).\(key)", errors.contains { $0.isNaN } ? .nan : errors.max() ?? .nan, kind: .evolved)
    }

    // MARK: The evolution

    private struct Trajectory {
        var energies: [Double]
        var imaginaryEnergies: [Double]
        var variances: [Double]
        var residuals: [Double]
        var x: [Double]
        var bondsZZ: [Double]
        var parameters: [Double]

        func list(_ key: String) -> [Double] {
            switch key {
            case "energies": energies
            case "energies_imag": imaginaryEnergies
            case "variances": variances
            case "sx": x
            case "szsz": bondsZZ
            case "residual_squared": zip(residuals, variances).map { $0 / $1 }
            default: residuals
            }
        }
    }

    private func makeState() -> NeuralQuantumState {
        let state = NeuralQuantumState(ansatz, reading: problem.encoder)
        for (index, value) in parameters.enumerated() { state.parameters[index] = value }
        state.parametersChanged()
        return state
    }

    /// ψ at the parameters of the file.
    private func amplitudes(_ configurations: Configurations) -> [Double] {
        let evaluator = makeState().amplitudes(blockRows: MonteCarloState.localEnergyBlockRows)
        let logPsi = evaluator.logPsi(of: configurations)
        // In units of one state's amplitude, the same on every rank.
        let first = Configurations(siteCount: basis.siteCount, spins: Array(basis[row: 0]))
        let unit = evaluator.logPsi(of: first)[0]
        return (0..<configurations.count).flatMap { row -> [Double] in
            let modulus = exp(logPsi[2 * row] - unit)
            return [modulus * cos(logPsi[2 * row + 1]), modulus * sin(logPsi[2 * row + 1])]
        }
    }

    /// What is measured before each step and after the last. Where the evolution diverges, what would follow is NaN.
    /// Collective.
    private func evolve(
        _ run: Run, by strategy: ReconfigurationStrategy, on world: Communicator
    ) throws -> Trajectory {
        let waveFunction = makeState()
        let shard = Shard.block(of: basis.count, rank: world.rank, size: world.size)
        let summation = try FullSummation(dimension: basis.count, shard: shard) { range in
            let sites = basis.siteCount
            return Configurations(
                siteCount: sites, spins: Array(basis.spins[range.lowerBound * sites..<range.upperBound * sites]))
        }
        let state = try MonteCarloState(waveFunction, in: problem.space, summing: summation, communicator: world)
        let driver = try EvolutionDriver(
            state: state, hamiltonian: problem.hamiltonian, time: run.time, tableau: run.tableau,
            times: EvolutionTimes(step: run.size, end: run.size * Double(run.steps)),
            reconfiguration: StochasticReconfiguration(
                solvers: [CholeskySolver()], by: strategy, diagonalShift: .constant(run.diagonalShift)))
        let averages = PauliAverages(problem)
        let unknown = [Double](repeating: .nan, count: run.steps + 1)
        var trajectory = Trajectory(
            energies: unknown, imaginaryEnergies: unknown, variances: unknown, residuals: unknown, x: unknown,
            bondsZZ: unknown, parameters: [Double](repeating: .nan, count: layout.count))
        do {
            for step in 0...run.steps {
                let report = try step == 0 ? driver.begin() : driver.advance()
                let statistics = report.energy.statistics
                trajectory.energies[step] = statistics.mean.real
                trajectory.imaginaryEnergies[step] = statistics.mean.imaginary
                trajectory.variances[step] = statistics.variance
                trajectory.residuals[step] = report.residual
                let measurement = StateMeasurement(
                    state, hamiltonian: problem.hamiltonian, observables: averages.observables, subsystems: [])
                let values = averages.values(of: try measurement.summed(summation))
                trajectory.x[step] = values.x
                trajectory.bondsZZ[step] = values.bondsZZ
            }
        } catch  where error is DivergenceError || error is NotFiniteError || error is SamplerError {
            // All are thrown on every rank alike.
            return trajectory
        }
        trajectory.parameters = waveFunction.parameters.values
        return trajectory
    }
}
