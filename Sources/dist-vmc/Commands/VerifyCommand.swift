import ArgumentParser

/// `dist-vmc verify`
struct VerifyCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare with the numbers of reference files.",
        discussion: """
            Formats: distqgt-reference-1, distqgt-statistics-1, distqgt-exact-1, distqgt-trajectory-1.
            Without --tolerance each quantity is held to 1e-10, solutions of linear systems to 1e-9, \
            relative to the largest entry of the list or tree.
            """)

    @Argument(help: ArgumentHelp("Reference files, in JSON.", valueName: "file.json"))
    var files: [String]

    @Option(help: ArgumentHelp("The tolerance of every quantity.", valueName: "t"))
    var tolerance: Double?

    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    func validate() throws {
        if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
            throw ValidationError("--tolerance: accepted: a number >= 0.")
        }
    }

    func execute(in session: Session) throws -> ExitStatus {
        try session.setThreads(nil)
        for file in files { _ = try InputFile(path: file).text(on: session.world) }
        throw NotInThisVersion("the comparison with reference files")
    }
}
