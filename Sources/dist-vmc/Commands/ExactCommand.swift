import ArgumentParser
import DistQGT
import RunFiles

/// `dist-vmc exact`
struct ExactCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "exact",
        abstract: "Compute the exact lowest energies of a small system.",
        discussion: """
            Block Lanczos on the basis of the configuration: the blocks `lattice` and `hamiltonian` and the \
            key `sampler.total_sz` decide, the block `ansatz` may be missing. The keys are described by \
            `dist-vmc check --help`.

            Fields of the JSON object: energies (ascending, levels counted with multiplicity), dimension, \
            sector (null, {total_sz}, or the block `hilbert`).
            """)

    @OptionGroup var arguments: ConfigurationArguments

    @Option(help: ArgumentHelp("The number of levels.", valueName: "k"))
    var states: Int = 1

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
        let result: ExactDiagonalisation.Result
        do {
            result = try ExactDiagonalisation.lowestEnergies(
                of: problem.hamiltonian, in: problem.space, count: states, communicator: session.world)
        } catch let error as ExactDiagonalisationError {
            throw Self.collective(error, of: configuration)
        }
        if json {
            let object: JSONValue = [
                "energies": JSONValue(result.energies),
                "dimension": .integer(result.dimension),
                "sector": Self.sector(configuration),
            ]
            session.results.write(object.description + "\n")
        } else {
            session.results.write(Self.table(result, problem: problem))
        }
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
