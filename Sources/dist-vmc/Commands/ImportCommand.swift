import ArgumentParser

/// `dist-vmc import`
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a configuration from another program's input files.",
        discussion: """
            What has no counterpart is an error that names file and line, or, where the wave function does not depend on \
            it, a notice, which the configuration has in its first lines, too.
            """,
        subcommands: [ImportMVMCCommand.self, ImportStdFaceCommand.self])
}

/// Where an imported configuration goes.
struct ImportArguments: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration that is written.", valueName: "name.yaml"))
    var output: String?

    @Flag(help: "Overwrite files that are there.")
    var replace = false

    /// - Parameter name: of the source, for the default.
    func write(_ problem: ImportedProblem, named name: String, _ messages: Messages, _ results: Results) throws {
        let files = try problem.write(to: output ?? name + ".yaml", replaces: replace)
        problem.notices.forEach(messages.say)
        results.write(files.map { $0 + "\n" }.joined())
    }
}

/// `dist-vmc import mvmc`
struct ImportMVMCCommand: ParsableCommand, LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "mvmc",
        abstract: "Import mVMC's files of expert mode, namelist.def and those it names.",
        discussion: """
            NAME.yaml gets the Hamiltonian, the wave function and the run, NAME.h5 the parameters, from zqp_opt.dat in \
            the folder or its folder output, and from the files In... of the namelist.
            """)

    @Argument(help: ArgumentHelp("The folder with namelist.def.", valueName: "dir"))
    var directory: String

    @Option(help: ArgumentHelp("Of mVMC's parameters, in place of the folder's zqp_opt.dat.", valueName: "file"))
    var parameters: String?

    @OptionGroup var arguments: ImportArguments

    func execute(_ messages: Messages, _ results: Results) throws -> ExitStatus {
        let problem = try MVMCImport.problem(directory, parameterFile: parameters)
        let last = directory.split(separator: "/").last.map(String.init) ?? "."
        try arguments.write(problem, named: [".", ".."].contains(last) ? "mvmc" : last, messages, results)
        return .done
    }
}

/// `dist-vmc import stdface`
struct ImportStdFaceCommand: ParsableCommand, LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "stdface",
        abstract: "Import an input of StdFace, mVMC's standard mode.",
        discussion: """
            Sites are numbered as StdFace numbers them. Models: FermionHubbard and Spin, also with GC; lattices: chain, \
            ladder, square, triangular, honeycomb, kagome.
            """)

    @Argument(help: ArgumentHelp("Lines key = value.", valueName: "StdFace.def"))
    var file: String

    @OptionGroup var arguments: ImportArguments

    func execute(_ messages: Messages, _ results: Results) throws -> ExitStatus {
        try arguments.write(StandardImport.problem(file), named: InputFile(path: file).baseName, messages, results)
        return .done
    }
}
