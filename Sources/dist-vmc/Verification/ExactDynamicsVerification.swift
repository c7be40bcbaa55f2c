import Communication
import DistQGT

/// A file of format `distqgt-dynamics-exact`: exact evolutions in real time from a product state.
struct ExactDynamicsVerification: Verification {
    private static let lists = ["energy", "sx", "sz", "szsz"]
    private static let fromFirstSite = "szsz_from_site0"

    let notChecked: [String]
    private let root: ReferenceValue
    private let problem: Problem
    private let start: ProductState
    private let times: [Double]
    /// By key; some of the lists may be missing.
    private let expected: [(key: String, values: [Double])]

    init(_ root: ReferenceValue) throws {
        self.root = root
        problem = try Problem(
            lattice: root.required("lattice").node, hamiltonian: root.required("hamiltonian").node,
            sector: root.optional("hilbert")?.node)
        try ExactReference.validate(problem, root)
        try ExactTrajectory.requireSpins(problem, root)
        let name = try root.required("initial_state")
        guard let start = ProductState(rawValue: try name.string()) else {
            throw ValueKind.unknown(try name.string(), among: ProductState.allCases.map(\.rawValue), at: name.node)
        }
        guard start.isIn(problem.space) else { throw name.error("does not lie in the sector") }
        self.start = start
        let steps = try root.required("steps").integer(0...Int(Int32.max))
        _ = try root.required("dt").number()
        let times = try ExactTrajectory.times(root.required("times"), count: steps + 1)
        self.times = times
        let siteCount = problem.siteCount
        var expected: [(key: String, values: [Double])] = []
        for key in Self.lists {
            guard let list = try root.optional(key) else { continue }
            expected.append((key, try list.numbers(count: times.count)))
        }
        if let rows = try root.optional(Self.fromFirstSite) {
            let lists = try rows.elements()
            guard lists.count == times.count else {
                throw rows.error("has \(lists.count) entries; accepted: \(times.count)")
            }
            expected.append((Self.fromFirstSite, try lists.flatMap { try $0.numbers(count: siteCount) }))
        }
        self.expected = expected
        notChecked = UncheckedQuantities.paths(
            in: root,
            inputs: [
                "format", "name", "source", "lattice", "hamiltonian", "hilbert", "initial_state", "dt", "steps",
                "times",
            ],
            checked: expected.map(\.key))
    }

    func compare(on world: Communicator) throws -> [Comparison] {
        let found = try ExactTrajectory(
            of: problem, .real, from: start.amplitudes, at: times, for: root, on: world
        ).values
        return expected.map { key, values in
            let list =
                switch key {
                case "energy": found.map(\.energy)
                case "sx": found.map(\.x)
                case "sz": found.map(\.z)
                case "szsz": found.map(\.bondsZZ)
                default: found.flatMap(\.fromFirstSiteZZ)
                }
            return Comparison(key, Comparison.relativeError(list, values, unit: 1), kind: .evolved)
        }
    }
}
