/// What the schema knows and this version cannot do yet. Such a value is refused by name: it is
/// never read and ignored.
enum Unavailable {
    enum Values: Sendable {
        /// These names.
        case names([String])
        /// Everything but this number.
        case otherThan(Double)
        /// The value true.
        case isTrue
    }

    struct Option: Sendable {
        let block: String
        let key: String
        let values: Values
    }

    static let options = [
        Option(block: "run", key: "deterministic", values: .isTrue),
    ]

    /// Throws a `ConfigurationError` if the normalised configuration asks for one of the options.
    static func refuse(in root: ConfigurationNode) throws {
        for option in options {
            guard let node = root[option.block]?[option.key] else { continue }
            let remedy: String
            switch (option.values, node.content) {
            case (.names(let names), .string(let name, _)) where names.contains(name):
                remedy = "accepted: " + (available(option, except: names)).joined(separator: " or ")
            case (.otherThan(let accepted), let content) where !isConstant(content, accepted):
                remedy = "accepted: \(ConfigurationDump.text(accepted))"
            case (.isTrue, .boolean(true)):
                remedy = "accepted: false"
            default: continue
            }
            throw node.error("\(ConfigurationDump.inline(node)) is not available in this version; \(remedy)")
        }
    }

    /// The values of a key that this version does not have, in words; nil if it has all of them.
    static func words(block: String, key: String) -> String? {
        guard let option = options.first(where: { $0.block == block && $0.key == key }) else { return nil }
        switch option.values {
        case .names(let names): return names.joined(separator: ", ")
        case .otherThan(let number): return "anything but \(ConfigurationDump.text(number))"
        case .isTrue: return "true"
        }
    }

    /// The values of a key that this version has, if they are names.
    private static func available(_ option: Option, except names: [String]) -> [String] {
        let key = Schema.blocks.first { $0.name == option.block }?.keys.first { $0.name == option.key }
        guard case .choice(let all)? = key?.kind else { return [] }
        return all.filter { !names.contains($0) }
    }

    private static func isConstant(_ content: ConfigurationNode.Content, _ value: Double) -> Bool {
        switch content {
        case .real(let number): number == value
        case .map(let entries):
            entries.allSatisfy { entry in
                switch entry.key {
                case "value", "start", "end": entry.value.content == .real(value)
                case "values":
                    if case .list(let pairs) = entry.value.content {
                        pairs.allSatisfy { pair in
                            if case .list(let items) = pair.content { items.last?.content == .real(value) } else { false }
                        }
                    } else { false }
                default: true
                }
            }
        default: false
        }
    }
}
