import ArgumentParser
import DistQGT

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
        var isComplete = true
        for file in files {
            do {
                _ = try ReferenceFile(InputFile(path: file), on: session.world)
            } catch let error as any CollectiveError {
                // Every rank has the same error; the other files are still read.
                session.messages.say(String(describing: error))
                isComplete = false
            }
        }
        guard isComplete else { return .badInput }
        throw NotInThisVersion("the comparison with reference files")
    }
}
