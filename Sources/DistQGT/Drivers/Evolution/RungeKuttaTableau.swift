/// An explicit Runge-Kutta method: k_i = f(y + h Σ_{j<i} a_ij k_j), y ← y + h Σ_i b_i k_i; with embedded weights b̂ the
/// difference h Σ_i (b_i − b̂_i) k_i estimates the error of the less accurate of the two.
public struct RungeKuttaTableau: Sendable, Equatable {
    /// As configurations write it.
    public let name: String
    /// a: of stage i the i numbers before it.
    public let stages: [[Double]]
    /// b.
    public let weights: [Double]
    /// b − b̂; nil where there is no embedded method.
    public let errorWeights: [Double]?
    /// p: the error of a step of y ← … is of order h^(p+1).
    public let order: Int
    /// q: the estimate of the error is of order h^(q+1).
    public let errorOrder: Int?

    /// Whether the last stage is evaluated where the step ends, so that it is the first of the next step.
    public var endsWithLastStage: Bool { stages[stages.count - 1] == weights.dropLast() && weights.last == 0 }
    /// Whether steps may be chosen by the estimate of their error.
    public var isAdaptive: Bool { errorWeights != nil }

    private init(
        _ name: String, _ stages: [[Double]], _ weights: [Double], embedded: [Double]? = nil, order: Int,
        errorOrder: Int? = nil
    ) {
        precondition(stages.indices.allSatisfy { stages[$0].count == $0 } && weights.count == stages.count)
        self.name = name
        self.stages = stages
        self.weights = weights
        errorWeights = embedded.map { zip(weights, $0).map { $0 - $1 } }
        self.order = order
        self.errorOrder = errorOrder
    }

    public static let euler = RungeKuttaTableau("euler", [[]], [1], order: 1)
    /// k₂ at the end of an Euler step; the mean of both.
    public static let heun = RungeKuttaTableau("heun", [[], [1]], [0.5, 0.5], order: 2)
    public static let midpoint = RungeKuttaTableau("midpoint", [[], [0.5]], [0, 1], order: 2)
    /// The classical method of order four.
    public static let rk4 = RungeKuttaTableau(
        "rk4", [[], [0.5], [0, 0.5], [0, 0, 1]], [1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6], order: 4)
    /// Two half steps of `heun`, whose distance from a full step is the error (Schmitt and Heyl, PRL 125, 100503, 2020).
    public static let adaptiveHeun = RungeKuttaTableau(
        "adaptive_heun", [[], [1], [0.5, 0], [0.25, 0, 0.25], [0.25, 0, 0.25, 0.5]], [0.25, 0, 0.25, 0.25, 0.25],
        embedded: [0.5, 0.5, 0, 0, 0], order: 2, errorOrder: 2)
    /// Bogacki and Shampine, Appl. Math. Lett. 2, 321 (1989).
    public static let bs23 = RungeKuttaTableau(
        "bs23", [[], [0.5], [0, 0.75], [2.0 / 9, 1.0 / 3, 4.0 / 9]], [2.0 / 9, 1.0 / 3, 4.0 / 9, 0],
        embedded: [7.0 / 24, 0.25, 1.0 / 3, 0.125], order: 3, errorOrder: 2)
    /// Dormand and Prince, J. Comput. Appl. Math. 6, 19 (1980).
    public static let dopri45 = RungeKuttaTableau(
        "dopri45",
        [
            [], [0.2], [3.0 / 40, 9.0 / 40], [44.0 / 45, -56.0 / 15, 32.0 / 9],
            [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
            [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
            [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
        ], [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0],
        embedded: [5179.0 / 57600, 0, 7571.0 / 16695, 393.0 / 640, -92097.0 / 339200, 187.0 / 2100, 1.0 / 40], order: 5,
        errorOrder: 4)

    /// All, in the order in which they are listed for users.
    public static let all = [euler, heun, midpoint, rk4, adaptiveHeun, bs23, dopri45]

    /// Nil for a name that is none.
    public init?(named name: String) {
        guard let tableau = Self.all.first(where: { $0.name == name }) else { return nil }
        self = tableau
    }
}
