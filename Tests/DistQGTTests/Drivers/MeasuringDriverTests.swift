import DistQGT
import DistQGTTestSupport
import Testing

/// A driver that changes nothing: each step draws samples and measures the energy in them.
private final class MeasuringDriver: Driver {
    let state: MonteCarloState
    private let energy: StateEnergy
    private(set) var step = 0

    init(_ energy: StateEnergy) {
        state = energy.state
        self.energy = energy
    }

    func advance() throws -> EnergyEstimate {
        let batch = try state.draw()
        step += 1
        return try energy.estimate(energy.localEnergies(of: batch, logPsi: state.logPsi(of: batch)), of: batch)
    }
}

/// The mean of some steps of any driver whose reports are energies.
private func meanEnergy<D: Driver>(of driver: D, steps: Int) throws -> Double where D.Report == EnergyEstimate {
    var sum = 0.0
    while driver.step < steps { sum += try driver.advance().statistics.mean.real }
    return sum / Double(steps)
}

@Suite struct MeasuringDriverTests {
    /// Beside the search for a ground state, whose first step draws the same samples.
    @Test func aDriverThatOnlyMeasures() throws {
        let problem = try SmallProblem.heisenberg(sites: 6, signRule: true)
        let machine = RestrictedBoltzmannMachine(siteCount: 6, alpha: 1, options: LayerOptions(.complex128))
        let search = try problem.metropolis(machine, chains: 8, samples: 400, on: .alone())
        let other = try problem.metropolis(machine, chains: 8, samples: 400, on: .alone())
        let measuring = MeasuringDriver(other.energy)
        let before = measuring.state.waveFunction.parameters.values
        let (expected, found) = (try search.advance().energy, try measuring.advance())
        #expect(abs(found.statistics.mean.real - expected.statistics.mean.real) < 1e-12)
        #expect(abs(found.error - expected.error) < 1e-12)
        let exact = try StateEnergy(
            of: problem.hamiltonian,
            in: MonteCarloState(
                measuring.state.waveFunction, in: problem.space, samples: .fullSummation, communicator: .alone())
        ).measured(samples: 0).statistics.mean.real
        let mean = try meanEnergy(of: measuring, steps: 50)
        #expect(measuring.step == 50)
        #expect(abs(mean - exact) < found.error)
        #expect(measuring.state.waveFunction.parameters.values == before)
        #expect(measuring.state.waveFunction.linearisationCount == 0)
    }
}
