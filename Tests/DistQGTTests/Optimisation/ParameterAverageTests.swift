import DistQGT
import DistQGTTestSupport
import Testing

@Suite struct ParameterAverageTests {
    private let layout = ParameterLayout(leaves: [Leaf(name: "a", shape: [5], isComplex: false)])

    private func vector(_ values: [Double]) -> ParameterVector { ParameterVector(layout, values: values) }

    /// Σ (t+1)(t+2)(t+3) θ_t over its weights, which is what the recursion with η = 3 comes to.
    @Test func laterStepsWeighMore() {
        var generator = SplitMix64(seed: 5)
        let steps = (0..<30).map { _ in (0..<5).map { _ in generator.normalDeviate() } }
        let average = ParameterAverage(like: vector(steps[0]))
        for step in steps { average.add(vector(step)) }
        let weights = steps.indices.map { Double(($0 + 1) * ($0 + 2) * ($0 + 3)) }
        let total = weights.reduce(0, +)
        for index in 0..<5 {
            let expected = zip(weights, steps).reduce(0) { $0 + $1.0 * $1.1[index] } / total
            #expect(abs(average.parameters[index] - expected) < 1e-14)
        }
        #expect(average.count == 30)
    }

    @Test func whatWasAddedLastIsTakenOut() {
        let average = ParameterAverage(like: vector([0, 0, 0, 0, 0]))
        average.add(vector([1, 2, 3, 4, 5]))
        average.remove(vector([1, 2, 3, 4, 5]))
        #expect(average.count == 0 && average.parameters.values == [0, 0, 0, 0, 0])
        average.add(vector([5, 4, 3, 2, 1]))
        average.add(vector([0.1, 0.2, 0.3, 0.4, 0.5]))
        let mean = average.parameters.values
        average.add(vector([1e3, -1e3, 0, 7, 1]))
        average.remove(vector([1e3, -1e3, 0, 7, 1]))
        #expect(average.count == 2 && zip(average.parameters.values, mean).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test func anExchangeIsTakenBack() {
        let average = ParameterAverage(like: vector([1, 2, 3, 4, 5]))
        average.add(vector([1, 2, 3, 4, 5]))
        average.add(vector([0.1, 0.2, 0.3, 0.4, 0.5]))
        let mean = average.parameters.values
        let present = vector([7, 8, 9, 10, 11])
        average.exchange(with: present)
        #expect(average.isTaken && present.values == mean && average.parameters.values == [7, 8, 9, 10, 11])
        let restored = ParameterAverage(layout, average.state)
        #expect(restored.state == average.state)
        restored.exchange(with: present)
        #expect(!restored.isTaken && present.values == [7, 8, 9, 10, 11] && restored.parameters.values == mean)
    }

    @Test func whatIsWorseByMoreThanTwoErrors() {
        let average = ParameterAverage(like: vector([0, 0, 0, 0, 0]))
        #expect(!average.isWorse(energy: 1e9, error: 0))
        for energy in [-1.1, -0.9, -1.0, -1.0] { average.add(energy: energy, error: 0.2) }
        // The steps' mean is −1 ± 0.1.
        #expect(!average.isWorse(energy: -0.81, error: 0))
        #expect(average.isWorse(energy: -0.79, error: 0))
        #expect(!average.isWorse(energy: -0.79, error: 0.1))
    }
}
