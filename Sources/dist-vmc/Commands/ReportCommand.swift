import ArgumentParser
import DistQGT
import RunFiles

/// `dist-vmc report`
struct ReportCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show runs as one HTML page.",
        discussion: """
            Reads log.jsonl, config.yaml, summary.json and evaluation.json of output directories, of finished runs and of \
            runs that go on, and writes one HTML page that needs no network: energy with its error, variance and V-score, \
            R̂ and tau, acceptance, solver, time by phase, what `dist-vmc evaluate` has measured and the facts of each run. \
            Several runs share the charts.

            The exact energy of a run is, in this order: that of --exact; the lowest one in exact.json in its directory, \
            which `dist-vmc exact --json` writes; computed here if the basis has at most \
            \(ExactEnergySearch.largestDimension) states. Of several states at once it is the sum of as many.

            An earlier report at the place of the page is replaced; any other file is not. scripts/plot.py makes pictures \
            of the same numbers for papers.
            """)

    @Argument(help: ArgumentHelp("Output directories of runs.", valueName: "dir"))
    var directories: [String]

    @Option(
        help: ArgumentHelp(
            "The page (default: report.html, in the directory if there is one, otherwise in the working directory).",
            valueName: "file.html"))
    var output: String?

    // Energies are negative: what looks like an option is a value here.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The exact energy of the runs: a number, or a file that `dist-vmc exact --json` has written.",
            valueName: "energy"))
    var exact: String?

    func validate() throws {
        var seen: Set<String> = []
        for directory in directories where !seen.insert(directory).inserted {
            throw ValidationError("The directory '\(directory)' is given twice.")
        }
    }

    func execute(in session: Session) throws -> ExitStatus {
        let world = session.world
        try session.setThreads(nil)
        // Rank 0 reads and writes; an energy that has to be computed is all ranks' work.
        let input = try world.collectively { world.rank == 0 ? try read() : nil }
        var search = ExactEnergySearch()
        var energies: [Double?] = []
        for index in directories.indices {
            let known = input?.exact?[index] ?? input?.records[index].exactEnergy
            let text = try world.broadcast(known == nil ? input?.records[index].configurationText ?? "" : "")
            let computed = text.isEmpty ? nil : try search.energy(of: text, name: directories[index], on: world)
            energies.append(known ?? computed)
        }
        let path = try world.collectively { () -> String? in
            guard let input else { return nil }
            let names = Self.names(directories)
            let runs = input.records.indices.map { index in
                ReportedRun(
                    number: index, name: names[index], record: input.records[index], exactEnergy: energies[index])
            }
            try FileSystem.replace(input.page, with: ReportPage(runs: runs, notes: search.notes).html)
            return input.page
        }
        if let path { session.results.write("\(path)\n") }
        return .done
    }

    private struct Input {
        let page: String
        let records: [RunRecord]
        /// Of every run.
        let exact: [Double]?
    }

    private func read() throws -> Input {
        let records = try directories.map(RunRecord.init(directory:))
        let page = output ?? (directories.count == 1 ? "\(directories[0])/report.html" : "report.html")
        let folder = page.lastIndex(of: "/").map { String(page[...$0]) } ?? "."
        guard try RunRecord.reading(folder, { try FileSystem.kind(of: folder) }) == .directory else {
            throw ConfigurationError("--output: there is no directory \(folder)")
        }
        let isReplaceable = try RunRecord.reading(page) { try FileSystem.kind(of: page) == nil || Self.isReport(page) }
        guard isReplaceable else {
            throw ConfigurationError("\(page) is there and is no report; choose another file with --output")
        }
        return Input(
            page: page, records: records,
            exact: try exact.map { text in try records.map { try Self.energy(text, of: $0) } })
    }

    private static func isReport(_ path: String) throws -> Bool {
        guard try FileSystem.kind(of: path) == .file else { return false }
        return String(decoding: try FileSystem.read(path).prefix(1024), as: UTF8.self).contains(ReportPage.mark)
    }

    private static func energy(_ text: String, of run: RunRecord) throws -> Double {
        if let number = Double(text), number.isFinite { return number }
        guard let document = try RunRecord.json(text) else {
            throw ConfigurationError("--exact: '\(text)' is neither a number nor a file")
        }
        return try RunRecord.lowestEnergy(document, states: run.stateCount, text)
    }

    /// The directories' last parts, or the whole paths where those are not distinct.
    private static func names(_ directories: [String]) -> [String] {
        let short = directories.map { path in
            path.split(separator: "/").last.map(String.init).flatMap { [".", ".."].contains($0) ? nil : $0 } ?? path
        }
        return Set(short).count == short.count ? short : directories
    }
}
