import ArgumentParser
import DistQGT
import RunFiles

/// `dist-vmc exact`
struct ExactCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "exact",
        abstract: "Compute the exact lowest energies and observables of a small system.",
        discussion: """
            Block Lanczos on the basis of the configuration: the blocks `lattice` and `hamiltonian` and the \
            key `sampler.total_sz` decide, the block `ansatz` may be missing. The keys are described by \
            `dist-vmc check --help`.

            With --observables each of the levels is measured as `dist-vmc evaluate` measures the state of a run; the file is \
            described by `dist-vmc evaluate --help`. A vector of a degenerate level is not unique, and what is measured in it is \
            not either, unless it is the same in all states of the level: a message names such levels.

            Fields of the JSON object: energies (ascending, levels counted with multiplicity), dimension, \
            sector (null, {total_sz}, or the block `hilbert`); with --observables also observables, a list with an object for \
            each level: level, energy, variance, degenerate_with [levels], and lists \(EvaluationReport.observableFields)
            """)

    @OptionGroup var arguments: ConfigurationArguments

    @Option(help: ArgumentHelp("The number of levels.", valueName: "k"))
    var states: Int = 1

    @Option(help: ArgumentHelp("What to measure in each level, in YAML.", valueName: "file.yaml"))
    var observables: String?

    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    func validate() throws {
        guard states >= 1 else { throw ValidationError("--states: accepted: an integer >= 1.") }
    }

    func execute(in session: Session) throws -> ExitStatus {
        let configuration = try Configuration(
            file: arguments.inputFile, overrides: arguments.overrides, for: .exactDiagonalisation, on: session.world)
        try session.setThreads(configuration.run.threads)
        configuration.notices.forEach(session.messages.say)
        let problem = configuration.problem
        let root = try ObservableRequest.read(observables, on: session.world)
        let request = try root.map {
            // Nothing is too imprecise that is exact.
            try ObservableRequest($0, configuration: configuration, precision: .infinity, isSummed: true)
        }
        let result: ExactDiagonalisation.Result
        var measured: [LevelObservables] = []
        do {
            if let request {
                (result, measured) = try LevelObservables.measure(
                    request, of: problem, count: states, on: session.world)
            } else {
                result = try ExactDiagonalisation.lowestEnergies(
                    of: problem.hamiltonian, in: problem.space, count: states, communicator: session.world)
            }
        } catch let error as ExactDiagonalisationError {
            throw Self.collective(error, of: configuration)
        }
        if json {
            var object: JSONObject = [
                "energies": JSONValue(result.energies),
                "dimension": .integer(result.dimension),
                "sector": Self.sector(configuration),
            ]
            if request != nil { object["observables"] = .array(measured.map(\.json)) }
            session.results.write(JSONValue.object(object).description + "\n")
        } else {
            session.results.write(Self.table(result, problem: problem) + measured.map(\.text).joined())
        }
        measured.compactMap(\.notice).forEach(session.messages.say)
        return .done
    }

    private static func sector(_ configuration: Configuration) -> JSONValue {
        if let block = configuration.resolved["hilbert"] { return block.json }
        return configuration.problem.space.magnetisation.map { ["total_sz": Half(doubled: $0).json] } ?? .null
    }

    /// Errors that follow from the numbers of the problem alone, which are the same on every rank, as
    /// collective ones; the others as they are.
    private static func collective(_ error: ExactDiagonalisationError, of configuration: Configuration) -> any Error {
        switch error {
        case .moreLevelsThanStates:
            ConfigurationError(error.description, at: Origin(source: "--states", line: nil))
        case .notNumbered, .tooLarge:
            configuration.resolved["lattice"]?.error(error.description) ?? error
        default: error
        }
    }

    private static func table(_ result: ExactDiagonalisation.Result, problem: Problem) -> String {
        let sector = problem.space.sectorWords ?? "the whole space"
        var lines = ["\(problem.siteCount) sites, \(sector), dimension \(result.dimension)"]
        for (index, energy) in result.energies.enumerated() {
            lines.append("E\(index) = \(energy)   per site \(energy / Double(problem.siteCount))")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Half {
    var json: JSONValue { doubled % 2 == 0 ? .integer(doubled / 2) : .number(Double(doubled) / 2) }
}
