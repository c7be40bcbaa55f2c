import DistQGT
import Numerics

/// An input of StdFace: lines `key = value`, each key once. What is not asked for is an error.
struct StandardInput {
    let file: DefinitionFile
    /// By key in lower case: the key as written and its value.
    private var lines: [String: DefinitionFile.Line] = [:]
    private var used: Set<String> = []

    init(_ path: String) throws {
        file = try DefinitionFile(path)
        for line in file.lines {
            let text = Self.withoutComment(line.words.joined(separator: " "))
            let parts = text.split(separator: "=", omittingEmptySubsequences: false).map { part in
                String(part.filter { !" \"':;\\".contains($0) || $0 == "'" })
            }
            if parts == [""] { continue }
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw line.error("is not 'key = value'")
            }
            let key = parts[0].lowercased()
            guard lines[key] == nil else { throw line.error("the key \(parts[0]) stands twice in the file") }
            lines[key] = DefinitionFile.Line(file: line.file, number: line.number, words: parts)
        }
    }

    private static func withoutComment(_ text: String) -> String {
        var kept = ""
        for character in text {
            kept.append(character)
            if kept.hasSuffix("//") { return String(kept.dropLast(2)) }
        }
        return kept
    }

    func has(_ key: String) -> Bool { lines[key.lowercased()] != nil }

    func error(_ key: String, _ problem: String) -> ConfigurationError {
        lines[key.lowercased()]?.error("\(key): \(problem)") ?? file.error("\(key): \(problem)")
    }

    /// The line of a key, which then counts as used.
    mutating func take(_ key: String) -> DefinitionFile.Line? {
        used.insert(key.lowercased())
        return lines[key.lowercased()]
    }

    mutating func text(_ key: String) -> String? { take(key)?.words[1].lowercased() }
    mutating func real(_ key: String) throws -> Double? { try take(key)?.real(1, key) }
    mutating func integer(_ key: String) throws -> Int? {
        guard let value = try take(key)?.integer(1, key) else { return nil }
        guard abs(value) <= Schema.maximumCount else { throw error(key, "is too large") }
        return value
    }

    mutating func count(_ key: String) throws -> Int? {
        guard let value = try integer(key) else { return nil }
        guard 1...Schema.maximumSites ~= value else { throw error(key, "accepted: 1 to \(Schema.maximumSites)") }
        return value
    }

    mutating func requiredCount(_ key: String) throws -> Int {
        guard let value = try count(key) else { throw file.error("the key \(key) is missing") }
        return value
    }

    /// `re`, or `re,im`.
    mutating func complex(_ key: String) throws -> Complex<Double>? {
        guard let line = take(key) else { return nil }
        let parts = line.words[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let numbers = parts.compactMap { Double($0.isEmpty ? "0" : $0) }.filter(\.isFinite)
        guard 1...2 ~= parts.count, numbers.count == parts.count else {
            throw line.error("\(key): '\(line.words[1])' is no number, re or re,im")
        }
        return Complex(numbers[0], numbers.count > 1 ? numbers[1] : 0)
    }

    /// mVMC's parameters of a run among the keys.
    ///
    /// - Parameter defaults: keys with values for where the file does not have them.
    mutating func parameters(defaults: [(String, String)]) throws -> MVMCParameters {
        var found: [String: DefinitionFile.Line] = [:]
        for (key, value) in defaults {
            found[key.lowercased()] = DefinitionFile.Line(file: file.name, number: 0, words: [key, value])
        }
        for key in MVMCParameters.keys where key.hasPrefix("N") || key.hasPrefix("DSR") || key == "RndSeed" {
            guard !["Nsite", "Ncond", "Ne", "Nelectron"].contains(key), let line = take(key) else { continue }
            _ = try line.real(1, key)
            found[key.lowercased()] = line
        }
        return MVMCParameters(file, lines: found)
    }

    /// - Throws: for the first key that nothing has asked for.
    func requireAllUsed(_ what: String) throws {
        let left = lines.filter { !used.contains($0.key) }.values.min { $0.number < $1.number }
        guard let left else { return }
        let known = used.sorted()
        throw left.error(
            "the key \(left.words[0]) is not one of \(what)" + NearestName.hint(left.words[0], among: known))
    }
}
