import DistQGT
import DistQGTTestSupport
import Numerics
import Testing

@Suite struct DivergenceWatchTests {
    private func makeWatch() throws -> DivergenceWatch {
        DivergenceWatch(try SmallProblem.heisenberg(sites: 8, signRule: true).hamiltonian)
    }

    private func statistics(_ mean: Double, variance: Double) -> EnergyStatistics {
        EnergyStatistics(mean: Complex(mean), variance: variance, errorOfMean: .nan, rHat: .nan, tauCorr: .nan)
    }

    /// No eigenvalue lies outside the bound.
    @Test func theBoundHoldsForEveryState() throws {
        for problem in [
            try SmallProblem.ising(sites: 4, h: 0.7), try .heisenberg(sites: 4, signRule: false),
            try .dzyaloshinskiiMoriya(sites: 3),
        ] {
            let (centre, radius) = problem.hamiltonian.energyBound
            let energies = try ExactDiagonalisation.lowestEnergies(
                of: problem.hamiltonian, in: problem.space, count: try BasisNumbering(problem.space).dimension,
                communicator: .alone()
            ).energies
            #expect(energies.allSatisfy { abs($0 - centre) <= radius + 1e-9 })
        }
        let shifted = try PauliSum.pauliStrings(
            [PauliString("II", coefficient: Complex(-3)), PauliString("XZ", coefficient: Complex(2))], siteCount: 2)
        #expect(shifted.energyBound.centre == -3 && shifted.energyBound.radius == 2)
    }

    @Test func energiesThatNoStateHasAreFound() throws {
        let watch = try makeWatch()
        // B = 24.
        #expect(watch.finding(statistics(-14.6, variance: 0.1), chains: 16) == nil)
        #expect(watch.finding(statistics(23, variance: 570), chains: nil) == nil)
        #expect(watch.finding(statistics(200, variance: 1e5), chains: 16) == nil, "rare samples near a node")
        #expect(watch.finding(statistics(-1e26, variance: 1e55), chains: 16) == .energy)
        #expect(watch.finding(statistics(49, variance: 1), chains: nil) == .energy)
        #expect(watch.finding(statistics(-14, variance: 1e8), chains: 16) == .variance)
        #expect(watch.finding(statistics(-14, variance: 3000), chains: nil) == .variance)
    }

    @Test func updatesAreHeldAgainstTheHistory() throws {
        var watch = try makeWatch()
        func finding(_ norm: Double, rate: Double = 0.05, shift: Double = 0.01, parameters: Double = 6)
            -> DivergenceWatch.Finding?
        {
            watch.finding(update: norm, learningRate: rate, shift: shift, parameterNorm: parameters)
        }
        for norm in [0.5, 4, 1, 0.3] { watch.add(update: norm, learningRate: 0.05, shift: 0.01) }
        #expect(finding(1e6) == nil, "the first steps make the history")
        watch.add(update: 0.2, learningRate: 0.05, shift: 0.01)
        #expect(finding(50) == .update)
        #expect(finding(39) == nil)
        #expect(finding(50, parameters: 60) == nil, "smaller than the parameters")
        #expect(finding(500, rate: 0.5) == .update && finding(390, rate: 0.5) == nil, "in units of the learning rate")
        #expect(finding(390, shift: 0.001) == nil && finding(410, shift: 0.001) == .update, "a lower shift")
        #expect(finding(50, shift: 0.1) == .update && finding(1e9, shift: 0) == nil)
        #expect(finding(1e300, rate: 0) == nil)
        // A history goes into checkpoints and comes back.
        var other = try makeWatch()
        other.history = watch.history
        #expect(other == watch)
    }

    @Test func anImpossibleUpdateIsNotMade() throws {
        let machine = RestrictedBoltzmannMachine(siteCount: 6, alpha: 1)
        let vmc = try SmallProblem.ising(sites: 6).metropolis(machine, chains: 6, samples: 60, on: .alone())
        for _ in 0..<5 { _ = try vmc.advance() }
        #expect(vmc.watch.history.steps == 5 && vmc.watch.history.largestDirection > 0)
        vmc.watch.history.largestDirection = 1e-9
        // A million times the learning rate: beyond 1 and the parameters.
        vmc.learningRateFactor = 1e6
        let bits = vmc.waveFunction.parameters.values.map(\.bitPattern)
        let error = #expect(throws: DivergenceError.self) { _ = try vmc.advance() }
        #expect(error?.quantity == "the update" && error?.step == 6)
        #expect(vmc.waveFunction.parameters.values.map(\.bitPattern) == bits && vmc.step == 5)
    }
}
