import Foundation

/// Numbers as a page for people writes them: a true minus sign, powers of ten with raised digits.
enum PageNumber {
    static let missing = "–"

    static func typographic(_ text: String) -> String { text.replacingOccurrences(of: "-", with: "−") }

    static func decimal(_ value: Double, decimals: Int) -> String {
        let text = String(format: "%.\(min(decimals, 15))f", value)
        // −0.00 is 0.00.
        return typographic(text.allSatisfy { "-0.".contains($0) } ? text.replacingOccurrences(of: "-", with: "") : text)
    }

    /// 10⁻³
    static func power(_ exponent: Int) -> String {
        switch exponent {
        case 0: return "1"
        case 1: return "10"
        default:
            let raised: [Character: Character] = [
                "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
                "9": "⁹",
            ]
            return "10" + String("\(exponent)".map { raised[$0] ?? $0 })
        }
    }

    /// Up to three significant digits: 0.0125, 2.5·10⁻⁷; a dash for what is not finite.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return missing }
        if value == 0 { return "0" }
        let magnitude = abs(value)
        if magnitude >= 1e-3, magnitude < 1e4 { return typographic(String(format: "%.3g", value)) }
        if magnitude >= 1e4, magnitude < 1e6, value.rounded() == value {
            return typographic(String(format: "%.0f", value))
        }
        let parts = String(format: "%.2e", value).split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
        var mantissa = String(parts[0])
        while mantissa.hasSuffix("0") { mantissa.removeLast() }
        if mantissa.hasSuffix(".") { mantissa.removeLast() }
        if mantissa == "1" { return power(exponent) }
        return typographic(mantissa) + "·" + power(exponent)
    }

    /// A value with its error in brackets, as `TerminalNumber.value`.
    static func value(_ value: Double, error: Double?) -> String {
        value.isFinite ? typographic(TerminalNumber.value(value, error: error)) : missing
    }

    /// Seconds of a step: 3.2 ms, 1.25 s.
    static func seconds(_ value: Double) -> String {
        guard value.isFinite else { return missing }
        switch value {
        case ..<1e-3: return String(format: "%.3g µs", value * 1e6)
        case ..<1: return String(format: "%.3g ms", value * 1e3)
        case ..<100: return String(format: "%.3g s", value)
        default: return TerminalNumber.duration(value)
        }
    }
}

/// Text inside HTML, in elements and in quoted attributes.
func escapedForHTML(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        default:
            // HTML and XML have no place for control characters.
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
    }
    return result
}
