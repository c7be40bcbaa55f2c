import ArgumentParser

/// `dist-vmc run`
struct RunCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Optimise the ansatz of a configuration.",
        discussion: """
            The output directory holds log.jsonl (one object per step), NAME.log (the same history in \
            NetKet's JsonLog layout), checkpoint.h5, config.yaml (the configuration with every default \
            filled in) and summary.json.

            The keys of a configuration:

            \(Reference.text())
            """)

    @OptionGroup var arguments: ConfigurationArguments

    @Option(help: ArgumentHelp("The output directory (default: named after the configuration file).", valueName: "dir"))
    var output: String?

    @Flag(help: "Continue from the checkpoint in the output directory; without one, start afresh.")
    var resume = false

    @Flag(help: "No progress display, only errors.")
    var quiet = false

    func execute(in session: Session) throws -> ExitStatus {
        let configuration = try Configuration(
            file: arguments.inputFile, overrides: arguments.overrides, for: .optimisation, on: session.world)
        try session.setThreads(configuration.run.threads)
        if !quiet { configuration.notices.forEach(session.messages.say) }
        throw NotInThisVersion("the optimisation")
    }
}
