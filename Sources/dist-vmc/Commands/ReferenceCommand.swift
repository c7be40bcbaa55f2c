import ArgumentParser

/// `dist-vmc reference`
struct ReferenceCommand: ParsableCommand, LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "Print the description of every key of a configuration, in Markdown.",
        discussion: "It is docs/configuration.md. `dist-vmc check --help` prints the same for a terminal.")

    func execute(_ messages: Messages, _ results: Results) throws -> ExitStatus {
        results.write(Reference.markdown())
        return .done
    }
}
