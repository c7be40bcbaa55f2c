import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct SampleControlTests {
    private static func control(_ lengths: [Int]) throws -> SampleControl {
        let reconfiguration = StochasticReconfiguration(
            solvers: [CholeskySolver()], diagonalShift: try .constant(0.01))
        return SampleControl(lengths.map { .init(length: $0, reconfiguration: reconfiguration) })
    }

    @Test func lengthsAreHalvesOfTheLargest() {
        #expect(SampleControl.lengths(chains: 64, largest: 64) == [4, 8, 16, 32, 64])
        #expect(SampleControl.lengths(chains: 1024, largest: 4) == [2, 4])
        #expect(SampleControl.lengths(chains: 1, largest: 100) == [100])
        #expect(SampleControl.lengths(chains: 100, largest: 1) == [1])
        var generator = SplitMix64(seed: 3)
        for _ in 0..<200 {
            let chains = Int.random(in: 1...500, using: &generator)
            let largest = Int.random(in: 1...3000, using: &generator)
            let lengths = SampleControl.lengths(chains: chains, largest: largest)
            #expect(lengths.last == largest)
            for (few, many) in zip(lengths, lengths.dropFirst()) {
                #expect(few == (many + 1) / 2 && few >= 2 && few < many)
                #expect(few * chains >= SampleControl.leastSamples)
            }
        }
    }

    /// A descent along one direction with a slope of T and the noise n/N: the number of samples has to become one at which T
    /// is neither lost in noise nor known better than a step can use.
    @Test(arguments: [0.05, 1, 3, 20, 1000]) func samplesFollowTheNoise(_ noise: Double) throws {
        var samples = try Self.control([4, 8, 16, 32, 64, 128])
        var control = StepControl(controlsRate: true, controlsShift: true)
        var generator = SplitMix64(seed: 5)
        let curvature = 2.0
        var changes = 0
        var visited: [Int: Int] = [:]
        for step in 0..<3000 {
            let length = Double(samples.level.length)
            // In the metric of S: the slope of the direction is |f + z|², its slope at other samples f·(f + z) + z′·(f + z).
            let deviation = (noise / length / 40).squareRoot()
            let made = (0..<40).map { ($0 == 0 ? 1 : 0) + deviation * generator.normalDeviate() }
            let slope = made.reduce(0) { $0 + $1 * $1 }
            let rate = 0.01
            let trial = ReweightedEnergy(
                change: -2 * rate * slope, curvature: rate * rate * curvature * slope, changeError: 0,
                curvatureError: 0,
                effectiveShare: 1)
            _ = control.accepts(trial, slope: slope, rate: rate)
            control.made(slope: slope, rate: rate)
            let index = samples.index
            samples.choose(&control, wasLost: false)
            if samples.index != index, step >= 1000 { changes += 1 }
            if step >= 1000 { visited[samples.level.length, default: 0] += 1 }
            let other = made.enumerated().map { ($0.offset == 0 ? 1 : 0) + deviation * generator.normalDeviate() }
            let newSlope = zip(made, other).reduce(0) { $0 + $1.0 * $1.1 } - rate * curvature * slope
            control.observe(slope: newSlope, energy: -Double(step), energyError: 0.1)
        }
        let length = Double(try #require(visited.max { $0.value < $1.value }).key)
        let signal = 1 / (1 + noise / length)
        // The measured share scatters about this one.
        #expect(length == 128 || signal > 0.2, "\(visited)")
        #expect(length == 4 || signal < 0.65, "\(visited)")
        #expect(changes < 100, "it keeps changing: \(visited)")
    }

    @Test func aLostStateAsksForMore() throws {
        var samples = try Self.control([4, 8])
        var control = StepControl(controlsRate: true, controlsShift: true)
        samples.choose(&control, wasLost: false)
        #expect(samples.level.length == 4)
        samples.choose(&control, wasLost: true)
        #expect(samples.level.length == 8)
        samples.choose(&control, wasLost: true)
        #expect(samples.level.length == 8)
    }

    @Test func itGoesOnWhereItWas() throws {
        var samples = try Self.control([4, 8, 16])
        var control = StepControl(controlsRate: true, controlsShift: true)
        for lost in [false, true, false, false] { samples.choose(&control, wasLost: lost) }
        var other = try Self.control([4, 8, 16])
        other.restore(samples.words)
        #expect(other.words == samples.words && other.index == 1)
        // A run of a version that knew of no levels had all samples; other levels have what is nearest below.
        other.restore([])
        #expect(other.index == 2)
        other = try Self.control([3, 6])
        other.restore([4, 2])
        #expect(other.index == 0)
        other.restore([2, 2])
        #expect(other.index == 0)
    }

    @Test func whatMoreSamplesDoToTheSignalIsForetold() throws {
        var control = StepControl(controlsRate: true, controlsShift: true)
        #expect(control.solverTolerance == SolverOption.noisyTolerance)
        control.changeSamples(by: 2)
        #expect(control.signal == nil)
        let trial = ReweightedEnergy(
            change: -0.02, curvature: 1e-4, changeError: 0, curvatureError: 0, effectiveShare: 1)
        _ = control.accepts(trial, slope: 1, rate: 0.01)
        for step in 0..<50 {
            control.made(slope: 1, rate: 0.01)
            control.observe(slope: 0.39, energy: -Double(step), energyError: 0.1)
        }
        let signal = try #require(control.signal)
        #expect(abs(signal - 0.4) < 1e-9)
        #expect(abs(control.solverTolerance - 0.01 * 0.6.squareRoot()) < 1e-9)
        control.changeSamples(by: 4)
        #expect(abs(try #require(control.signal) - 1.6 / 2.2) < 1e-9)
        control.changeSamples(by: 0.25)
        #expect(abs(try #require(control.signal) - signal) < 1e-9)
    }
}
