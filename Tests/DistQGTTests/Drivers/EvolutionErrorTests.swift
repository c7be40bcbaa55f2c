import DistQGT
import DistQGTTestSupport
import Foundation
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// What an evolution says about its errors, against the same equation in very short steps and against exact evolutions.
@Suite struct EvolutionErrorTests {
    private static let shortTime = 0.1
    private static let pseudoInverse = SmoothPseudoInverseSolver(cutoff: 1e-12, smoothTolerance: 1e-9)

    /// arccos |⟨a|b⟩| of normalised states, with all digits where they are close.
    private func angle(_ a: [Complex<Double>], _ b: [Complex<Double>]) -> Double {
        func inner(_ x: [Complex<Double>], _ y: [Complex<Double>]) -> Complex<Double> {
            zip(x, y).reduce(.zero) { $0 + $1.0.conjugate * $1.1 }
        }
        let share = inner(a, b) / Complex(inner(a, a).real)
        let rest = zip(a, b).map { $1 - share * $0 }
        return asin(min(1, (inner(rest, rest).real / inner(b, b).real).squareRoot()))
    }

    /// Of states with nodes, far from each other and close.
    @Test func anglesFromTheSamplesOfAThirdState() throws {
        let problem = try DenseRing(sites: 4, field: 0.8, alpha: 2)
        let state = try MonteCarloState(
            problem.makeState(), in: problem.space, samples: .fullSummation, communicator: .alone())
        let batch = try state.draw()
        let logPsi = state.logPsi(of: batch)
        var generator = SplitMix64(seed: 5)
        func random(_ scale: Double) -> [Double] { logPsi.map { $0 + scale * generator.normalDeviate() } }
        func amplitudes(_ logs: [Double]) -> [Complex<Double>] {
            (0..<logs.count / 2).map { row in
                logs[2 * row] == -.infinity
                    ? .zero : Complex.exp(Complex(logs[2 * row], logs[2 * row + 1]))
            }
        }
        var (a, b) = (random(1), random(1))
        func check(_ accuracy: Double) throws {
            let found = try state.angle(a, b, in: batch, logPsi: logPsi)
            let expected = angle(amplitudes(a), amplitudes(b))
            #expect(abs(found - expected) < accuracy * expected, "\(found) \(expected)")
        }
        try check(1e-12)
        // A node of one, of the other, and of both.
        for (place, number) in [(3, 0), (5, 1), (8, 2)] {
            if number != 1 { (a[2 * place], a[2 * place + 1]) = (-.infinity, .nan) }
            if number != 0 { (b[2 * place], b[2 * place + 1]) = (-.infinity, .nan) }
        }
        try check(1e-12)
        // Close to each other, apart from a factor that means nothing.
        a = random(1)
        b = a.enumerated().map { $1 + ($0 % 2 == 0 ? -3 : 1) + 1e-9 * generator.normalDeviate() }
        try check(1e-5)
        b[4] = .nan
        #expect(try state.angle(a, b, in: batch, logPsi: logPsi).isNaN)
    }

    /// Steps whose size is chosen end where the same equation leads in very short ones, within the errors that were asked for,
    /// and keep the energy; the exact state is within what the run says.
    @Test(arguments: [1e-3, 1e-5]) func tenSites(_ tolerance: Double) throws {
        let problem = try DenseRing(sites: 10, field: 0.8, alpha: 0.5)
        let start = try problem.amplitudes(problem.makeState().parameters.values)
        func evolved(
            _ tableau: RungeKuttaTableau, _ step: Double, _ control: StepSizeControl?
        ) throws -> (psi: [Complex<Double>], report: EvolutionReport) {
            let state = problem.makeState()
            let driver = try problem.driver(
                state, .real, tableau, EvolutionTimes(step: step, end: Self.shortTime), control: control,
                solver: Self.pseudoInverse)
            var report = try driver.begin()
            while !driver.isOver { report = try driver.advance() }
            return (try problem.amplitudes(state.parameters.values), report)
        }
        let reference = try evolved(.rk4, 0.0025, nil)
        #expect(angle(reference.psi, try evolved(.rk4, 0.005, nil).psi) < 0.1 * tolerance)
        let exact = try problem.exact(start, at: Self.shortTime)
        for tableau in RungeKuttaTableau.all where tableau.isAdaptive {
            let (psi, report) = try evolved(tableau, 0.01, StepSizeControl(tolerance: tolerance))
            let error = angle(psi, reference.psi)
            // The estimate of fourth order is too good where steps are as long as such tolerances allow.
            let allowed = Double(report.step) * tolerance * (tableau == .dopri45 ? 3 : 1)
            #expect(error <= allowed, "\(tableau.name): \(error), \(report.step) steps")
            let deviation = report.energy.statistics.variance.squareRoot()
            #expect(abs(report.energyDrift) <= 2 * deviation * allowed)
            #expect(angle(psi, exact) <= report.distanceBound ?? 0)
        }
    }

    /// From nearly equal amplitudes parameters move so fast that a step may take all weight to two configurations, where S vanishes
    /// and with it every difference of parameters. Such a step is too long.
    @Test(arguments: 1...4) func noStepLeavesTheStateBehind(_ seed: Int) throws {
        let ring = try Lattice(.chain, extent: [6])
        let problem = try DenseRing(
            sites: 6, field: 0.5,
            ConvolutionalNetwork(
                window: CellWindow(ring, extent: [5]), channels: [4, 3], output: .sum,
                options: LayerOptions(.complex128)))
        let state = NeuralQuantumState(problem.ansatz, seed: UInt64(seed))
        for index in 0..<state.layout.count { state.parameters[index] *= 0.1 }
        state.parametersChanged()
        let start = try problem.amplitudes(state.parameters.values)
        for tableau in RungeKuttaTableau.all where tableau.isAdaptive {
            let network = NeuralQuantumState(problem.ansatz, seed: UInt64(seed))
            network.parameters.assign(from: state.parameters)
            network.parametersChanged()
            let driver = try problem.driver(
                network, .real, tableau, EvolutionTimes(step: 0.01, end: 0.1),
                control: StepSizeControl(tolerance: 1e-3),
                solver: SmoothPseudoInverseSolver(
                    cutoff: 1e-14, smoothTolerance: 1e-8))
            var report = try driver.begin()
            while !driver.isOver { report = try driver.advance() }
            let bound = try #require(report.distanceBound)
            let error = angle(try problem.amplitudes(network.parameters.values), try problem.exact(start, at: 0.1))
            // As above: the sum of such estimates is no bound.
            let isBound = tableau != .dopri45
            #expect(error <= (isBound ? bound : 1e-2) && bound < 0.1, "\(tableau.name): \(error), \(bound)")
            #expect(abs(report.energyDrift) < 0.3, "\(tableau.name): \(report.energyDrift)")
        }
    }

    struct Subject: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let ring: DenseRing
    }

    static let subjects: [Subject] = (try? makeSubjects()) ?? []

    private static func makeSubjects() throws -> [Subject] {
        try [4, 5, 6].flatMap { sites in
            let networks: [(String, any Ansatz)] = [
                (
                    "rbm 1/2",
                    RestrictedBoltzmannMachine(
                        siteCount: sites, alpha: sites == 5 ? 0.6 : 0.5, options: LayerOptions(.complex128))
                ),
                ("rbm 1", RestrictedBoltzmannMachine(siteCount: sites, alpha: 1, options: LayerOptions(.complex128))),
                ("modulus and phase", ModulusPhaseRBM(siteCount: sites, alpha: 1)),
                ("jastrow", Jastrow(siteCount: sites, options: LayerOptions(.complex128))),
            ]
            return try networks.map {
                Subject(testDescription: "\($0), \(sites) sites", ring: try DenseRing(sites: sites, field: 0.7, $1))
            }
        }
    }

    @Test func thereAreSubjects() { #expect(Self.subjects.count == 12) }

    /// Of states that the networks do not follow.
    @Test(arguments: subjects) func theBoundIsAboveTheTruth(_ subject: Subject) throws {
        let state = subject.ring.makeState()
        let start = try subject.ring.amplitudes(state.parameters.values)
        let driver = try subject.ring.driver(
            state, .real, .bs23, EvolutionTimes(step: 1e-3, end: 0.5, interval: 0.1),
            control: StepSizeControl(tolerance: 3e-5),
            solver: Self.pseudoInverse)
        var report = try driver.begin()
        while !driver.isOver {
            report = try driver.advance()
            guard [0.1, 0.3, 0.5].contains(where: { abs($0 - report.time) < 1e-9 }) else { continue }
            let psi = try subject.ring.amplitudes(state.parameters.values)
            let error = angle(psi, try subject.ring.exact(start, at: report.time))
            let bound = try #require(report.distanceBound)
            #expect(error <= bound, "\(report.time): \(error) \(bound)")
            #expect(pow(sin(error), 2) <= (try #require(report.infidelityBound)))
            // Not far above, either, where it is more than the errors of steps.
            if bound > 3e-2 { #expect(bound < 10 * error, "\(report.time): \(bound / error)") }
        }
    }

    /// In imaginary time an error grows at most by the energy above the ground state's.
    @Test(arguments: subjects) func imaginaryTime(_ subject: Subject) throws {
        let state = subject.ring.makeState()
        let start = try subject.ring.amplitudes(state.parameters.values)
        let exact = try ExactEvolution(
            of: subject.ring.hamiltonian, in: subject.ring.space, time: .imaginary,
            from: { _ in start.flatMap { [$0.real, $0.imaginary] } }, communicator: .alone())
        let ground = try ExactDiagonalisation.lowestEnergies(
            of: subject.ring.hamiltonian, in: subject.ring.space, count: 1, communicator: .alone()
        ).energies[0]
        let driver = try subject.ring.driver(
            state, .imaginary, .bs23, EvolutionTimes(step: 1e-3, end: 0.25, interval: 0.05),
            control: StepSizeControl(tolerance: 3e-5), solver: Self.pseudoInverse)
        var last = try driver.begin()
        var bound = 0.0
        while !driver.isOver {
            let report = try driver.advance()
            let size = report.stepSize
            let rates = [last, report].map { $0.energy.statistics.mean.real - ground }
            let growth = exp(0.5 * size * (rates[0] + rates[1]))
            bound = growth * bound + 0.5 * size * (growth * last.residual.squareRoot() + report.residual.squareRoot())
            bound += report.error ?? 0
            last = report
            guard [0.05, 0.15, 0.25].contains(where: { abs($0 - report.time) < 1e-9 }) else { continue }
            try exact.advance(to: report.time)
            let vector = try exact.vector()
            let psi = try subject.ring.amplitudes(state.parameters.values)
            let error = angle(psi, start.indices.map { Complex(vector[2 * $0], vector[2 * $0 + 1]) })
            #expect(error <= bound, "\(report.time): \(error) \(bound)")
        }
    }
}
