import LinearAlgebra
import DistQGT
import DistQGTTestSupport
import Testing

/// The optimisers against their formulas, written out number by number.
@Suite struct OptimiserTests {
    private static let layout = ParameterLayout(leaves: [
        Leaf(name: "w", shape: [3], isComplex: true), Leaf(name: "b", shape: [2], isComplex: false),
    ])
    private static let rules: [OptimiserRule] = [
        .gradientDescent, .momentum(beta: 0.9), .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8),
        .adam(beta1: 0.5, beta2: 0.7, epsilon: 0.3),
    ]

    /// Directions and learning rates of a number of steps.
    private static func directions(_ count: Int) -> [(direction: [Double], rate: Double)] {
        var generator = SplitMix64(seed: 12)
        return (0..<count).map { step in
            ((0..<layout.count).map { _ in generator.normalDeviate() }, 0.1 / Double(step + 1))
        }
    }

    /// θ of one component over the steps, from 0.
    private static func trajectory(_ rule: OptimiserRule, _ component: Int, _ steps: Int) -> [Double] {
        var theta = 0.0
        var v = 0.0
        var m = 0.0
        var beta1Power = 1.0
        var beta2Power = 1.0
        return directions(steps).map { given, rate in
            let delta = given[component]
            switch rule {
            case .gradientDescent:
                theta -= rate * delta
            case .momentum(let beta):
                v = beta * v + delta
                theta -= rate * v
            case .adam(let beta1, let beta2, let epsilon):
                m = beta1 * m + (1 - beta1) * delta
                v = beta2 * v + (1 - beta2) * delta * delta
                beta1Power *= beta1
                beta2Power *= beta2
                theta -= rate * (m / (1 - beta1Power)) / ((v / (1 - beta2Power)).squareRoot() + epsilon)
            }
            return theta
        }
    }

    private static func apply(_ optimiser: Optimiser, _ steps: ArraySlice<(direction: [Double], rate: Double)>)
        -> [[Double]]
    {
        steps.map { given, rate in
            let update = ParameterVector(layout, values: given)
            optimiser.makeUpdate(update, learningRate: rate)
            return update.values
        }
    }

    @Test(arguments: rules) func optimiserFollowsItsFormula(_ rule: OptimiserRule) {
        let steps = 12
        let optimiser = Optimiser(rule)
        let updates = Self.apply(optimiser, Self.directions(steps)[...])
        #expect(optimiser.updateCount == steps)
        for component in 0..<Self.layout.count {
            var theta = 0.0
            for (update, expected) in zip(updates, Self.trajectory(rule, component, steps)) {
                theta += update[component]
                #expect(abs(theta - expected) <= 1e-14)
            }
        }
    }

    @Test(arguments: rules) func optimiserContinuesExactlyAfterRestoring(_ rule: OptimiserRule) {
        let steps = Self.directions(12)
        let whole = Self.apply(Optimiser(rule), steps[...])
        let first = Optimiser(rule)
        _ = Self.apply(first, steps[..<5])
        let second = Optimiser(rule)
        second.restore(state: first.state, updateCount: first.updateCount)
        #expect(Self.apply(second, steps[5...]) == Array(whole[5...]))
        // Without its memory it would go elsewhere.
        if rule != .gradientDescent { #expect(Self.apply(Optimiser(rule), steps[5...]) != Array(whole[5...])) }
    }
}
