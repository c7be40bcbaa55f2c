import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

private let pseudoInverse = SmoothPseudoInverseSolver(cutoff: 1e-12, smoothTolerance: 1e-9)

@Suite struct EvolutionDriverTests {
    /// θ̇ and its residual from ψ alone: derivatives by differences of ψ, H as a sum of Kronecker products.
    private func reference(
        _ problem: DenseRing, _ parameters: [Double], _ time: EvolutionTime, shift: Double
    ) throws -> (slope: [Double], residual: Double, variance: Double) {
        let psi = try problem.amplitudes(parameters)
        let dimension = psi.count
        let norm = psi.reduce(0) { $0 + $1.lengthSquared }
        let p = psi.map { $0.lengthSquared / norm }
        let energies = (0..<dimension).map { row in
            (0..<dimension).reduce(Complex<Double>.zero) { $0 + problem.matrix[row, $1] * psi[$1] } / psi[row]
        }
        let h = 1e-4
        let derivatives = try parameters.indices.map { index -> [Complex<Double>] in
            func moved(_ steps: Double) throws -> [Complex<Double>] {
                var moved = parameters
                moved[index] += steps * h
                return try problem.amplitudes(moved)
            }
            let (a, b, c, d) = (try moved(-2), try moved(-1), try moved(1), try moved(2))
            return (0..<dimension).map { s in
                (a[s] - Complex(8) * b[s] + Complex(8) * c[s] - d[s]) / Complex(12 * h) / psi[s]
            }
        }
        func centred(_ values: [Complex<Double>]) -> [Complex<Double>] {
            let mean = zip(p, values).reduce(Complex<Double>.zero) { $0 + Complex($1.0) * $1.1 }
            return values.map { $0 - mean }
        }
        let o = derivatives.map(centred)
        let rate = centred(energies.map { time == .real ? Complex(0, -1) * $0 : -$0 })
        func product(_ x: [Complex<Double>], _ y: [Complex<Double>]) -> Double {
            (0..<dimension).reduce(0) { $0 + p[$1] * (x[$1].conjugate * y[$1]).real }
        }
        var matrix = o.map { x in o.map { product(x, $0) } }
        for index in matrix.indices { matrix[index][index] += shift }
        let slope = solvedByElimination(matrix, o.map { product($0, rate) })
        let rest = (0..<dimension).map { s in
            zip(slope, o).reduce(-rate[s]) { $0 + Complex($1.0) * $1.1[s] }
        }
        return (slope, product(rest, rest), product(rate, rate))
    }

    @Test(arguments: EvolutionTime.allCases) func theDerivativeOfADenseCalculation(_ time: EvolutionTime) throws {
        for (sites, alpha) in [(4, 1.0), (5, 0.6)] {
            let problem = try DenseRing(sites: sites, field: 0.7, alpha: alpha)
            for strategy in [ReconfigurationStrategy.parameters, .samples] {
                let state = problem.makeState()
                let expected = try reference(problem, state.parameters.values, time, shift: 1e-3)
                let driver = try problem.driver(
                    state, time, .euler, EvolutionTimes(step: 0.01, end: 1), shift: 1e-3, strategy: strategy)
                let report = try driver.begin()
                let slope = try #require(driver.derivative).slope.values
                #expect(largestDifference(slope, expected.slope) < 1e-8)
                #expect(abs(report.residual - expected.residual) < 1e-8)
                #expect(abs(report.relativeResidual - expected.residual / expected.variance) < 1e-8)
                // One step of Euler.
                let before = state.parameters.values
                _ = try driver.advance()
                #expect(
                    largestDifference(state.parameters.values, zip(before, slope).map { $0 + 0.01 * $1 }) < 1e-14)
            }
        }
    }

    /// A network with more parameters than the state has directions follows exactly, within the error that was asked for.
    @Test(arguments: RungeKuttaTableau.all.filter(\.isAdaptive), [1e-3, 1e-5])
    func theErrorThatIsAskedFor(_ tableau: RungeKuttaTableau, _ tolerance: Double) throws {
        let problem = try DenseRing(sites: 4, field: 0.8, alpha: 3)
        let state = problem.makeState()
        let start = try problem.amplitudes(state.parameters.values)
        let driver = try problem.driver(
            state, .real, tableau, EvolutionTimes(step: 0.01, end: 0.5, interval: 0.25),
            control: StepSizeControl(tolerance: tolerance), solver: pseudoInverse)
        var report = try driver.begin()
        var worstResidual = report.relativeResidual
        while !driver.isOver {
            report = try driver.advance()
            worstResidual = max(worstResidual, report.relativeResidual)
            #expect(report.error ?? 1 <= tolerance)
        }
        #expect(report.time == 0.5)
        #expect(worstResidual < 1e-6)
        let end = try problem.amplitudes(state.parameters.values)
        let infidelity = 1 - DenseRing.fidelity(end, try problem.exact(start, at: 0.5))
        #expect(infidelity.squareRoot() <= 2 * Double(report.step) * tolerance)
        // The estimate of fourth order is too good where steps are as long as such tolerances allow.
        if tableau != .dopri45 { #expect(infidelity <= report.infidelityBound ?? 0) }
        #expect(abs(report.energyDrift) < 10 * Double(report.step) * tolerance)
        if tolerance == 1e-5 { #expect(infidelity < 1e-8 && abs(report.energyDrift) < 1e-3) }
    }

    @Test func stepsOfOneSizeConvergeWithTheirOrder() throws {
        let problem = try DenseRing(sites: 4, field: 0.8, alpha: 3)
        let initial = problem.makeState()
        let start = try problem.amplitudes(initial.parameters.values)
        let expected = try problem.exact(start, at: 0.2)
        for (tableau, sizes) in [(RungeKuttaTableau.heun, [0.01, 0.005]), (.rk4, [0.02, 0.01])] {
            let errors = try sizes.map { size in
                let state = problem.makeState()
                let driver = try problem.driver(
                    state, .real, tableau, EvolutionTimes(step: size, end: 0.2), solver: pseudoInverse)
                _ = try driver.begin()
                while !driver.isOver { _ = try driver.advance() }
                #expect(driver.step == Int((0.2 / size).rounded()))
                return (1 - DenseRing.fidelity(try problem.amplitudes(state.parameters.values), expected))
                    .squareRoot()
            }
            let order = log2(errors[0] / errors[1])
            #expect(order > Double(tableau.order) - 0.4, "\(tableau.name): \(order), \(errors)")
        }
    }

    /// Where the tangent space is complete, real time conserves the energy and imaginary time lowers it towards the ground
    /// state's.
    @Test func energies() throws {
        let problem = try DenseRing(sites: 4, field: 0.8, alpha: 2)
        let ground = try ExactDiagonalisation.lowestEnergies(
            of: problem.hamiltonian, in: problem.space, count: 1, communicator: .alone()
        ).energies[0]
        for time in EvolutionTime.allCases {
            let driver = try problem.driver(
                problem.makeState(), time, .rk4,
                time == .real ? EvolutionTimes(step: 0.005, end: 0.1) : EvolutionTimes(step: 0.02, end: 2),
                solver: pseudoInverse)
            var last = try driver.begin()
            while !driver.isOver {
                let report = try driver.advance()
                switch time {
                case .real:
                    #expect(abs(report.energyDrift) < 1e-5)
                    #expect(report.distanceBound ?? 0 >= last.distanceBound ?? 1)
                case .imaginary:
                    #expect(report.energy.statistics.mean.real < last.energy.statistics.mean.real + 1e-9)
                    #expect(report.distanceBound == nil)
                }
                last = report
            }
            if time == .imaginary { #expect(abs(last.energy.statistics.mean.real - ground) < 2e-2) }
        }
    }

    /// A real network evolves in imaginary time.
    @Test func aRealNetwork() throws {
        let problem = try DenseRing(sites: 4, field: 0.8, alpha: 2, .float64)
        let state = problem.makeState()
        let expected = try reference(problem, state.parameters.values, .imaginary, shift: 1e-3)
        let driver = try problem.driver(
            state, .imaginary, .heun, EvolutionTimes(step: 0.01, end: 1), shift: 1e-3)
        let report = try driver.begin()
        #expect(largestDifference(try #require(driver.derivative).slope.values, expected.slope) < 1e-8)
        #expect(abs(report.residual - expected.residual) < 1e-8)
    }

    /// Taken up in the middle, it is the same to the last bit.
    @Test(arguments: [RungeKuttaTableau.midpoint, .bs23]) func goingOn(_ tableau: RungeKuttaTableau) throws {
        let problem = try DenseRing(sites: 4, field: 0.8, alpha: 2)
        let times = EvolutionTimes(step: 0.01, end: 0.08)
        let control = tableau.isAdaptive ? StepSizeControl(tolerance: 1e-5, norm: .plain) : nil
        let whole = problem.makeState()
        let first = try problem.driver(whole, .real, tableau, times, control: control, solver: pseudoInverse)
        _ = try first.begin()
        for _ in 0..<3 { _ = try first.advance() }
        let middle = try #require(first.progress)
        let parameters = whole.parameters.values
        while !first.isOver { _ = try first.advance() }

        let other = problem.makeState()
        let second = try problem.driver(other, .real, tableau, times, control: control, solver: pseudoInverse)
        for (index, value) in parameters.enumerated() { other.parameters[index] = value }
        other.parametersChanged()
        second.restore(middle)
        while !second.isOver { _ = try second.advance() }
        #expect(other.parameters.values == whole.parameters.values)
        #expect(second.progress == first.progress)
    }

    /// A first step that is far too long is made again, shorter; one that cannot reach the tolerance ends the run.
    @Test func rejectedSteps() throws {
        let problem = try DenseRing(sites: 4, field: 0.8, alpha: 2)
        let driver = try problem.driver(
            problem.makeState(), .real, .dopri45, EvolutionTimes(step: 5, end: 10),
            control: StepSizeControl(tolerance: 1e-5), solver: pseudoInverse)
        _ = try driver.begin()
        let report = try driver.advance()
        #expect(report.rejections > 0 && report.stepSize < 1 && report.time == report.stepSize)
        let hopeless = try problem.driver(
            problem.makeState(), .real, .bs23, EvolutionTimes(step: 1e-2, end: 1),
            control: StepSizeControl(tolerance: 1e-300), solver: pseudoInverse)
        _ = try hopeless.begin()
        #expect(throws: DivergenceError.self) { try hopeless.advance() }
    }

    /// Fitted to fewer samples than there are parameters the residual vanishes, and other samples show it; in many both are that
    /// of the summed basis.
    @Test func crossValidation() throws {
        let problem = try DenseRing(sites: 5, field: 0.8, alpha: 0.6)
        /// Of a flat ψ: what is measured in it has little noise.
        func makeFlatState() -> NeuralQuantumState {
            let state = problem.makeState()
            for index in 0..<state.layout.count { state.parameters[index] *= 0.5 }
            state.parametersChanged()
            return state
        }
        func residuals(samples: Int) throws -> (own: Double, other: Double?) {
            let parameters = SamplerParameters(
                chains: 8, samples: samples, sweep: 5, discard: 4, seed: 3, space: problem.space)
            let driver = try EvolutionDriver(
                state: MonteCarloState(
                    makeFlatState(), in: problem.space, samples: .metropolis(.local(flips: 1), parameters),
                    communicator: .alone()),
                hamiltonian: problem.hamiltonian, time: .real, tableau: .euler,
                times: EvolutionTimes(step: 0.01, end: 1),
                reconfiguration: StochasticReconfiguration(
                    solvers: [pseudoInverse], diagonalShift: .constant(0)), crossValidates: true)
            let report = try driver.begin()
            return (report.relativeResidual, report.crossValidatedResidual)
        }
        let summed = try problem.driver(
            makeFlatState(), .real, .euler, EvolutionTimes(step: 0.01, end: 1), solver: pseudoInverse)
        let exact = try summed.begin()
        #expect(exact.crossValidatedResidual == nil)
        let few = try residuals(samples: 16)
        #expect(few.own < 0.1 * exact.relativeResidual)
        #expect(try #require(few.other) > exact.relativeResidual)
        let many = try residuals(samples: 40000)
        #expect(abs(many.own / exact.relativeResidual - 1) < 0.1)
        #expect(abs(try #require(many.other) / exact.relativeResidual - 1) < 0.1)
    }

    /// How close a state is to the uniform one, against the sum over the basis.
    @Test func theOverlapWithTheUniformState() throws {
        let problem = try DenseRing(sites: 4, field: 0.8, alpha: 2)
        let state = problem.makeState()
        for index in 0..<state.layout.count { state.parameters[index] *= 0.2 }
        state.parametersChanged()
        let psi = try problem.amplitudes(state.parameters.values)
        let expected = 1 - DenseRing.fidelity(psi, [Complex<Double>](repeating: 1, count: psi.count))
        let summed = try MonteCarloState(state, in: problem.space, samples: .fullSummation, communicator: .alone())
        #expect(abs(try summed.infidelityWithUniformState() - expected) < 1e-12)
        let parameters = SamplerParameters(
            chains: 16, samples: 8000, sweep: 4, discard: 4, seed: 2, space: problem.space)
        let sampled = try MonteCarloState(
            state, in: problem.space, samples: .metropolis(.local(flips: 1), parameters), communicator: .alone())
        #expect(abs(try sampled.infidelityWithUniformState() - expected) < 0.15 * expected)
    }
}
