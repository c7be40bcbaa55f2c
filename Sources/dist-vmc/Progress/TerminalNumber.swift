import Foundation

/// Numbers as the progress display writes them.
enum TerminalNumber {
    /// The value to the digits that its error allows, with the error's two digits in brackets:
    /// −28.5694(12). Without an error, eight significant digits.
    static func value(_ value: Double, error: Double?) -> String {
        guard value.isFinite else { return "not finite" }
        guard let error, error.isFinite, error > 0 else { return String(format: "%.8g", value) }
        // The decimal place of the error's second digit; rounding 0.0996 up gives 0.10.
        var decimals = 1 - Int(floor(log10(error)))
        if (error * pow(10, Double(decimals))).rounded() >= 100 { decimals -= 1 }
        guard decimals <= 15 else { return String(format: "%.15g", value) }
        if decimals <= 0 { return String(format: "%.0f(%.0f)", value, error) }
        let digits = (error * pow(10, Double(decimals))).rounded()
        if error >= 1 { return String(format: "%.\(decimals)f(%.\(decimals)f)", value, error) }
        return String(format: "%.\(decimals)f(%.0f)", value, digits)
    }

    /// Three significant digits; a word for what is not a number, whose sign means nothing.
    static func short(_ value: Double) -> String { value.isNaN ? "undefined" : String(format: "%.3g", value) }

    /// 8 s, 3 min 20 s, 2 h 05 min, 3 d 04 h
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        let whole = Int(seconds.rounded())
        switch whole {
        case ..<10 where seconds < 9.95: return String(format: "%.1f s", seconds)
        case ..<60: return "\(whole) s"
        case ..<3600: return String(format: "%d min %02d s", whole / 60, whole % 60)
        case ..<86400: return String(format: "%d h %02d min", whole / 3600, whole / 60 % 60)
        default: return String(format: "%d d %02d h", whole / 86400, whole / 3600 % 24)
        }
    }

    /// Three decimals.
    static func decimals(_ value: Double) -> String { String(format: "%.3f", value) }
}
