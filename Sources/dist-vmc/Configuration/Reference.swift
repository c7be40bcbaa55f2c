/// The description of every key, as `--help` prints it.
enum Reference {
    static func text(blocks: [SchemaBlock] = Schema.blocks) -> String {
        blocks.map(text).joined(separator: "\n\n")
    }

    private static func text(_ block: SchemaBlock) -> String {
        var lines = ["\(block.name): \(block.documentation)"]
        for variant in block.variants {
            lines.append("  type: \(variant.type) - \(variant.documentation)")
            lines += variant.keys.map { line($0, indent: "    ") }
        }
        lines += block.keys.map { line($0, indent: "  ") }
        return lines.joined(separator: "\n")
    }

    private static func line(_ key: SchemaKey, indent: String) -> String {
        let defaultText =
            switch key.defaultValue {
            case .required: "required"
            case .value(let text): "default \(text)"
            case .derived(let words): "default: \(words)"
            case .none: "optional"
            }
        return "\(indent)\(key.name) (\(key.kind.accepted); \(defaultText)): \(key.documentation)"
    }
}
