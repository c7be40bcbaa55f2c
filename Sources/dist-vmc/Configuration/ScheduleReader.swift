import DistQGT

/// Readings of a number that may depend on the step.
enum ScheduleReader {
    static let types = ["constant", "linear", "exponential", "cosine", "piecewise"]

    private static func keys(of type: String, _ range: RealRange) -> [SchemaKey] {
        let typeKey = SchemaKey("type", .choice(types), .required, "The form of the schedule.")
        let value = ValueKind.real(range)
        switch type {
        case "constant":
            return [typeKey, SchemaKey("value", value, .required, "The value at every step.")]
        case "piecewise":
            let pair = ValueKind.list(of: .real(.notNegative), count: 2...2)
            return [
                typeKey,
                SchemaKey(
                    "values", .list(of: pair, count: 1...Int.max), .required,
                    "Pairs [step, value], ascending from step 0: each value holds until the next step."),
            ]
        default:
            return [
                typeKey,
                SchemaKey("start", value, .required, "The value at step 0."),
                SchemaKey("end", value, .required, "The value from step `steps` on."),
                SchemaKey("steps", .integer(1...Int.max), .derived("run.steps"), "The length of the way."),
            ]
        }
    }

    /// A real number, or a map whose keys belong to its type.
    static func normalise(
        _ node: ConfigurationNode, range: RealRange, accepted: String
    ) throws -> ConfigurationNode {
        guard case .map = node.content else {
            let value = try node.real(accepted)
            guard range.contains(value) else { throw node.mismatch(accepted) }
            return node.replacing(.real(value))
        }
        let type = try ValueKind.choice(types).normalise(node.required("type")).string()
        let normalised = try SchemaKey.normalise(
            node, keys: keys(of: type, range), accepted: accepted, of: "a schedule of type '\(type)'")
        // The values of the pairs obey the key's own range, their steps are integers.
        if case .list(let pairs)? = normalised["values"]?.content {
            for pair in pairs {
                let entries = try pair.list()
                _ = try ValueKind.integer(0...Int.max).normalise(entries[0])
                _ = try ValueKind.real(range).normalise(entries[1])
            }
        }
        return normalised
    }

    /// The schedule of a resolved value.
    static func schedule(_ node: ConfigurationNode) throws -> Schedule {
        do {
            guard case .map = node.content else { return try .constant(node.real()) }
            let type = try node.required("type").string()
            switch type {
            case "constant":
                return try .constant(node.required("value").real())
            case "piecewise":
                return try .piecewise(
                    node.required("values").list().map { pair in
                        let entries = try pair.list()
                        return try .init(step: entries[0].integer(), value: entries[1].real())
                    })
            default:
                let start = try node.required("start").real()
                let end = try node.required("end").real()
                let steps = try node.required("steps").integer()
                switch type {
                case "linear": return try .linear(from: start, to: end, steps: steps)
                case "exponential": return try .exponential(from: start, to: end, steps: steps)
                default: return try .cosine(from: start, to: end, steps: steps)
                }
            }
        } catch let error as ScheduleError {
            throw node.error(error.description)
        }
    }

    /// The same, or nil where the choice is left to the program.
    static func automaticSchedule(_ node: ConfigurationNode) throws -> Schedule? {
        node.isAutomatic ? nil : try schedule(node)
    }

    /// The normalised value with the length of a ramp written out.
    ///
    /// - Parameter defaultSteps: the length of a ramp that does not give its own; nil where that is not known.
    static func resolved(_ node: ConfigurationNode, defaultSteps: Int?) throws -> ConfigurationNode {
        var node = node
        guard node["start"] != nil, node["steps"] == nil else { return node }
        guard let defaultSteps else {
            throw node.error(
                "with run.steps auto the key 'steps' of a schedule has no default; accepted: an integer >= 1")
        }
        node.set("steps", to: .integer(max(defaultSteps, 1)))
        return node
    }
}
