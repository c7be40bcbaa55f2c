/// Readings of an initialiser: a name, or {type: name, scale: x}.
enum InitialiserReader {
    /// Names, and the scale that each has unless one is given.
    static let defaultScales: [(name: String, scale: Double)] = [
        ("normal", 0.01), ("uniform", 0.01), ("lecun_normal", 1), ("glorot_normal", 1), ("zeros", 0),
    ]
    static let names = defaultScales.map(\.name)

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
        var scale = defaultScales.first { $0.name == name }?.scale ?? 1
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
