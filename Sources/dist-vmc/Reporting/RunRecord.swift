import DistQGT
import RunFiles

/// What the output directory of a run tells about it, finished or not.
struct RunRecord {
    /// The directory, as the user named it.
    let directory: String
    /// The entries of log.jsonl, without a torn last line.
    let entries: [JSONValue]
    /// Whether the last line of the log was cut.
    let hasTornLine: Bool
    /// summary.json; nil where the run has not come to its end.
    let summary: JSONValue?
    /// config.yaml as text and as a tree; nil where it is missing.
    let configurationText: String?
    let configuration: ConfigurationNode?
    /// States that are sought together.
    let stateCount: Int
    /// The lowest energy in exact.json, which `dist-vmc exact --json` has written, or the sum of as many as states are
    /// sought together; nil without the file.
    let exactEnergy: Double?
    /// What `dist-vmc evaluate` has measured, from evaluation.json; nil without the file.
    let evaluation: JSONValue?

    /// Local: reads files.
    ///
    /// - Throws: `ConfigurationError` where the directory holds no run, or a file of it is not what it should be.
    init(directory: String) throws {
        self.directory = directory
        func path(_ name: String) -> String { directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)" }
        guard try Self.reading(directory, { try FileSystem.kind(of: directory) }) == .directory else {
            throw Self.error(directory, "is not the output directory of a run")
        }
        let logPath = path("log.jsonl")
        guard try Self.reading(logPath, { try FileSystem.kind(of: logPath) }) != nil else {
            throw Self.error(directory, "holds no run: there is no log.jsonl in it")
        }
        entries = try Self.reading(logPath) { try StepLog.entries(of: logPath) }
        let last = try Self.reading(logPath) { try FileSystem.read(logPath) }.last
        hasTornLine = last != nil && last != UInt8(ascii: "\n")
        summary = try Self.json(path("summary.json"))
        let configurationPath = path("config.yaml")
        if try Self.reading(configurationPath, { try FileSystem.kind(of: configurationPath) }) == nil {
            configurationText = nil
            configuration = nil
        } else {
            let text = String(
                decoding: try Self.reading(configurationPath) { try FileSystem.read(configurationPath) }, as: UTF8.self)
            configurationText = text
            configuration = try ConfigurationNode(yaml: text, source: configurationPath)
        }
        let states = try configuration?["states"]?["count"]?.integer() ?? 1
        stateCount = states
        exactEnergy = try Self.json(path("exact.json")).map {
            try Self.lowestEnergy($0, states: states, path("exact.json"))
        }
        evaluation = try Self.json(path("evaluation.json")).map { document in
            guard document["format"]?.string == EvaluationReport.format else {
                throw Self.error(
                    path("evaluation.json"), "is not what dist-vmc evaluate writes: its 'format' is another one")
            }
            return document
        }
    }

    /// The lowest energy in what `dist-vmc exact --json` prints, or the sum of the lowest ones.
    ///
    /// - Parameter states: that are sought together.
    static func lowestEnergy(_ value: JSONValue, states: Int = 1, _ path: String) throws -> Double {
        guard let energy = value["energies"]?[0]?.number, energy.isFinite else {
            throw error(path, "is not what dist-vmc exact --json prints: there is no number in 'energies'")
        }
        return try (1..<max(1, states)).reduce(energy) { sum, state in
            guard let energy = value["energies"]?[state]?.number, energy.isFinite else {
                throw error(path, "has fewer energies than the run has states: dist-vmc exact --states \(states)")
            }
            return sum + energy
        }
    }

    /// The document at `path`, or nil if there is none.
    static func json(_ path: String) throws -> JSONValue? {
        guard try reading(path, { try FileSystem.kind(of: path) }) != nil else { return nil }
        return try reading(path) { try JSONParser.parse(FileSystem.read(path)) }
    }

    private static func error(_ path: String, _ problem: String) -> ConfigurationError {
        ConfigurationError(problem, at: Origin(source: path, line: nil))
    }

    /// Runs `body`; what the library finds wrong with a file is wrong input here.
    static func reading<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as StepLogError {
            throw ConfigurationError(failure.description)
        } catch let failure as FileSystemError {
            throw ConfigurationError(failure.description)
        } catch let failure as JSONError {
            throw error(path, failure.description)
        }
    }
}

extension RunRecord {
    /// The value of a key of the configuration on one line, or nil without it.
    func setting(_ block: String, _ key: String) -> String? {
        configuration?[block]?[key].map(ConfigurationDump.inline)
    }

    /// A block of the configuration, or each of a list of blocks, on one line, without keys that are null; nil without it.
    func block(_ name: String) -> String? {
        switch configuration?[name]?.content {
        case .map(let entries): Self.line(entries)
        case .list(let blocks): blocks.compactMap { try? Self.line($0.map()) }.joined(separator: "; ")
        default: nil
        }
    }

    private static func line(_ entries: [ConfigurationNode.Entry]) -> String {
        entries.filter { !$0.value.isNull }
            .map { "\($0.key): \(ConfigurationDump.inline($0.value))" }.joined(separator: ", ")
    }

    /// What is optimised: runs of the same lattice, Hamiltonian and sector are shown in one chart of energies.
    var problemKey: String {
        [block("lattice"), block("hilbert"), block("hamiltonian"), setting("sampler", "total_sz")].map { $0 ?? "?" }
            .joined(
                separator: "; ")
    }

    var lastStep: Int? { entries.last?["step"]?.integer }

    /// Steps that the configuration asks for.
    var plannedSteps: Int? { (try? configuration?["run"]?["steps"]?.integer()) ?? nil }

    /// Whether the run has come to its end: the summary is about the log's last step.
    var isFinished: Bool {
        guard summary?["finished"]?.bool == true, let steps = summary?["steps"]?.integer else { return false }
        return steps >= (lastStep ?? 0)
    }

    /// The estimate at the final parameters where the run is finished, otherwise that of the last step.
    var lastEstimate: JSONValue? { isFinished ? summary?["energy"] : entries.last?["energy"] }

    /// Seconds of all steps.
    var totalSeconds: Double {
        if isFinished, let total = summary?["seconds"]?["total"]?.number { return total }
        return entries.reduce(0) { $0 + ($1["seconds"]?["total"]?.number ?? 0) }
    }
}
