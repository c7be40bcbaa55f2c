/// `--set key.path=value`: a value that replaces the file's.
struct Override {
    let keys: [String]
    /// The value, in YAML.
    let text: String
    let argument: String

    /// - Throws: `ConfigurationError` for an argument without `=` or with an empty key.
    init(argument: String) throws {
        self.argument = argument
        let origin = Origin(source: "--set \(argument)", line: nil)
        guard let equals = argument.firstIndex(of: "=") else {
            throw ConfigurationError("accepted: key.path=value", at: origin)
        }
        keys = argument[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        text = String(argument[argument.index(after: equals)...])
        guard keys.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) }) else {
            throw ConfigurationError("accepted: key.path=value", at: origin)
        }
    }

    /// The tree with the value in its place; maps on the way there are made where they are missing.
    func applied(to root: ConfigurationNode) throws -> ConfigurationNode {
        try applied(to: root, keys: keys[...])
    }

    private func applied(to node: ConfigurationNode, keys: ArraySlice<String>) throws -> ConfigurationNode {
        let source = "--set \(argument)"
        guard let key = keys.first else {
            return try ConfigurationNode(yaml: text, source: source, trail: node.trail, lines: .all(nil))
        }
        let origin = Origin(source: source, line: nil)
        var map: ConfigurationNode
        switch node.content {
        case .map: map = node
        case .null: map = ConfigurationNode(content: .map([]), origin: origin, trail: node.trail)
        default:
            throw ConfigurationError(
                "has no keys: found \(node.found); set the whole value", at: origin, path: node.path)
        }
        let child = map[key] ?? ConfigurationNode(content: .null, origin: origin, trail: map.trail.key(key))
        map.set(key, to: try applied(to: child, keys: keys.dropFirst()))
        return map
    }
}
