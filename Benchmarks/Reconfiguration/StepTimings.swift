import Communication
import DistQGT
import Measurement
import Numerics

/// Seconds of the parts of a step for one network.
struct StepTimings {
    private static let diagonalShift = 0.01
    private static let tolerance = 1e-6

    private let network: BenchmarkNetwork
    private let parameterCount: Int
    private let linearise: Double
    private let product: Double
    private let singleProduct: Double
    private let gram: Double
    private let rows: Double
    private let cholesky: Double
    private let update: Double
    private let minSR: Double
    private let storing: Double
    private let storedProduct: Double
    private let storedSingleProduct: Double
    /// By variant.
    private let iterations: [Iteration]

    private struct Iteration {
        let seconds: Double
        let report: SolverReport?
    }

    /// A solve by conjugate gradients.
    private struct Variant {
        let name: String
        let strategy: ReconfigurationStrategy
        var isSingle = false
        var isPreconditioned = false

        static let all = [
            Variant(name: "parameter space", strategy: .parameters),
            Variant(name: "parameter space, Jacobi", strategy: .parameters, isPreconditioned: true),
            Variant(name: "parameter space, single precision", strategy: .parameters, isSingle: true),
            Variant(name: "parameter space, stored", strategy: .parametersByRows),
            Variant(
                name: "parameter space, stored in single precision", strategy: .parametersByRows, isSingle: true),
            Variant(name: "sample space on T", strategy: .samples),
            Variant(name: "sample space on T, Jacobi", strategy: .samples, isPreconditioned: true),
            Variant(name: "sample space without T", strategy: .samplesByProducts),
        ]
    }

    /// Collective.
    init(_ network: BenchmarkNetwork, samples: Int, on world: Communicator, _ stopwatch: Stopwatch) throws {
        self.network = network
        let sampled = try network.sampled(network.ansatz, samples: samples, on: world)
        let state = sampled.state
        parameterCount = state.layout.count
        linearise = try stopwatch.seconds { _ = state.linearise(sampled.configurations, in: sampled.space) }
        let jacobian = state.linearise(sampled.configurations, in: sampled.space)
        let mean = try Self.mean(sampled)
        let gradient = try EnergyGradient(jacobian, localEnergies: sampled.localEnergies, mean: mean)
        func equation(rows: StoredJacobian? = nil) -> ReconfigurationEquation {
            ReconfigurationEquation(
                jacobian: jacobian, gradient: gradient, localEnergies: sampled.localEnergies, meanEnergy: mean,
                diagonalShift: Self.diagonalShift, rows: rows)
        }
        product = try Self.product(jacobian, gradient, stopwatch)
        singleProduct = try Self.product(jacobian.inSinglePrecision(), gradient, stopwatch)
        let rowsInDouble = StoredJacobian()
        storing = try stopwatch.seconds { _ = rowsInDouble.fill(from: jacobian) }
        storedProduct = try Self.product(rowsInDouble.fill(from: jacobian), gradient, stopwatch)

        gram = try stopwatch.seconds { _ = try SampleKernel(jacobian, construction: .gram) }
        rows = try stopwatch.seconds { _ = try SampleKernel(jacobian, construction: .rows) }
        let kernel = try SampleKernel(jacobian)
        let weights = SampleVector(sampled.space)
        for index in 0..<kernel.rowCount { weights[index] = 1 / Double(1 + kernel.firstRow + index) }
        cholesky = try stopwatch.seconds {
            let matrix = try DistributedSymmetricMatrix(
                communicator: world, size: kernel.size, rowCount: kernel.rowCount, rows: kernel.entries,
                addedDiagonal: [Self.diagonalShift])
            _ = try matrix.solveByCholesky(weights.values)
        }
        let map = CentredJacobian(jacobian)
        let direction = map.makeDomainVector()
        update = try stopwatch.seconds { try map.applyTransposed(weights, into: direction) }
        minSR = try stopwatch.seconds { _ = try equation().solve(CholeskySolver(), by: .samples) }
        let solver = ConjugateGradient(tolerance: Self.tolerance, maximumIterations: 2000)
        func iteration(_ variant: Variant, rows: StoredJacobian?) throws -> Iteration {
            var report: SolverReport?
            let equation = equation(rows: rows)
            let solver = ConjugateGradientSolver(
                solver, multipliesInSinglePrecision: variant.isSingle, isPreconditioned: variant.isPreconditioned)
            let seconds = try stopwatch.seconds {
                report = try equation.solve(solver, by: variant.strategy).report
            }
            return Iteration(seconds: seconds, report: report)
        }
        let inDouble = try Variant.all.filter { !$0.isSingle }.map {
            ($0.name, try iteration($0, rows: rowsInDouble))
        }
        rowsInDouble.release()
        let rowsInSingle = StoredJacobian(isSingle: true)
        storedSingleProduct = try Self.product(rowsInSingle.fill(from: jacobian), gradient, stopwatch)
        let inSingle = try Variant.all.filter(\.isSingle).map {
            ($0.name, try iteration($0, rows: rowsInSingle))
        }
        let byName = Dictionary(uniqueKeysWithValues: inDouble + inSingle)
        iterations = Variant.all.compactMap { byName[$0.name] }
    }

    private static func mean(_ sampled: BenchmarkNetwork.Sampled) throws -> Complex<Double> {
        var sums = [0.0, 0.0]
        for (index, value) in sampled.localEnergies.enumerated() { sums[index % 2] += value }
        try sampled.space.communicator.allReduce(&sums)
        let count = Double(sampled.space.totalCount)
        return Complex(sums[0] / count, sums[1] / count)
    }

    private static func product(
        _ jacobian: Linearisation, _ gradient: EnergyGradient, _ stopwatch: Stopwatch
    ) throws -> Double {
        let tensor = try QuantumGeometricTensor(jacobian, means: gradient.means, diagonalShift: diagonalShift)
        let image = gradient.forces.makeZero()
        return try stopwatch.seconds { try tensor.apply(gradient.forces, into: image) }
    }

    static func table(_ columns: [StepTimings]) -> String {
        func row(_ name: String, _ value: (StepTimings) -> String) -> [String] { [name] + columns.map(value) }
        func time(_ name: String, _ value: (StepTimings) -> Double) -> [String] {
            row(name) { Figures.milliseconds(value($0)) }
        }
        let solves = Variant.all.enumerated().map { index, variant in
            row("cg, \(variant.name)") {
                let iteration = $0.iterations[index]
                guard let report = iteration.report else { return "" }
                return "\(Figures.milliseconds(iteration.seconds)) (\(report.iterations) iterations"
                    + (report.outcome == .converged ? ")" : ", \(report.outcome.rawValue))")
            }
        }
        return Figures.table(
            ["milliseconds"] + columns.map(\.network.name),
            [
                row("parameters (real numbers)") { "\($0.parameterCount)" },
                time("linearise", \.linearise),
                time("S·v", \.product),
                time("S·v in single precision", \.singleProduct),
                time("rows of the Jacobian into memory", \.storing),
                time("S·v from rows", \.storedProduct),
                time("S·v from rows in single precision", \.storedSingleProduct),
                time("T by Gram matrices", \.gram),
                time("T by rows", \.rows),
                row("rows / Gram matrices") { Figures.short($0.rows / $0.gram) },
                time("Cholesky and solve", \.cholesky),
                time("update (Jᵀ)", \.update),
                time("minSR in all (T, Cholesky, solve, update)", \.minSR),
            ] + solves)
            + "\nConjugate gradients (cg) to a residual of \(tolerance) at shift \(diagonalShift), each with all that "
            + "the solve takes: rows, diagonal, T, update. Iterations in single precision are those of all corrections.\n"
    }
}
