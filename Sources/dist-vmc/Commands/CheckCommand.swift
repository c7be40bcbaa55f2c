import ArgumentParser
import DistQGT

/// `dist-vmc check`
struct CheckCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate a configuration and test its ansatz.",
        // On two lines: the one that is made of the arguments is wider than a terminal.
        usage: """
            dist-vmc check <config.yaml> [--set <key.path=value> ...]
                                     [--spectrum <k>] [--json]
            """,
        discussion: """
            Prints the configuration with every default filled in, and what a step takes: parameters, \
            samples, memory and collectives on the ranks that check was started with, and the symmetries of the lattice. Tests the ansatz at \
            its initial parameters, on random configurations of the basis: evaluation (log psi of the \
            sampler and of the linearisation), finite_differences (of log psi against the Jacobian), \
            jacobian_transpose and centred_jacobian_transpose (dot tests), qgt_symmetry, and \
            qgt_fused_composed (the two ways of applying S). Factors beside a sum over a group that do not have its \
            symmetry are named. No optimisation step is made. The exit status \
            is 1 if a test does not hold.

            With --spectrum K, prints the K lowest and the K highest eigenvalues of S, without a shift, and the \
            condition number of S + diag_shift (without diag_scale), at the initial parameters and the samples that a \
            run's first step draws.

            Fields of the JSON object: \(CheckReport.fields)

            The keys of a configuration:

            \(Reference.text())
            """)

    @OptionGroup var arguments: ConfigurationArguments

    @Option(
        help: ArgumentHelp("Eigenvalues of S to print from each end of its spectrum.", valueName: "k"))
    var spectrum: Int?

    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    func validate() throws {
        if let spectrum, spectrum < 1 { throw ValidationError("--spectrum: accepted: an integer >= 1.") }
    }

    func execute(in session: Session) throws -> ExitStatus {
        let configuration = try Configuration(
            file: arguments.inputFile, overrides: arguments.overrides, for: .optimisation, on: session.world)
        try session.setThreads(configuration.run.threads)
        try session.reportSlowKernels()
        configuration.notices.forEach(session.messages.say)

        let waveFunction = try configuration.makeWaveFunction(
            on: session.world, tell: session.messages.say)
        try session.world.collectively { try AnsatzModel.requireAmplitudes(waveFunction, configuration) }
        let unlike = try session.world.collectively {
            try FactorInvariance.notices(
                configuration.ansatz?.ansatz ?? waveFunction.ansatz, configuration.resolved.required("ansatz"),
                configuration.problem,
                seed: configuration.run.seed)
        }
        unlike.forEach(session.messages.say)
        let checks = try AnsatzChecks(
            waveFunction, space: configuration.ensemble.space, seed: configuration.run.seed, on: session.world)
        try checks.requireHolomorphy(configuration)
        if !json { session.results.write(ConfigurationDump.yaml(configuration.resolved) + "\n") }
        let results = try checks.run()
        let holds = results.allSatisfy(\.holds)
        let plan = try RunPlan.make(configuration, waveFunction, on: session.world)
        if let problem = try plan.memoryProblem(on: session.world) { session.messages.say(problem) }
        let report = try CheckReport(
            checks: results, holomorphy: try checks.holomorphy(),
            layout: waveFunction.layout, dataType: waveFunction.ansatz.dataType, plan: plan,
            projection: plan.projectionCost(),
            symmetries: SymmetryReport(configuration.problem, configuration.ansatz?.ansatz ?? waveFunction.ansatz),
            spectrum: holds
                ? spectrum.map { try SpectrumReport(plan, waveFunction, count: $0, on: session.world) } : nil)
        session.results.write(json ? report.json.description + "\n" : report.text)
        guard report.allHold else {
            let names = report.checks.filter { !$0.holds }.map(\.name)
            session.messages.say("checks that do not hold: \(names.joined(separator: ", "))")
            return .failed
        }
        return .done
    }
}
