/// `--set key.path=value`: a value that replaces the file's. An entry of a list is `key[number]`.
struct Override {
    private enum Step {
        case key(String)
        case entry(Int)
    }

    private let steps: [Step]
    /// The value, in YAML.
    private let text: String
    private let source: String

    /// - Throws: `ConfigurationError` for an argument without `=`, or with a key that is empty or has an entry without a
    ///   number.
    init(argument: String) throws {
        source = "--set \(argument)"
        let malformed = ConfigurationError("accepted: key.path=value", at: Origin(source: source, line: nil))
        guard let equals = argument.firstIndex(of: "=") else { throw malformed }
        text = String(argument[argument.index(after: equals)...])
        let keys = argument[..<equals].split(separator: ".", omittingEmptySubsequences: false)
        steps = try keys.flatMap { key -> [Step] in
            guard let steps = Self.steps(key) else { throw malformed }
            return steps
        }
    }

    /// `ansatz[1]` → the key `ansatz`, entry 1; nil for what is neither.
    private static func steps(_ text: Substring) -> [Step]? {
        let parts = text.split(separator: "[", omittingEmptySubsequences: false)
        guard let key = parts.first, !key.isEmpty, !text.contains(where: \.isWhitespace) else { return nil }
        var steps = [Step.key(String(key))]
        for part in parts.dropFirst() {
            guard part.hasSuffix("]"), let number = Int(part.dropLast()), number >= 0 else { return nil }
            steps.append(.entry(number))
        }
        return steps
    }

    /// The block that it belongs to.
    var block: String? {
        guard case .key(let block)? = steps.first else { return nil }
        return block
    }

    /// Whether it is of this key of a block.
    func isOf(_ block: String, _ key: String) -> Bool {
        guard self.block == block, steps.count == 2, case .key(key) = steps[1] else { return false }
        return true
    }

    var origin: Origin { Origin(source: source, line: nil) }

    /// The tree with the value in its place; maps on the way there are made where they are missing.
    func applied(to root: ConfigurationNode) throws -> ConfigurationNode { try applied(to: root, steps: steps[...]) }

    private func applied(to node: ConfigurationNode, steps: ArraySlice<Step>) throws -> ConfigurationNode {
        switch steps.first {
        case nil: return try ConfigurationNode(yaml: text, source: source, trail: node.trail, lines: .all(nil))
        case .key(let key):
            var map: ConfigurationNode
            switch node.content {
            case .map: map = node
            case .null: map = ConfigurationNode(content: .map([]), origin: origin, trail: node.trail)
            default:
                throw ConfigurationError(
                    "has no keys: found \(node.found); set the whole value", at: origin, path: node.path)
            }
            let child = map[key] ?? ConfigurationNode(content: .null, origin: origin, trail: map.trail.key(key))
            map.set(key, to: try applied(to: child, steps: steps.dropFirst()))
            return map
        case .entry(let number):
            guard case .list(var entries) = node.content, entries.indices.contains(number) else {
                throw ConfigurationError(
                    "has no entry \(number): found \(node.found)", at: origin, path: node.path)
            }
            entries[number] = try applied(to: entries[number], steps: steps.dropFirst())
            return node.replacing(.list(entries))
        }
    }
}
