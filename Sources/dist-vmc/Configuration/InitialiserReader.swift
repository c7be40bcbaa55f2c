import DistQGT

/// Readings of an initialiser: a name, or {type: name, scale: x}.
enum InitialiserReader {
    static let names = Initialiser.Kind.allCases.map(\.rawValue)

    /// The scale that an initialiser has unless one is given: the spread itself needs a small one, a
    /// factor on the spread is 1.
    private static func defaultScale(_ name: String) -> Double { ["normal", "uniform"].contains(name) ? 0.01 : 1 }

    /// {type: name, scale: x}
    static func normalise(_ node: ConfigurationNode, accepted: String) throws -> ConfigurationNode {
        let nameNode: ConfigurationNode
        switch node.content {
        case .string: nameNode = node
        case .map(let entries):
            for entry in entries where !["type", "scale"].contains(entry.key) {
                throw SchemaKey.unknownKey(entry, known: ["type", "scale"], in: node)
            }
            nameNode = try node.required("type")
        default: throw node.mismatch(accepted)
        }
        let name = try ValueKind.choice(names).normalise(nameNode).string()
        var scale = defaultScale(name)
        if let given = node["scale"] {
            guard name != "zeros" else { throw given.error("zeros have no scale") }
            scale = try ValueKind.real(.positive).normalise(given).real()
        }
        var normalised = node.replacing(.map([]))
        normalised.set("type", to: .string(name, quoted: false))
        if name != "zeros" { normalised.set("scale", to: .real(scale)) }
        return normalised
    }
}
