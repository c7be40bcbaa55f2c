import ArgumentParser

/// `dist-vmc check`
struct CheckCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate a configuration and test its ansatz.",
        discussion: """
            Prints the configuration with every default filled in.

            The keys of a configuration:

            \(Reference.text())
            """)

    @OptionGroup var arguments: ConfigurationArguments

    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    func execute(in session: Session) throws -> ExitStatus {
        let configuration = try Configuration(
            file: arguments.inputFile, overrides: arguments.overrides, for: .optimisation, on: session.world)
        try session.setThreads(configuration.run.threads)
        configuration.notices.forEach(session.messages.say)
        if !json { session.results.write(ConfigurationDump.yaml(configuration.resolved)) }
        throw NotInThisVersion("testing the ansatz")
    }
}
