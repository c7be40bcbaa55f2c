import Communication
import DistQGT

/// A file of format `distqgt-exact-1`: the lowest levels of small systems.
struct ExactEnergiesVerification: Verification {
    private struct Entry {
        let root: ReferenceValue
        let problem: Problem
        /// Expected numbers by key, with what each is in terms of the levels.
        let expected: [(key: String, value: Double, level: Level)]
    }

    private enum Level {
        case dimension
        /// A level times a factor.
        case energy(Int, factor: Double)
    }

    let notChecked: [String]
    private let entries: [Entry]

    init(_ root: ReferenceValue) throws {
        let entries = try root.required("entries").elements().map(Self.entry)
        self.entries = entries
        notChecked = UncheckedQuantities.paths(
            in: root,
            inputs: [
                "format", "name", "source", "conventions", "entries[].lattice", "entries[].hamiltonian",
                "entries[].sector", "entries[].hilbert", "entries[].note", "entries[].analytic_check_abs_error",
                "entries[].netket_check_abs_error",
            ],
            checked: entries.flatMap { entry in entry.expected.map { "\(entry.root.path).\($0.key)" } })
    }

    private static func entry(_ root: ReferenceValue) throws -> Entry {
        let sector = try root.optional("hilbert") ?? root.optional("sector")
        let problem = try Problem(
            lattice: root.required("lattice").node, hamiltonian: root.required("hamiltonian").node,
            sector: sector?.node)
        try ExactReference.validate(problem, root)
        let perSite = 1 / Double(problem.siteCount)
        var expected = try [
            ("dimension", Level.dimension), ("E0", .energy(0, factor: 1)), ("E0_per_site", .energy(0, factor: perSite)),
            ("E1", .energy(1, factor: 1)),
        ].map { key, level in (key: key, value: try root.required(key).numberOrNull(), level: level) }
        // In spins S = σ/2, which only makes sense where every term has two of them.
        for (key, factor) in [("E0_spin_half_units", 0.25), ("E0_per_site_spin_half_units", 0.25 * perSite)] {
            guard let value = try root.optional(key) else { continue }
            expected.append((key, try value.number(), .energy(0, factor: factor)))
        }
        return Entry(root: root, problem: problem, expected: expected)
    }

    func compare(on world: Communicator) throws -> [Comparison] {
        try entries.flatMap { entry in
            let (energies, dimension) = try ExactReference.lowestEnergies(
                of: entry.problem, count: 2, for: entry.root, on: world)
            return entry.expected.map { key, value, level in
                let found =
                    switch level {
                    case .dimension: Double(dimension)
                    // A space of one state has no second level.
                    case .energy(let index, let factor): index < energies.count ? factor * energies[index] : .nan
                    }
                return Comparison("\(entry.root.path).\(key)", Comparison.relativeError([found], [value]))
            }
        }
    }
}
