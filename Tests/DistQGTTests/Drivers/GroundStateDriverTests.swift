import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

@Suite struct GroundStateDriverTests {
    private static let wide = Initialiser(.normal, scale: 0.1)

    private static func machine(_ type: DataType, sites: Int = 6, alpha: Double = 2) -> RestrictedBoltzmannMachine {
        RestrictedBoltzmannMachine(
            siteCount: sites, alpha: alpha, options: LayerOptions(type, kernel: wide, bias: wide))
    }

    private static func exactEnergy(_ problem: SmallProblem) throws -> Double {
        try #require(
            try ExactDiagonalisation.lowestEnergies(
                of: problem.hamiltonian, in: problem.space, count: 1, communicator: .alone()
            ).energies.first)
    }

    private func optimisation(
        _ problem: SmallProblem, _ type: DataType, chains: Int? = nil, _ settings: UpdateSettings = .init()
    ) throws -> GroundStateDriver {
        let machine = Self.machine(type, sites: problem.siteCount, alpha: 1)
        return if let chains {
            try problem.metropolis(machine, chains: chains, samples: 20 * chains, settings, on: .alone())
        } else {
            try problem.fullSummation(machine, settings, on: .alone())
        }
    }

    // MARK: Convergence

    struct Target: Sendable {
        let problem: @Sendable () throws -> SmallProblem
        let type: DataType
        /// A time step of the imaginary-time evolution: small against one over the width of the spectrum.
        let learningRate: Double
    }

    @Test(arguments: [
        Target(problem: { try .ising(sites: 6) }, type: .float64, learningRate: 0.2),
        Target(problem: { try .ising(sites: 6) }, type: .complex128, learningRate: 0.2),
        Target(problem: { try .heisenberg(sites: 6, signRule: true) }, type: .float64, learningRate: 0.04),
        Target(problem: { try .heisenberg(sites: 6, signRule: false) }, type: .complex128, learningRate: 0.04),
    ]) func optimisationFindsTheGroundState(_ target: Target) throws {
        let problem = try target.problem()
        let exact = try Self.exactEnergy(problem)
        var settings = UpdateSettings()
        settings.learningRate = target.learningRate
        settings.diagonalShift = 1e-4
        let vmc = try problem.fullSummation(Self.machine(target.type), settings, on: .alone())
        var energy = Double.infinity
        var steps = 0
        while energy - exact > 1e-6 * abs(exact), steps < 600 {
            energy = try vmc.advance().energy.statistics.mean.real
            steps += 1
            // The variational principle.
            #expect(energy >= exact - 1e-10)
        }
        #expect(
            energy - exact <= 1e-6 * abs(exact),
            "\(problem), \(target.type): \(energy) after \(steps) steps, exact \(exact)")
    }

    @Test(arguments: [DataType.float64, .complex128], [0.01, nil])
    func smallStepsLowerTheEnergy(_ type: DataType, diagonalShift: Double?) throws {
        for problem in [try SmallProblem.ising(sites: 6), try .heisenberg(sites: 6, signRule: true)] {
            var settings = UpdateSettings()
            settings.learningRate = 0.01
            settings.diagonalShift = diagonalShift
            let vmc = try optimisation(problem, type, settings)
            var energies = try (0..<20).map { _ in try vmc.advance().energy.statistics.mean.real }
            energies.append(try vmc.energy.measured(samples: 0).statistics.mean.real)
            for (earlier, later) in zip(energies, energies.dropFirst()) { #expect(later < earlier) }
        }
    }

    /// Without an SR equation the update is −η F, and E falls by 2η|F|² to first order.
    @Test func plainGradientLowersTheEnergyAtTheRateOfTheForces() throws {
        var settings = UpdateSettings()
        settings.diagonalShift = nil
        settings.learningRate = 1e-5
        let vmc = try optimisation(try .ising(sites: 5), .complex128, settings)
        let first = try vmc.advance()
        let second = try vmc.advance()
        let fall = first.energy.statistics.mean.real - second.energy.statistics.mean.real
        #expect(abs(fall / (2 * settings.learningRate * first.forceNorm * first.forceNorm) - 1) < 1e-3)
        #expect(abs(first.updateNorm - settings.learningRate * first.forceNorm) < 1e-15)
    }

    // MARK: Reports

    @Test(arguments: [false, true]) func stepReportSaysWhatTheStepDid(warmStart: Bool) throws {
        var settings = UpdateSettings()
        settings.warmStart = warmStart
        settings.learningRate = 0.03
        let vmc = try optimisation(try .heisenberg(sites: 6, signRule: true), .complex128, chains: 9, settings)
        for step in 1...3 {
            let before = vmc.waveFunction.parameters.values
            let report = try vmc.advance()
            #expect(report.step == step && vmc.step == step)
            #expect(vmc.waveFunction.linearisationCount == step)
            #expect(report.energy.sampleCount == 180)
            #expect(report.energy.statistics.variance > 0)
            #expect(report.energy.error > 0 && report.energy.error < 2)
            #expect(report.energy.vScore > 0 && report.energy.vScore.isFinite)
            #expect(try #require(report.acceptance) > 0.05 && #require(report.acceptance) < 1)
            let solver = try #require(report.solver)
            #expect(solver.outcome == .converged && solver.iterations > 0)
            #expect(solver.residual <= settings.solver.tolerance)
            #expect(report.learningRate == 0.03 && report.diagonalShift == 0.01)
            #expect(report.forceNorm > 0)
            let change = zip(vmc.waveFunction.parameters.values, before).reduce(0) {
                $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
            #expect(abs(report.updateNorm - change.squareRoot()) < 1e-12)
            #expect(report.parameterNorm == vmc.waveFunction.parameters.norm())
            #expect(Set(report.clock.seconds.keys) == Set(PhaseClock.Phase.allCases))
            #expect(report.clock.seconds.values.allSatisfy { $0 > 0 })
            #expect(abs(report.clock.total - report.clock.seconds.values.reduce(0, +)) < 1e-9)
            #expect(report.collectives.allReduce.calls > solver.iterations)
            if warmStart {
                // The update is −η times the solution that the next solve begins with.
                let kept = try #require(vmc.previousDirection)
                #expect(abs(0.03 * kept.norm() - report.updateNorm) < 1e-15)
            } else {
                #expect(vmc.previousDirection == nil)
            }
        }
    }

    @Test func stepReportOfAFullSummation() throws {
        let vmc = try optimisation(try .ising(sites: 5), .float32)
        let report = try vmc.advance()
        #expect(report.energy.sampleCount == 32)
        #expect(report.energy.error == 0 && report.energy.withAutocorrelation == nil)
        #expect(report.acceptance == nil)
        // Parameters are numbers of their own type.
        #expect(vmc.waveFunction.parameters.values.allSatisfy { $0 == Double(Float($0)) })
    }

    @Test func sampledEnergyAgreesWithTheSummedOne() throws {
        let problem = try SmallProblem.dzyaloshinskiiMoriya(sites: 5)
        let sampled = try optimisation(problem, .complex128, chains: 16)
        let summed = try optimisation(problem, .complex128)
        let estimate = try sampled.energy.measured(samples: 20_000)
        let exact = try summed.energy.measured(samples: 0).statistics
        #expect(estimate.sampleCount == 20_000)
        #expect(abs(estimate.statistics.mean.real - exact.mean.real) < 5 * estimate.error)
        #expect(abs(estimate.statistics.variance / exact.variance - 1) < 0.2)
    }

    @Test(arguments: [5, nil] as [Int?]) func estimatingTheEnergyChangesNothing(chains: Int?) throws {
        let problem = try SmallProblem.ising(sites: 6)
        let plain = try optimisation(problem, .complex128, chains: chains)
        let observed = try optimisation(problem, .complex128, chains: chains)
        for _ in 0..<3 {
            let expected = try plain.advance()
            let report = try observed.advance()
            #expect(report.energy.statistics.mean == expected.energy.statistics.mean)
            #expect(report.acceptance == expected.acceptance)
            #expect(observed.waveFunction.parameters.values == plain.waveFunction.parameters.values)
            let estimate = try observed.energy.measured(samples: 33)
            #expect(estimate.sampleCount == (chains == nil ? 64 : 35))
        }
    }

    @Test func resumedOptimisationContinuesExactly() throws {
        let problem = try SmallProblem.ising(sites: 6)
        var settings = UpdateSettings()
        settings.warmStart = true
        settings.rule = .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
        let whole = try optimisation(problem, .complex128, chains: 5, settings)
        for _ in 0..<3 { _ = try whole.advance() }
        let second = try optimisation(problem, .complex128, chains: 5, settings)
        second.waveFunction.parameters.assign(from: whole.waveFunction.parameters)
        second.optimiser.restore(state: whole.optimiser.state, updateCount: whole.optimiser.updateCount)
        if case .metropolis(let from) = whole.state.source, case .metropolis(let to) = second.state.source {
            try to.restore(from.chainState())
        }
        second.resume(afterStep: whole.step, previousDirection: whole.previousDirection?.values)
        for _ in 0..<3 {
            let expected = try whole.advance()
            let report = try second.advance()
            #expect(report.step == expected.step)
            #expect(report.energy.statistics.mean == expected.energy.statistics.mean)
            #expect(report.solver?.iterations == expected.solver?.iterations)
            #expect(second.waveFunction.parameters.values == whole.waveFunction.parameters.values)
        }
    }

    @Test func theRequestToStopIsAskedForOnceAStepAndReported() throws {
        let vmc = try optimisation(try .ising(sites: 6), .float64, chains: 4)
        #expect(try !vmc.advance().stopIsRequested)
        var asked = 0
        vmc.wantsToStop = { _ in
            asked += 1
            return asked == 2
        }
        #expect(try [1, 2, 3].map { _ in try vmc.advance().stopIsRequested } == [false, true, false])
        #expect(asked == 3 && vmc.step == 4)
    }

    @Test func clippingChangesForcesAndNoEnergy() throws {
        let problem = try SmallProblem.ising(sites: 6)
        func first(_ limit: Double?, chains: Int?) throws -> (StepReport, [Double]) {
            let plain = try optimisation(problem, .complex128, chains: chains)
            let vmc = try GroundStateDriver(
                state: plain.state, hamiltonian: problem.hamiltonian, optimiser: plain.optimiser,
                learningRate: plain.learningRate, reconfiguration: plain.reconfiguration, energyClipping: limit)
            return (try vmc.advance(), vmc.waveFunction.parameters.values)
        }
        let (whole, parameters) = try first(nil, chains: 8)
        let (wide, same) = try first(1e6, chains: 8)
        let (narrow, other) = try first(0.5, chains: 8)
        #expect(whole.clippedSamples == nil && wide.clippedSamples == 0 && (narrow.clippedSamples ?? 0) > 0)
        #expect(
            narrow.energy.statistics == whole.energy.statistics && wide.energy.statistics == whole.energy.statistics)
        #expect(zip(parameters, same).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(zip(parameters, other).contains { abs($0 - $1) > 1e-6 })
        // States of a basis that is summed are no accidents.
        let (summed, _) = try first(0.5, chains: nil)
        #expect(summed.clippedSamples == nil)
    }

    @Test func keptParametersComeBack() throws {
        let vmc = try optimisation(try .ising(sites: 6), .float64, chains: 4)
        vmc.decide = { _ in vmc.step == 1 ? .keep : [] }
        vmc.averaging = (true, true)
        #expect(try vmc.advance().decisions == [])
        #expect(vmc.kept == nil)
        let good = vmc.waveFunction.parameters.values
        #expect(try vmc.advance().decisions == .keep)
        _ = try vmc.advance()
        #expect(vmc.kept?.values == good && vmc.waveFunction.parameters.values != good && vmc.average != nil)
        try vmc.returnToKept()
        #expect(vmc.waveFunction.parameters.values == good)
        #expect(vmc.previousDirection == nil && vmc.average == nil && vmc.step == 3)
        let report = try vmc.advance()
        #expect(abs(report.energy.statistics.mean.real) < 20 && report.step == 4)
    }

    @Test func theRestraintScalesTheUpdate() throws {
        let whole = try optimisation(try .ising(sites: 6), .float64, chains: nil)
        let half = try optimisation(try .ising(sites: 6), .float64, chains: nil)
        half.restraint = 0.25
        half.learningRateFactor = 2
        let (one, other) = (try whole.advance(), try half.advance())
        #expect(other.learningRate == 0.5 * one.learningRate)
    }

    @Test func theLearningRateFactorScalesTheUpdate() throws {
        let whole = try optimisation(try .ising(sites: 6), .float64, chains: nil)
        let half = try optimisation(try .ising(sites: 6), .float64, chains: nil)
        half.learningRateFactor = 0.5
        let (one, other) = (try whole.advance(), try half.advance())
        #expect(other.learningRate == 0.5 * one.learningRate)
        #expect(abs(other.updateNorm - 0.5 * one.updateNorm) <= 1e-15 * one.updateNorm)
    }

    // MARK: Divergence

    private func expectDivergence(
        _ vmc: GroundStateDriver, _ quantity: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let bits = vmc.waveFunction.parameters.values.map(\.bitPattern)
        let step = vmc.step
        let error = #expect(throws: DivergenceError.self, sourceLocation: sourceLocation) { _ = try vmc.advance() }
        #expect(error?.step == step + 1, sourceLocation: sourceLocation)
        if let quantity { #expect(error?.quantity == quantity, sourceLocation: sourceLocation) }
        #expect(vmc.waveFunction.parameters.values.map(\.bitPattern) == bits, sourceLocation: sourceLocation)
        #expect(vmc.step == step, sourceLocation: sourceLocation)
    }

    @Test(arguments: [6, nil] as [Int?], [Double.nan, .infinity, -.infinity, 1e308])
    func divergenceOfParametersIsReported(chains: Int?, value: Double) throws {
        for shift in [0.01, nil] {
            var settings = UpdateSettings()
            settings.diagonalShift = shift
            for type in [DataType.float64, .complex128] {
                let vmc = try optimisation(try .ising(sites: 6), type, chains: chains, settings)
                _ = try vmc.advance()
                for index in 0..<vmc.waveFunction.parameters.count where index % 3 == 0 {
                    vmc.waveFunction.parameters[index] = value
                }
                vmc.waveFunction.parametersChanged()
                expectDivergence(vmc)
                #expect(throws: NotFiniteError.self) { _ = try vmc.energy.measured(samples: 60) }
            }
        }
    }

    /// log ψ of order one with a derivative of 1e200: energies are finite, |F|² and S are not.
    @Test func divergenceOfTheSolutionIsReported() throws {
        let steep = ProbeAnsatz(siteCount: 4, dataType: .float64, leaves: [("w", [4, 1], false)]) { tape in
            tape.sumFeatures(tape.dense(tape.spins, kernel: tape.parameter("w")), factor: 1e200)
        }
        let vmc = try SmallProblem.ising(sites: 4).fullSummation(steep, on: .alone())
        for index in 0..<4 { vmc.waveFunction.parameters[index] = 1e-201 * Double(index + 1) }
        vmc.waveFunction.parametersChanged()
        expectDivergence(vmc, "the solution of the SR equation")
        #expect(vmc.previousDirection == nil)
    }

    @Test func divergenceOfTheUpdateIsReported() throws {
        var settings = UpdateSettings()
        settings.diagonalShift = nil
        settings.learningRate = 1e308
        let scaled = ProbeAnsatz(siteCount: 4, dataType: .float64, leaves: [("w", [4, 1], false)]) { tape in
            tape.sumFeatures(tape.dense(tape.spins, kernel: tape.parameter("w")), factor: 1e50)
        }
        let vmc = try SmallProblem.ising(sites: 4).fullSummation(scaled, settings, on: .alone())
        for index in 0..<4 { vmc.waveFunction.parameters[index] = 1e-51 * Double(index + 1) }
        vmc.waveFunction.parametersChanged()
        expectDivergence(vmc, "the update")
    }
}
