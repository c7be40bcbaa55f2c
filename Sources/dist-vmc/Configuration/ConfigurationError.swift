import Communication
import DistQGT

/// A configuration, an override or an input file that cannot be used: exit status 2.
///
/// Every rank reads the same bytes, so every rank throws the same error, and rank 0 prints it.
struct ConfigurationError: CollectiveError, ExitStatusProviding, CustomStringConvertible {
    /// Where the fault is, or nil when it belongs to no place in particular.
    let origin: Origin?
    /// The key at fault, as `sampler.chains`; empty for the document itself.
    let path: String
    let problem: String

    init(_ problem: String, at origin: Origin? = nil, path: String = "") {
        self.origin = origin
        self.path = path
        self.problem = problem
    }

    var exitStatus: Int32 { ExitStatus.badInput.rawValue }

    /// One line: `config.yaml:12: sampler.chians: unknown key; did you mean 'chains'? (known: …)`.
    var description: String {
        var parts: [String] = []
        if let origin { parts.append(origin.description) }
        if !path.isEmpty { parts.append(path) }
        parts.append(problem)
        return oneLine(parts.joined(separator: ": "))
    }
}

/// `text` without line breaks or other control characters, so that a message stays one line.
func oneLine(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n", "\r", "\u{2028}", "\u{2029}": line += "\\n"
        case "\t": line += " "
        default:
            if scalar.properties.generalCategory == .control {
                line += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }
    return line
}
