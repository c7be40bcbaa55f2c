import DistQGT
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
    private let parameterIteration: Iteration
    private let sampleIteration: Iteration

    private struct Iteration {
        let seconds: Double
        let report: SolverReport?
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
        let equation = ReconfigurationEquation(
            jacobian: jacobian, gradient: gradient, localEnergies: sampled.localEnergies, meanEnergy: mean,
            diagonalShift: Self.diagonalShift)
        product = try Self.product(jacobian, gradient, stopwatch)
        singleProduct = try Self.singleProduct(network, samples: samples, on: world, stopwatch)

        gram = try stopwatch.seconds { _ = try SampleKernel(jacobian, construction: .gram) }
        rows = try stopwatch.seconds { _ = try SampleKernel(jacobian, construction: .rows) }
        let kernel = try SampleKernel(jacobian)
        let weights = SampleVector(sampled.space)
        for index in 0 ..< kernel.rowCount { weights[index] = 1 / Double(1 + kernel.firstRow + index) }
        cholesky = try stopwatch.seconds {
            let matrix = try DistributedSymmetricMatrix(
                communicator: world, size: kernel.size, rowCount: kernel.rowCount, rows: kernel.entries,
                addedDiagonal: [Self.diagonalShift])
            _ = try matrix.solveByCholesky(weights.values)
        }
        let map = CentredJacobian(jacobian)
        let direction = map.makeDomainVector()
        update = try stopwatch.seconds { try map.applyTransposed(weights, into: direction) }
        minSR = try stopwatch.seconds { _ = try equation.solve(.cholesky, in: .samples) }
        let solver = ConjugateGradient(tolerance: Self.tolerance, maximumIterations: 2000)
        func iteration(_ space: ReconfigurationSpace) throws -> Iteration {
            var report: SolverReport?
            let seconds = try stopwatch.seconds {
                report = try equation.solve(.conjugateGradient(solver), in: space).report
            }
            return Iteration(seconds: seconds, report: report)
        }
        parameterIteration = try iteration(.parameters)
        sampleIteration = try iteration(.samples)
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

    private static func singleProduct(
        _ network: BenchmarkNetwork, samples: Int, on world: Communicator, _ stopwatch: Stopwatch
    ) throws -> Double {
        let sampled = try network.sampled(network.single, samples: samples, on: world)
        let jacobian = sampled.state.linearise(sampled.configurations, in: sampled.space)
        let gradient = try EnergyGradient(jacobian, localEnergies: sampled.localEnergies, mean: mean(sampled))
        return try product(jacobian, gradient, stopwatch)
    }

    static func table(_ columns: [StepTimings]) -> String {
        func row(_ name: String, _ value: (StepTimings) -> String) -> [String] { [name] + columns.map(value) }
        func time(_ name: String, _ value: (StepTimings) -> Double) -> [String] {
            row(name) { Figures.milliseconds(value($0)) }
        }
        func iteration(_ name: String, _ value: (StepTimings) -> Iteration) -> [String] {
            row(name) {
                let iteration = value($0)
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
                iteration("cg to \(tolerance), shift \(diagonalShift), parameter space", \.parameterIteration),
                time("T by Gram matrices", \.gram),
                time("T by rows", \.rows),
                row("rows / Gram matrices") { Figures.short($0.rows / $0.gram) },
                time("Cholesky and solve", \.cholesky),
                time("update (Jᵀ)", \.update),
                time("minSR in all (T, Cholesky, solve, update)", \.minSR),
                iteration("cg to \(tolerance) on T, with T and update", \.sampleIteration),
            ])
    }
}
