/// `--scan key.path=value,value,…`: the values that a scan gives one key.
struct ScanArgument {
    let key: String
    /// In YAML, each on one line.
    let values: [String]

    /// - Throws: `ConfigurationError`.
    init(_ argument: String) throws {
        guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else {
            throw Self.error("'\(argument)' is no scan; accepted: key.path=value,value,...")
        }
        key = String(argument[..<sign])
        let text = "[" + argument[argument.index(after: sign)...] + "]"
        let list = try ConfigurationNode(yaml: text, source: "--scan", lines: .all(nil)).list("values")
        guard !list.isEmpty else { throw Self.error("\(key) has no values; accepted: key.path=value,value,...") }
        values = list.map(ConfigurationDump.inline)
        // Values become the names of directories.
        for value in values where value.contains("/") || value.utf8.contains(0) {
            throw Self.error("\(key): a value of a scan contains no slash")
        }
    }

    /// Every combination, as settings `key=value`; the last key varies fastest.
    static func points(_ scans: [ScanArgument]) -> [[String]] {
        guard !scans.isEmpty else { return [] }
        return scans.reduce([[]]) { points, scan in
            points.flatMap { point in scan.values.map { point + ["\(scan.key)=\($0)"] } }
        }
    }

    private static func error(_ problem: String) -> ConfigurationError {
        ConfigurationError(problem, at: Origin(source: "--scan", line: nil))
    }
}
