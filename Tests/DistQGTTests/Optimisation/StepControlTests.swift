import DistQGT
import DistQGTTestSupport
import Testing

/// On a quadratic model, E(θ) = Σ h_k θ_k² with S = 1 and no shift, so that δ = F = h θ + noise, where the answer is known.
@Suite struct StepControlTests {
    private struct Quadratic {
        let stiffness: [Double]
        /// Standard deviation of each force.
        let noise: Double
        var parameters: [Double]
        var control = StepControl(controlsRate: true, controlsShift: true)
        private var lastDirection: [Double]?

        init(stiffness: [Double], noise: Double) {
            self.stiffness = stiffness
            self.noise = noise
            parameters = stiffness.map { _ in 1 }
        }

        var energy: Double { zip(stiffness, parameters).reduce(0) { $0 + $1.0 * $1.1 * $1.1 } }

        /// E(θ ± ηδ), as exact as reweighting would be with all samples.
        func trial(_ direction: [Double], rate: Double) -> ReweightedEnergy {
            func energy(_ sign: Double) -> Double {
                var other = self
                for (index, value) in direction.enumerated() { other.parameters[index] -= sign * rate * value }
                return other.energy
            }
            return ReweightedEnergy(
                change: energy(1) - self.energy, curvature: (energy(1) + energy(-1)) / 2 - self.energy, changeError: 0,
                curvatureError: 0, effectiveShare: 1)
        }

        /// - Returns: the learning rate.
        mutating func step(rate constant: Double? = nil, using generator: inout SplitMix64) -> Double {
            let forces = zip(stiffness, parameters).map { $0 * $1 + noise * generator.normalDeviate() }
            func slope(_ direction: [Double]) -> Double { zip(forces, direction).reduce(0) { $0 + $1.0 * $1.1 } }
            if let lastDirection { control.observe(slope: slope(lastDirection), energy: energy, energyError: noise) }
            var rate = control.rate(slope: slope(forces), scheduled: 0)
            if let constant {
                rate = constant
            } else if control.isTrialDue(slope: slope(forces), rate: rate) {
                while !control.accepts(trial(forces, rate: rate), slope: slope(forces), rate: rate) {
                    rate = control.rate(slope: slope(forces), scheduled: 0)
                }
            }
            for (index, force) in forces.enumerated() { parameters[index] -= rate * force }
            control.made(slope: slope(forces), rate: rate)
            lastDirection = forces
            return rate
        }
    }

    @Test(arguments: [0.5, 3, 40]) func withoutNoiseItFindsTheBestRate(_ stiffness: Double) throws {
        var generator = SplitMix64(seed: 1)
        var model = Quadratic(stiffness: [Double](repeating: stiffness, count: 8), noise: 0)
        for _ in 0..<40 { _ = model.step(using: &generator) }
        let curvature = try #require(model.control.curvature)
        #expect(abs(curvature / stiffness - 1) < 0.05)
        #expect(try #require(model.control.signal) > 0.95)
        // c of the rate at which one step would be enough.
        #expect(abs(model.control.learningRate * stiffness - 0.7) < 0.05)
        #expect(model.energy < 1e-6)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func noiseShortensTheSteps(_ seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let stiffness = [Double](repeating: 3, count: 40)
        var model = Quadratic(stiffness: stiffness, noise: 1)
        var constant = model
        var (sum, constantSum) = (0.0, 0.0)
        for step in 0..<600 {
            _ = model.step(using: &generator)
            _ = constant.step(rate: 0.7 / 3, using: &generator)
            if step >= 300 {
                sum += model.energy
                constantSum += constant.energy
            }
        }
        // The mean energy under a constant rate is η P σ²/(2 − η h)/… above the least; a shorter step averages more.
        #expect(sum < 0.4 * constantSum, "\(sum) against \(constantSum)")
    }

    /// Far from the minimum all is signal; where forces are noise, none is.
    @Test func theSignalIsMeasured() throws {
        var generator = SplitMix64(seed: 9)
        var noisy = Quadratic(stiffness: [Double](repeating: 2, count: 30), noise: 2)
        for _ in 0..<400 { _ = noisy.step(using: &generator) }
        let slope = noisy.parameters.reduce(0) { $0 + 4 * $1 * $1 }
        // s = |h θ|²/(|h θ|² + P σ²), with θ at the end of the run.
        let expected = slope / (slope + 30 * 4)
        #expect(expected < 0.4)
        #expect(try #require(noisy.control.signal) < expected + 0.2)
    }

    @Test func stepsThatGoWrongAreShortenedAndShiftsRaised() {
        var control = StepControl(controlsRate: true, controlsShift: true)
        let (rate, shift) = (control.learningRate, control.shift)
        let bad = [
            ReweightedEnergy(change: .nan, curvature: 1, changeError: 0, curvatureError: 0, effectiveShare: 1),
            ReweightedEnergy(change: -1, curvature: 1, changeError: 0, curvatureError: 0, effectiveShare: 0.01),
            ReweightedEnergy(change: 5, curvature: 1, changeError: 0.1, curvatureError: 0, effectiveShare: 1),
        ]
        for (index, trial) in bad.enumerated() {
            let accepted = control.accepts(trial, slope: 1, rate: control.learningRate)
            #expect(!accepted)
            #expect(control.rejections == index + 1)
        }
        #expect(abs(control.learningRate - rate / 8) < 1e-15)
        #expect(abs(control.shift - shift * 8) < 1e-15)
        let accepted = control.accepts(
            ReweightedEnergy(change: -1, curvature: 0.1, changeError: 0, curvatureError: 0, effectiveShare: 1),
            slope: -1,
            rate: 0.1)
        #expect(!accepted, "a direction that leads uphill")
    }

    @Test func atAnEigenstateThereIsNothingToMeasure() {
        var control = StepControl(controlsRate: true, controlsShift: true)
        let trial = ReweightedEnergy(
            change: 3e-15, curvature: -2e-15, changeError: 1e-15, curvatureError: 1e-15, effectiveShare: 1)
        let accepted = control.accepts(trial, slope: -1e-25, rate: 0.01, energyScale: 4)
        #expect(accepted)
        #expect(control.curvature == nil && control.rejections == 0)
    }

    @Test func aLostStateIsKnownByItsEnergy() {
        var control = StepControl(controlsRate: true, controlsShift: true)
        control.observe(slope: 0, energy: -10, energyError: 0.3)
        #expect(!control.isLost(energy: 5, energyError: 0.4), "no step was made")
        control.made(slope: 2, rate: 0.05)
        // Four times the error √(0.3² + 0.4²) of the difference, and more than the 0.1 that the step promised.
        #expect(!control.isLost(energy: -8.01, energyError: 0.4))
        #expect(control.isLost(energy: -7.99, energyError: 0.4))
        #expect(!control.isLost(energy: .nan, energyError: 0.4))
        #expect(!control.isLost(energy: -7.99, energyError: .nan))
        var exact = control
        exact.observe(slope: 0, energy: -10, energyError: 0)
        #expect(!exact.isLost(energy: -9.91, energyError: 0) && exact.isLost(energy: -9.89, energyError: 0))

        let shift = control.shift
        control.takeBack()
        #expect(control.returns == 1)
        #expect(abs(control.learningRate - 0.05 / 4) < 1e-15 && abs(control.shift - 2 * shift) < 1e-15)
        #expect(!control.isLost(energy: 5, energyError: 0.1), "a return is not taken back")
        // What the energy is once it is back is what the next step is held against.
        var again = control
        again.begin(energy: -10, energyError: 0.3)
        #expect(!again.isLost(energy: 5, energyError: 0.4))
        again.made(slope: 2, rate: 0.01)
        #expect(again.isLost(energy: -7.99, energyError: 0.4))
        // The shift does not fall below where the state was lost.
        for _ in 0..<100 { control.made(slope: 1e-3, rate: 0.01) }
        #expect(abs(control.shift - 2 * shift) < 1e-15)
        var copy = StepControl(controlsRate: true, controlsShift: true)
        copy.words = control.words
        #expect(copy == control)
    }

    @Test func longStepsLeaveTheShiftAndTakeFromTheMomentum() {
        var control = StepControl(controlsRate: true, controlsShift: true)
        #expect(control.momentumShare == 1)
        // η² F·δ at its bound of 0.02, and at a hundredth of it.
        control.made(slope: 2, rate: 0.1)
        #expect(control.shift == StepControl.firstShift)
        #expect(abs(control.momentumShare - 0.003 / 0.023) < 1e-12)
        control.made(slope: 2, rate: 0.01)
        #expect(abs(control.shift - StepControl.firstShift / 1.05) < 1e-15)
        #expect(control.momentumShare > 0.9)
        #expect(control.rate(slope: 2e4, scheduled: 1) <= 1.001e-3)
    }

    @Test func longStepsAreAlwaysTried() {
        var control = StepControl(controlsRate: true, controlsShift: true)
        for _ in 0..<11 { control.made(slope: 1, rate: 0.01) }
        // Of at most √0.02, a step is long from half of that on.
        #expect(!control.isTrialDue(slope: 1, rate: 0.07))
        #expect(control.isTrialDue(slope: 1, rate: 0.071))
        for _ in 0..<5 { control.made(slope: 1, rate: 0.01) }
        #expect(control.isTrialDue(slope: 1, rate: 0.01))
    }

    @Test func anEnergyThatRisesShortensTheNextStep() {
        var control = StepControl(controlsRate: true, controlsShift: true)
        control.observe(slope: 1, energy: -10, energyError: 0.1)
        control.observe(slope: 1, energy: -9.6, energyError: 0.1)
        #expect(control.learningRate == StepControl.firstRate && control.shift == StepControl.firstShift)
        control.observe(slope: 1, energy: -9.1, energyError: 0.1)
        #expect(control.learningRate == StepControl.firstRate / 2 && control.shift == 2 * StepControl.firstShift)
        control.observe(slope: 1, energy: -12, energyError: 0.1)
        #expect(control.learningRate == StepControl.firstRate / 2)
    }

    @Test func whatIsNotControlledStays() {
        var control = StepControl(controlsRate: false, controlsShift: false)
        #expect(control.rate(slope: 1e9, scheduled: 0.3) == 0.3)
        let shift = control.shift
        control.reject(rate: 0.3)
        control.made(slope: 1, rate: 0.3)
        #expect(control.shift == shift)
    }

    @Test func aFactorHoldsForTheRestOfTheRun() throws {
        var generator = SplitMix64(seed: 2)
        var model = Quadratic(stiffness: [Double](repeating: 2, count: 8), noise: 0)
        for _ in 0..<40 { _ = model.step(using: &generator) }
        let before = model.control.learningRate
        model.control.scaleRate(by: 0.25)
        #expect(model.control.learningRate == before / 4)
        for _ in 0..<12 { model.control.made(slope: 1, rate: model.control.learningRate, factor: 0.25) }
        #expect(abs(model.control.learningRate / before - 0.25) < 0.05)
    }

    @Test func itsWordsAreAllOfIt() {
        var generator = SplitMix64(seed: 4)
        var model = Quadratic(stiffness: [1, 2, 3], noise: 0.3)
        for _ in 0..<17 { _ = model.step(using: &generator) }
        var copy = StepControl(controlsRate: true, controlsShift: true)
        #expect(copy != model.control)
        copy.words = model.control.words
        #expect(copy == model.control)
    }
}
