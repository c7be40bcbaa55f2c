import Numerics

/// Typed readings of a value. Each throws a `ConfigurationError` that says what was found and what
/// would be accepted, in words that are made only then.
extension ConfigurationNode {
    func boolean(_ accepted: @autoclosure () -> String = "true or false") throws -> Bool {
        guard case .boolean(let value) = content else { throw mismatch(accepted()) }
        return value
    }

    /// An integer; a real number without a fraction, such as 1e4, counts as one.
    func integer(_ accepted: @autoclosure () -> String = "an integer") throws -> Int {
        switch content {
        case .integer(let value):
            return value
        case .real(let value):
            // Beyond 2^53 a double no longer says which integer was meant.
            guard value.rounded() == value, abs(value) <= 0x1p53 else { throw mismatch(accepted()) }
            return Int(value)
        default:
            throw mismatch(accepted())
        }
    }

    /// A finite number. A number in exponent form without a point may stand in quotes: YAML 1.1
    /// readers take 1e-6 for text and write it back as such.
    func real(_ accepted: @autoclosure () -> String = "a number") throws -> Double {
        switch content {
        case .integer(let value):
            return Double(value)
        case .real(let value):
            guard value.isFinite else { throw mismatch(accepted()) }
            return value
        case .string(let text, quoted: true):
            guard !text.contains("."), text.lowercased().contains("e"),
                case .real(let value)? = YAMLScalar.number(text), value.isFinite
            else { throw mismatch(accepted()) }
            return value
        default:
            throw mismatch(accepted())
        }
    }

    func string(_ accepted: @autoclosure () -> String = "text") throws -> String {
        guard case .string(let text, _) = content else { throw mismatch(accepted()) }
        return text
    }

    func list(_ accepted: @autoclosure () -> String = "a list") throws -> [ConfigurationNode] {
        guard case .list(let items) = content else { throw mismatch(accepted()) }
        return items
    }

    func map(_ accepted: @autoclosure () -> String = "a map of keys") throws -> [Entry] {
        guard case .map(let entries) = content else { throw mismatch(accepted()) }
        return entries
    }

    /// A real number, or [re, im].
    func complex(_ accepted: @autoclosure () -> String = "a number or [re, im]") throws -> Complex<Double> {
        if case .list(let items) = content {
            guard items.count == 2 else { throw mismatch(accepted()) }
            return try Complex(items[0].real(), items[1].real())
        }
        return try Complex(real(accepted()), 0)
    }

    func integers() throws -> [Int] { try list().map { try $0.integer() } }

    /// The value under `key`.
    ///
    /// - Throws: if this is no map, or does not have the key.
    func required(_ key: String) throws -> ConfigurationNode {
        _ = try map()
        guard let value = self[key] else { throw error("the key '\(key)' is missing") }
        return value
    }

    /// The value under `key`, or nil where it is missing or null.
    func optional(_ key: String) throws -> ConfigurationNode? {
        _ = try map()
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }
}
