import Foundation

/// What a YAML scalar written without quotes means (the core schema of YAML 1.2).
enum YAMLScalar {
    static func content(ofPlain text: String) -> ConfigurationNode.Content {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        case ".nan", ".NaN", ".NAN": return .real(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .real(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .real(-.infinity)
        default: return number(text) ?? .string(text, quoted: false)
        }
    }

    /// The number that `text` spells, or nil if it spells none. An integer too large for 64 bits is
    /// a real number, and a real number too large for a double is infinite.
    static func number(_ text: String) -> ConfigurationNode.Content? {
        guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return nil }
        let bytes = Array(text.utf8)
        if bytes.starts(with: "0x".utf8) { return integer(bytes.dropFirst(2), radix: 16) }
        if bytes.starts(with: "0o".utf8) { return integer(bytes.dropFirst(2), radix: 8) }
        guard let isReal = shape(bytes) else { return nil }
        if !isReal, let value = Int(text) { return .integer(value) }
        return .real(strtod(text, nil))
    }

    private static func integer(_ digits: ArraySlice<UInt8>, radix: Int) -> ConfigurationNode.Content? {
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"), let value = Int(text, radix: radix)
        else { return nil }
        return .integer(value)
    }

    /// Whether the text is a decimal number with a point or an exponent (true), or without (false);
    /// nil if it is no decimal number.
    private static func shape(_ bytes: [UInt8]) -> Bool? {
        var position = 0
        func digits() -> Int {
            let start = position
            while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
                position += 1
            }
            return position - start
        }
        func skip(_ characters: String) -> Bool {
            guard position < bytes.count, characters.utf8.contains(bytes[position]) else { return false }
            position += 1
            return true
        }
        _ = skip("+-")
        var mantissa = digits()
        let hasPoint = skip(".")
        if hasPoint { mantissa += digits() }
        guard mantissa > 0 else { return nil }
        let hasExponent = skip("eE")
        if hasExponent {
            _ = skip("+-")
            guard digits() > 0 else { return nil }
        }
        return position == bytes.count ? hasPoint || hasExponent : nil
    }
}
