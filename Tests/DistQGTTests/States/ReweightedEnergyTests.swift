import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

@Suite struct ReweightedEnergyTests {
    private func driver(_ problem: SmallProblem, _ type: DataType, samples: Int?) throws -> GroundStateDriver {
        let wide = Initialiser(.normal, scale: 0.2)
        let machine = RestrictedBoltzmannMachine(
            siteCount: problem.siteCount, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide))
        return if let samples {
            try problem.metropolis(machine, chains: 64, samples: samples, on: .alone())
        } else {
            try problem.fullSummation(machine, on: .alone())
        }
    }

    /// A direction of norm 1.
    private func direction(_ driver: GroundStateDriver) -> ParameterVector {
        var generator = SplitMix64(seed: 5)
        let direction = ParameterVector(driver.waveFunction.layout)
        direction.fillWithNormalDeviates(using: &generator)
        direction.scale(by: 1 / direction.norm())
        return direction
    }

    private func reweighted(
        _ driver: GroundStateDriver, _ direction: ParameterVector, scale: Double
    ) throws -> ReweightedEnergy {
        let batch = try driver.state.draw()
        let logPsi = driver.state.logPsi(of: batch)
        let energies = driver.energy.localEnergies(of: batch, logPsi: logPsi)
        let mean = try driver.energy.estimate(energies, of: batch).statistics.mean.real
        return try driver.reweighted(
            batch, energies, logPsi: logPsi, mean: mean, along: direction, scale: scale)
    }

    /// The energy at θ + scale · direction, summed over the basis.
    private func energy(
        _ problem: SmallProblem, _ type: DataType, _ direction: ParameterVector, scale: Double
    ) throws -> Double {
        let other = try driver(problem, type, samples: nil)
        other.waveFunction.parameters.add(scale, times: direction)
        other.waveFunction.parametersChanged()
        return try other.energy.measured(samples: 0).statistics.mean.real
    }

    @Test(arguments: [DataType.float64, .complex128], [0.01, 0.3])
    func summedOverTheBasisItIsTheEnergyThere(_ type: DataType, scale: Double) throws {
        for problem in [try SmallProblem.ising(sites: 6), try .heisenberg(sites: 6, signRule: false)] {
            let driver = try driver(problem, type, samples: nil)
            let direction = direction(driver)
            let before = driver.waveFunction.parameters.values
            let found = try reweighted(driver, direction, scale: scale)
            #expect(driver.waveFunction.parameters.values == before)
            let energies = try [0, scale, -scale].map { try energy(problem, type, direction, scale: $0) }
            #expect(abs(found.change - (energies[1] - energies[0])) < 1e-10)
            #expect(abs(found.curvature - ((energies[1] + energies[2]) / 2 - energies[0])) < 1e-10)
            #expect(found.changeError == 0 && found.curvatureError == 0)
            #expect(found.effectiveShare > 0 && found.effectiveShare <= 1 + 1e-12)
        }
    }

    @Test(arguments: [DataType.float64, .complex128]) func sampledItIsThatWithinItsErrors(_ type: DataType) throws {
        let (problem, scale) = (try SmallProblem.heisenberg(sites: 6, signRule: false), 0.1)
        let driver = try driver(problem, type, samples: 4096)
        let direction = direction(driver)
        let energies = try [0, scale, -scale].map { try energy(problem, type, direction, scale: $0) }
        let (change, curvature) = (energies[1] - energies[0], (energies[1] + energies[2]) / 2 - energies[0])
        var squares = (0.0, 0.0)
        let rounds = 30
        for _ in 0..<rounds {
            let found = try reweighted(driver, direction, scale: scale)
            #expect(found.changeError > 0 && found.curvatureError > 0)
            let deviations = (
                (found.change - change) / found.changeError, (found.curvature - curvature) / found.curvatureError
            )
            squares.0 += deviations.0 * deviations.0
            squares.1 += deviations.1 * deviations.1
        }
        // Samples of a chain are a little correlated.
        for mean in [squares.0, squares.1] {
            let deviation = (mean / Double(rounds)).squareRoot()
            #expect(deviation > 0.5 && deviation < 2, "\(deviation)")
        }
    }

    @Test func whatIsNotFiniteIsSaid() throws {
        let driver = try driver(.ising(sites: 6), .float64, samples: 256)
        let found = try reweighted(driver, direction(driver), scale: 1e200)
        #expect(!found.isFinite || found.effectiveShare < 0.3)
        #expect(driver.waveFunction.parameters.isFinite)
    }
}
