import DistQGT

/// The solvers that a configuration may name.
enum SolverList {
    /// One entry for each.
    static let all: [any ReconfigurationSolver.Type] = [
        ConjugateGradientSolver.self, MinimalResidualSolver.self, CholeskySolver.self, SmoothPseudoInverseSolver.self,
    ]

    static var names: [String] { all.map { $0.name } }

    static func named(_ name: String) -> (any ReconfigurationSolver.Type)? { all.first { $0.name == name } }

    /// The options of all solvers, each once, as keys of the block `sr`.
    static var optionKeys: [SchemaKey] {
        var keys: [SchemaKey] = []
        for option in all.flatMap({ $0.options }) where !keys.contains(where: { $0.name == option.name }) {
            let value: SchemaKey.Default =
                if case .automaticOpenFraction = option.kind { .derived(option.defaultValue) } else {
                    .value(option.defaultValue)
                }
            keys.append(SchemaKey(option.name, option.kind.valueKind, value, option.documentation))
        }
        return keys
    }

    /// The names of the keys that mean something to some solvers and not to all.
    static var keys: [String] {
        all.flatMap { $0.keys }.reduce(into: []) { keys, key in if !keys.contains(key) { keys.append(key) } }
    }

    /// Which solvers are tried after which, in words.
    static var fallbacks: String {
        let words = all.filter { !$0.fallback.isEmpty }.map { solver in
            "[\(solver.fallback.joined(separator: ", "))] after \(solver.name)"
        }
        return words.joined(separator: ", ")
    }
}

extension SolverOption.Kind {
    var valueKind: ValueKind {
        switch self {
        case .openFraction: .real(.openFraction)
        case .automaticOpenFraction: .automaticOr(.real(.openFraction))
        case .fraction: .real(.fraction)
        case .notNegative: .real(.notNegative)
        case .count: .integer(1...Int.max)
        case .integer(let bounds): .integer(bounds)
        case .choice(let names): .choice(names)
        }
    }
}

/// The normalised block `sr` as a solver reads it.
struct SolverBlock: SolverSettings {
    let node: ConfigurationNode

    func real(_ name: String) throws -> Double { try node.required(name).real() }
    func automaticReal(_ name: String) throws -> Double? {
        let value = try node.required(name)
        return value.isAutomatic ? nil : try value.real()
    }
    func integer(_ name: String) throws -> Int { try node.required(name).integer() }
    func choice(_ name: String) throws -> String { try node.required(name).string() }
}
