import ArgumentParser

/// The program's subcommands.
struct DistVMC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dist-vmc",
        abstract: "Variational Monte Carlo for neural quantum states on CPU clusters.",
        discussion: """
            Start it with mpirun (or srun) to use several processes, one per core:

              mpirun -n 4 dist-vmc run config.yaml

            A configuration names a lattice, a Hamiltonian and an ansatz; everything else has a default. \
            `dist-vmc check --help` describes every key.

            Exit status: 0 done; 1 the run failed or a check did not hold; 2 the command line, the \
            configuration or an input file is wrong; 75 ended early on request, run again to continue.
            """,
        version: programVersion,
        subcommands: [
            RunCommand.self, EvolveCommand.self, ProjectCommand.self, EvaluateCommand.self, ReportCommand.self,
            ExactCommand.self,
            VerifyCommand.self,
            CheckCommand.self, BenchmarkCommand.self, InfoCommand.self, SubmitCommand.self, ImportCommand.self,
            ReferenceCommand.self,
        ])
}

/// The arguments of every subcommand that reads a configuration.
struct ConfigurationArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("The configuration, in YAML.", valueName: "config.yaml"))
    var file: String

    @Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A value that replaces the file's, such as sampler.chains=128; the value is YAML.",
            valueName: "key.path=value"))
    var overrides: [String] = []

    var inputFile: InputFile { InputFile(path: file) }
}
