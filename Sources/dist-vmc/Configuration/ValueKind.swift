/// A range of real numbers, either end of which may be left out of it.
struct RealRange: Sendable {
    var minimum: Double = -.infinity
    var maximum: Double = .infinity
    var includesMinimum = true
    var includesMaximum = true

    static let any = RealRange()
    static let positive = RealRange(minimum: 0, includesMinimum: false)
    static let notNegative = RealRange(minimum: 0)
    /// 0 ≤ x < 1
    static let fraction = RealRange(minimum: 0, maximum: 1, includesMaximum: false)
    /// 0 < x < 1
    static let openFraction = RealRange(minimum: 0, maximum: 1, includesMinimum: false, includesMaximum: false)

    func contains(_ value: Double) -> Bool {
        (includesMinimum ? value >= minimum : value > minimum)
            && (includesMaximum ? value <= maximum : value < maximum)
    }

    private static func short(_ bound: Double) -> String {
        Int(exactly: bound).map(String.init) ?? ConfigurationDump.text(bound)
    }

    /// Words that follow "a number": "", " > 0", " >= 0 and < 1".
    var words: String {
        var parts: [String] = []
        if minimum > -.infinity { parts.append("\(includesMinimum ? ">=" : ">") \(Self.short(minimum))") }
        if maximum < .infinity { parts.append("\(includesMaximum ? "<=" : "<") \(Self.short(maximum))") }
        return parts.isEmpty ? "" : " " + parts.joined(separator: " and ")
    }
}

/// The type of a key's value: what is accepted, and in which single form it is kept.
indirect enum ValueKind: Sendable {
    case boolean
    case integer(ClosedRange<Int>)
    case real(RealRange)
    /// A multiple of 1/2.
    case halfInteger
    case complex
    /// One of a few names.
    case choice([String])
    case text
    /// A name, or a number from 0.
    case nameOrIndex
    /// A block like `ansatz`, or a list of them.
    case ansatz
    /// A block like `hamiltonian`.
    case hamiltonian
    /// Blocks of observables.
    case observables
    case list(of: ValueKind, count: ClosedRange<Int>)
    /// One value, or a list of them.
    case oneOrMore(ValueKind)
    /// A map with these keys.
    case record([SchemaKey])
    /// One of the names, or a map from names to weights.
    case weights([String])
    /// A file of parameters, a list of them, or a map from factors to files.
    case parameterFiles
    /// A number, or a map that says how it depends on the step.
    case schedule(RealRange)
    case initialiser
    /// A map from names to numbers that depend on the time.
    case courses
    /// Null is accepted, and means what the key's documentation says.
    case optional(ValueKind)
    /// The word "auto" is accepted, and leaves the choice to the program.
    case automaticOr(ValueKind)

    /// What is accepted, as messages and the reference say it.
    var accepted: String {
        switch self {
        case .boolean: return "true or false"
        case .integer(let range):
            if range == Int.min...Int.max { return "an integer" }
            if range.upperBound == .max { return "an integer >= \(range.lowerBound)" }
            return "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .real(let range): return "a number" + range.words
        case .halfInteger: return "a multiple of 1/2"
        case .complex: return "a number or [re, im]"
        case .choice(let names): return Self.alternatives(names)
        case .text: return "text"
        case .nameOrIndex: return "a name, or a number >= 0"
        case .ansatz: return "an ansatz, {type: ..., ...}, or a list of them"
        case .hamiltonian: return "a hamiltonian, {type: ..., ...}"
        case .observables:
            return "a map of the blocks \(Schema.observables.map(\.name).joined(separator: ", "))"
        case .list(let kind, let count):
            if count.lowerBound == count.upperBound { return "a list of \(count.lowerBound), each \(kind.accepted)" }
            return "a \(count.lowerBound > 0 ? "non-empty " : "")list, each entry \(kind.accepted)"
        case .oneOrMore(let kind): return "\(kind.accepted), or a list of them"
        case .record(let keys): return "a map with the keys \(keys.map(\.name).joined(separator: ", "))"
        case .weights(let names): return "\(Self.alternatives(names)), or a map of weights, {\(names[0]): 0.7, ...}"
        case .parameterFiles: return "text, a list of texts, or a map from factors to texts"
        case .schedule(let range):
            return "a number\(range.words), or a schedule "
                + "{type: \(ScheduleReader.types.joined(separator: " | ")), ...}"
        case .initialiser:
            return "\(Self.alternatives(InitialiserReader.names)), or {type: ..., scale: ...}"
        case .courses:
            return "a map from keys of the hamiltonian to lists of pairs [time, value], {h: [[0, 1], [2, 0.1]]}"
        case .optional(let kind): return "\(kind.accepted), or null"
        case .automaticOr(let kind): return "auto, or \(kind.accepted)"
        }
    }

    private static func alternatives(_ names: [String]) -> String {
        guard names.count > 1, let last = names.last else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }

    /// The value in the form it is kept in.
    ///
    /// - Throws: `ConfigurationError` for what is not accepted.
    func normalise(_ node: ConfigurationNode) throws -> ConfigurationNode {
        switch self {
        case .boolean:
            return node.replacing(.boolean(try node.boolean(accepted)))
        case .integer(let range):
            let value = try node.integer(accepted)
            guard range.contains(value) else { throw node.mismatch(accepted) }
            return node.replacing(.integer(value))
        case .real(let range):
            let value = try node.real(accepted)
            guard range.contains(value) else { throw node.mismatch(accepted) }
            return node.replacing(.real(value))
        case .halfInteger:
            let value = try node.real(accepted)
            // 2^31 is far beyond any number of sites, and exact.
            guard abs(value) < 0x1p31, (2 * value).rounded() == 2 * value else { throw node.mismatch(accepted) }
            return node.replacing(value.rounded() == value ? .integer(Int(value)) : .real(value))
        case .complex:
            let value = try node.complex(accepted)
            let parts = [value.real, value.imaginary].map { node.replacing(.real($0)) }
            return node.replacing(.list(parts))
        case .choice(let names):
            let name = try node.string(accepted)
            guard names.contains(name) else { throw Self.unknown(name, among: names, at: node) }
            return node.replacing(.string(name, quoted: false))
        case .text:
            let text = try node.string(accepted)
            guard !text.isEmpty else { throw node.mismatch(accepted) }
            return node.replacing(.string(text, quoted: true))
        case .nameOrIndex:
            if case .string = node.content { return try ValueKind.text.normalise(node) }
            let index = try node.integer(accepted)
            guard index >= 0 else { throw node.mismatch(accepted) }
            return node.replacing(.integer(index))
        case .ansatz:
            if case .list = node.content {} else { _ = try node.map(accepted) }
            return try Schema.ansatz.normalise(node)
        case .hamiltonian:
            _ = try node.map(accepted)
            return try Schema.hamiltonian.normalise(node)
        case .observables:
            _ = try node.map(accepted)
            return try ObservableRequest.normalised(node)
        case .list(let kind, let count):
            let items = try node.list(accepted)
            guard count.contains(items.count) else { throw node.mismatch(accepted) }
            return node.replacing(.list(try items.map(kind.normalise)))
        case .oneOrMore(let kind):
            guard case .list(let items) = node.content else {
                do { return try kind.normalise(node) } catch { throw node.mismatch(accepted) }
            }
            guard !items.isEmpty else { throw node.mismatch(accepted) }
            return node.replacing(.list(try items.map(kind.normalise)))
        case .record(let keys):
            return try SchemaKey.normalise(node, keys: keys, accepted: accepted)
        case .weights(let names):
            return try normaliseWeights(node, names)
        case .parameterFiles:
            switch node.content {
            case .list(let files) where !files.isEmpty:
                return node.replacing(.list(try files.map(ValueKind.text.normalise)))
            case .map(let files) where !files.isEmpty:
                return node.replacing(
                    .map(
                        try files.map {
                            .init(key: $0.key, keyOrigin: $0.keyOrigin, value: try ValueKind.text.normalise($0.value))
                        }))
            case .string: return try ValueKind.text.normalise(node)
            default: throw node.mismatch(accepted)
            }
        case .schedule(let range):
            return try ScheduleReader.normalise(node, range: range, accepted: accepted)
        case .initialiser:
            return try InitialiserReader.normalise(node, accepted: accepted)
        case .courses: return try CouplingCourses.normalise(node, accepted: accepted)
        case .automaticOr(let kind):
            if node.isAutomatic { return node.replacing(.string(ConfigurationNode.automatic, quoted: false)) }
            return try normalise(node, as: kind)
        case .optional(let kind):
            return node.isNull ? node : try normalise(node, as: kind)
        }
    }

    /// The value of a kind that is accepted beside others, with a message that knows of these.
    private func normalise(_ node: ConfigurationNode, as kind: ValueKind) throws -> ConfigurationNode {
        do { return try kind.normalise(node) } catch let error as ConfigurationError {
            let problem =
                error.problem.hasSuffix(kind.accepted)
                ? String(error.problem.dropLast(kind.accepted.count)) + accepted : error.problem
            throw ConfigurationError(problem, at: error.origin, path: error.path)
        }
    }

    private func normaliseWeights(_ node: ConfigurationNode, _ names: [String]) throws -> ConfigurationNode {
        guard case .map(let entries) = node.content else { return try ValueKind.choice(names).normalise(node) }
        guard !entries.isEmpty else { throw node.mismatch(accepted) }
        var total = 0.0
        let weights = try entries.map { entry -> ConfigurationNode.Entry in
            guard names.contains(entry.key) else { throw SchemaKey.unknownKey(entry, known: names, in: node) }
            let value = try ValueKind.real(.notNegative).normalise(entry.value)
            total += try value.real()
            return .init(key: entry.key, keyOrigin: entry.keyOrigin, value: value)
        }
        guard total > 0, total.isFinite else { throw node.error("the weights sum to \(total); one must be positive") }
        return node.replacing(.map(weights))
    }

    static func unknown(_ name: String, among names: [String], at node: ConfigurationNode) -> ConfigurationError {
        let suggestion = NearestName.of(name, among: names).map { "; did you mean '\($0)'?" } ?? ";"
        return node.error("'\(name)' is unknown\(suggestion) accepted: \(Self.alternatives(names))")
    }
}
