/// Writes a configuration as YAML that any reader takes for the same values.
enum ConfigurationDump {
    /// A document: blocks of `key: value` lines, deeper values in flow style.
    static func yaml(_ root: ConfigurationNode) -> String {
        guard case .map(let blocks) = root.content else { return inline(root) + "\n" }
        var lines: [String] = []
        for block in blocks {
            guard case .map(let entries) = block.value.content, !entries.isEmpty else {
                lines.append("\(text(block.key)): \(inline(block.value))")
                continue
            }
            lines.append("\(text(block.key)):")
            lines += entries.map { "  \(text($0.key)): \(inline($0.value))" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A value on one line.
    static func inline(_ node: ConfigurationNode) -> String {
        switch node.content {
        case .null: "null"
        case .boolean(let value): String(value)
        case .integer(let value): String(value)
        case .real(let value): text(value)
        case .string(let value, _): text(value)
        case .list(let items): "[" + items.map(inline).joined(separator: ", ") + "]"
        case .map(let entries):
            "{" + entries.map { "\(text($0.key)): \(inline($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    /// The shortest decimal that reads back to the same number, always with a point: without one,
    /// readers of YAML 1.1 take 1e-06 for text, and every reader takes 1 for an integer.
    static func text(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value > 0 ? ".inf" : "-.inf" }
        var digits = "\(value)"
        if !digits.contains("."), let exponent = digits.firstIndex(of: "e") {
            digits.insert(contentsOf: ".0", at: exponent)
        }
        return digits
    }

    /// Text plain where nothing else can be meant by it, otherwise in double quotes.
    static func text(_ value: String) -> String {
        let isWord = value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        let isPlainText =
            if case .string? = value.isEmpty ? nil : YAMLScalar.content(ofPlain: value) { true } else { false }
        // YAML 1.1 has more booleans.
        let isWordOf11 = ["yes", "no", "on", "off", "y", "n"].contains(value.lowercased())
        let startsWithLetter = value.first.map { $0.isLetter || $0 == "_" } ?? false
        if isWord, isPlainText, !isWordOf11, startsWithLetter { return value }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default:
                if scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) {
                    let hex = String(scalar.value, radix: 16)
                    quoted += "\\x" + String(repeating: "0", count: 2 - hex.count) + hex
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}
