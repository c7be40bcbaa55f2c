/// The description of every key, as `--help` prints it.
enum Reference {
    /// Columns: the width that help texts are broken at.
    private static let width = 80

    static func text(blocks: [SchemaBlock] = Schema.blocks) -> String {
        blocks.map(text).joined(separator: "\n\n")
    }

    private static func text(_ block: SchemaBlock) -> String {
        var lines = wrapped("\(block.name): \(block.documentation)", indent: 0)
        if !block.variants.isEmpty {
            lines.append("  type (required)")
            for variant in block.variants { lines += wrapped("\(variant.type): \(variant.documentation)", indent: 4) }
        }
        for (key, types) in keysOfTypes(block) {
            let owners = types.count == block.variants.count ? "" : ", for \(types.joined(separator: ", "))"
            lines += wrapped("\(key.name) (\(defaultText(key))\(owners))", indent: 2)
            lines += wrapped(key.documentation + " Accepted: \(key.kind.accepted).", indent: 4)
        }
        for key in block.keys {
            lines += wrapped("\(key.name) (\(defaultText(key)))", indent: 2)
            lines += wrapped(key.documentation + " Accepted: \(key.kind.accepted).", indent: 4)
        }
        return lines.joined(separator: "\n")
    }

    /// Each different key of the variants once, with the types that have it.
    static func keysOfTypes(_ block: SchemaBlock) -> [(key: SchemaKey, types: [String])] {
        var found: [(key: SchemaKey, types: [String])] = []
        for variant in block.variants {
            for key in variant.keys {
                let twin = found.firstIndex {
                    $0.key.name == key.name && $0.key.documentation == key.documentation
                        && $0.key.kind.accepted == key.kind.accepted && defaultText($0.key) == defaultText(key)
                }
                if let twin { found[twin].types.append(variant.type) } else { found.append((key, [variant.type])) }
            }
        }
        return found
    }

    private static func defaultText(_ key: SchemaKey) -> String {
        switch key.defaultValue {
        case .required: "required"
        case .value(let text): "default \(text)"
        case .derived(let words): "default: \(words)"
        case .none: "optional"
        }
    }

    /// Lines of at most `width` columns, broken between words; the first starts at `indent`, the
    /// others two columns further.
    private static func wrapped(_ text: String, indent: Int) -> [String] {
        var lines: [String] = []
        var line = String(repeating: " ", count: indent)
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: indent + 2)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }
}
