import DistQGT

/// One key of the configuration: its type, its default and its meaning. The schema is data: it
/// checks a configuration, fills in defaults and prints the reference.
struct SchemaKey: Sendable {
    enum Default: Sendable {
        /// The key must be given.
        case required
        /// The value, spelt in YAML.
        case value(String)
        /// A value that depends on other keys, in words; it is filled in once those are known.
        case derived(String)
        /// Without the key there is nothing: it only describes or checks.
        case none
    }

    let name: String
    let kind: ValueKind
    let defaultValue: Default
    let documentation: String

    init(_ name: String, _ kind: ValueKind, _ defaultValue: Default, _ documentation: String) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.documentation = documentation
    }

    /// The map with every value normalised, in the order of `keys`, and with the defaults that do not
    /// depend on other keys. Derived defaults are left out.
    ///
    /// - Throws: `ConfigurationError` for an unknown or missing key or a value that is not accepted.
    static func normalise(
        _ node: ConfigurationNode, keys: [SchemaKey], accepted: @autoclosure () -> String, of owner: String = "",
        advice: String? = nil
    ) throws -> ConfigurationNode {
        let entries = try node.map(accepted())
        for entry in entries where !keys.contains(where: { $0.name == entry.key }) {
            throw unknownKey(entry, known: keys.map(\.name), in: node, of: owner, advice: advice)
        }
        var normalised: [ConfigurationNode.Entry] = []
        func append(_ key: SchemaKey, _ value: ConfigurationNode) throws {
            normalised.append(.init(key: key.name, keyOrigin: value.origin, value: try key.kind.normalise(value)))
        }
        for key in keys {
            if let value = node[key.name], key.accepts(value) {
                try append(key, value)
                continue
            }
            switch key.defaultValue {
            case .required:
                throw node.error("the key '\(key.name)' is missing; accepted: \(key.kind.accepted)")
            case .value(let text):
                try append(key, try defaultValue(text, of: key, in: node))
            case .derived, .none:
                break
            }
        }
        return node.replacing(.map(normalised))
    }

    /// A default that turns out not to fit is reported where its block stands.
    private static func defaultValue(
        _ text: String, of key: SchemaKey, in node: ConfigurationNode
    ) throws -> ConfigurationNode {
        let trail = node.trail.key(key.name)
        // A plain word or number, the default of each of many terms, needs no parser.
        if !text.utf8.contains(where: "[]{}\"':#, ".utf8.contains) {
            return ConfigurationNode(content: YAMLScalar.content(ofPlain: text), origin: node.origin, trail: trail)
        }
        return try ConfigurationNode(
            yaml: text, source: node.origin.source, trail: trail, lines: .all(node.origin.line))
    }

    /// Whether a value stands for itself. Null asks for the default where it has no meaning of its own.
    private func accepts(_ value: ConfigurationNode) -> Bool {
        guard value.isNull else { return true }
        switch (kind, defaultValue) {
        case (.optional, .value), (.optional, .required): return true
        case (_, .derived), (_, .none): return false
        default: return true
        }
    }

    static func unknownKey(
        _ entry: ConfigurationNode.Entry, known: [String], in map: ConfigurationNode, of owner: String = "",
        advice: String? = nil
    ) -> ConfigurationError {
        let suggestion = NearestName.of(entry.key, among: known).map { "; did you mean '\($0)'?" } ?? ""
        let whose = owner.isEmpty ? "" : " of \(owner)"
        return ConfigurationError(
            "unknown key\(whose)\(suggestion) (known: \(known.joined(separator: ", ")))"
                + (advice.map { "; \($0)" } ?? ""),
            at: entry.keyOrigin, path: map.trail.key(entry.key).description)
    }
}

/// One block of the configuration. Its keys may depend on the value of its key `type`.
struct SchemaBlock: Sendable {
    struct Variant: Sendable {
        let type: String
        let documentation: String
        let keys: [SchemaKey]

        /// - Parameter network: whose data type and initialisers are keys, too, the last ones.
        init(
            type: String, documentation: String, keys: [SchemaKey], layersOf network: (any LayeredAnsatz.Type)? = nil
        ) {
            self.type = type
            self.documentation = documentation
            self.keys = keys + (network.map { Schema.parameters(of: $0) } ?? [])
        }
    }

    let name: String
    let documentation: String
    /// Keys of every variant.
    let keys: [SchemaKey]
    /// Empty where the block has no key `type` that decides about other keys.
    var variants: [Variant] = []
    /// Whether a list of such blocks is accepted in place of one.
    var acceptsList = false
    /// Where else to look for what a key that no variant has was meant to be; nil where there is nothing to say.
    var advice: String?

    /// The block with every value normalised and defaults filled in, as `SchemaKey.normalise`.
    func normalise(_ node: ConfigurationNode) throws -> ConfigurationNode {
        guard acceptsList, case .list(let blocks) = node.content else {
            return try normalise(
                node, accepted: acceptsList ? "a map of keys, or a list of such maps" : "a map of keys")
        }
        guard !blocks.isEmpty else { throw node.error("the list is empty; accepted: one entry or more") }
        return node.replacing(.list(try blocks.map { try normalise($0, accepted: "a map of keys") }))
    }

    private func normalise(_ node: ConfigurationNode, accepted: String) throws -> ConfigurationNode {
        if variants.isEmpty { return try SchemaKey.normalise(node, keys: keys, accepted: accepted) }
        _ = try node.map(accepted)
        let typeKind = ValueKind.choice(variants.map(\.type))
        guard let typeNode = node["type"], !typeNode.isNull else {
            throw node.error("the key 'type' is missing; accepted: \(typeKind.accepted)")
        }
        let type = try typeKind.normalise(typeNode).string()
        let variant = variants.first { $0.type == type }?.keys ?? []
        let typeKey = SchemaKey("type", typeKind, .required, "")
        return try SchemaKey.normalise(
            node, keys: [typeKey] + variant + keys, accepted: accepted, of: "\(name) type '\(type)'", advice: advice)
    }
}
