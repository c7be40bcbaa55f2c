import DistQGT

/// Couplings of a Hamiltonian that depend on the time: straight lines between given times and values.
struct CouplingCourses {
    private struct Course {
        let key: String
        /// Ascending times, and the values then.
        let points: [(time: Double, value: Double)]

        /// Before the first time and after the last one it is the value then.
        func value(at time: Double) -> Double {
            guard let next = points.firstIndex(where: { $0.time > time }) else { return points[points.count - 1].value }
            guard next > 0 else { return points[0].value }
            let (before, after) = (points[next - 1], points[next])
            return before.value + (after.value - before.value) * (time - before.time) / (after.time - before.time)
        }
    }

    private let courses: [Course]
    private let block: ConfigurationNode
    private let model: LatticeModel
    private let space: HilbertSpace
    /// The problem at time 0.
    let first: Problem
    /// The most transitions of a configuration at any time.
    let transitionBound: Int

    /// - Parameters:
    ///   - node: a normalised value of the key `couplings`.
    ///   - block: of the Hamiltonian, normalised.
    ///   - problem: with that Hamiltonian.
    ///   - makeProblem: checks one with another.
    /// - Throws: `ConfigurationError` for keys that the Hamiltonian does not have, and for values with which it is none of the
    ///   problem's space.
    init(
        _ node: ConfigurationNode, of block: ConfigurationNode, _ problem: Problem,
        _ makeProblem: (ConfigurationNode) throws -> Problem
    ) throws {
        let courses = try node.map().map { entry in
            guard block[entry.key] != nil else {
                throw entry.value.error(
                    "the hamiltonian has no key '\(entry.key)'; accepted: "
                        + (try block.map().map(\.key).filter { $0 != "type" }).joined(separator: ", "))
            }
            return Course(
                key: entry.key,
                points: try entry.value.list().map { pair in
                    let numbers = try pair.list()
                    return (try numbers[0].real(), try numbers[1].real())
                })
        }
        let space = problem.space
        // What a coupling leads to is seen where it has a value, and half-way between two.
        let times = Set(courses.flatMap { $0.points.map(\.time) }).union([0]).sorted()
        let between = zip(times, times.dropFirst()).map { ($0 + $1) / 2 }
        let problems = try (times + between).map { time in
            let problem = try makeProblem(Self.block(block, courses, at: time))
            guard problem.space == space else {
                throw node.error("the hamiltonian at time \(time) belongs to another basis")
            }
            return problem
        }
        self.courses = courses
        self.block = block
        model = problem.model
        self.space = space
        first = problems[0]
        transitionBound = problems.reduce(0) { max($0, $1.hamiltonian.transitionBound) }
    }

    /// The Hamiltonian at a time.
    ///
    /// - Throws: `ConfigurationError`.
    func hamiltonian(at time: Double) throws -> any Operator {
        try HamiltonianFactory.hamiltonian(Self.block(block, courses, at: time), on: model, in: space)
    }

    private static func block(
        _ block: ConfigurationNode, _ courses: [Course], at time: Double
    ) throws -> ConfigurationNode {
        var block = block
        for course in courses { block.set(course.key, to: .real(course.value(at: time))) }
        return try Schema.hamiltonian.normalise(block)
    }

    /// A map from names to ascending times, each with a value.
    static func normalise(_ node: ConfigurationNode, accepted: String) throws -> ConfigurationNode {
        let entries = try node.map(accepted)
        guard !entries.isEmpty else { throw node.mismatch(accepted) }
        return node.replacing(
            .map(
                try entries.map { entry in
                    let pairs = try entry.value.list("a list of pairs [time, value]")
                    guard !pairs.isEmpty else { throw entry.value.mismatch("a list of pairs [time, value]") }
                    var last = -Double.infinity
                    let normalised = try pairs.map { pair in
                        let numbers = try pair.list("[time, value]")
                        guard numbers.count == 2 else { throw pair.mismatch("[time, value]") }
                        let time = try ValueKind.real(.notNegative).normalise(numbers[0])
                        guard try time.real() > last else { throw time.error("the times do not ascend") }
                        last = try time.real()
                        return pair.replacing(.list([time, try ValueKind.real(.any).normalise(numbers[1])]))
                    }
                    return .init(
                        key: entry.key, keyOrigin: entry.keyOrigin, value: entry.value.replacing(.list(normalised)))
                }))
    }
}
