import ArgumentParser
import DistQGT

/// `dist-vmc run`
struct RunCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Optimise the ansatz of a configuration.",
        discussion: """
            The output directory holds log.jsonl (one object per step), NAME.log (the same history in \
            NetKet's JsonLog layout), checkpoint.h5, config.yaml (the configuration with every default \
            filled in) and summary.json.

            With --resume these keys may differ from those of the run that is continued, and no others: \
            \(Continuation.changeable.joined(separator: ", ")).

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
        var configuration = try Configuration(
            file: arguments.inputFile, overrides: arguments.overrides, for: .optimisation, on: session.world)
        if try goesOn(configuration, on: session.world) { configuration.run.initialParameters = nil }
        try session.setThreads(configuration.run.threads)
        if !quiet { configuration.notices.forEach(session.messages.say) }

        let world = session.world
        let progress = ProgressDisplay(rank: world.rank, isQuiet: quiet)
        if configuration.reconfiguration.claimsHolomorphy {
            try AnsatzChecks(
                Optimisation.initialState(configuration, on: world), space: configuration.problem.space,
                seed: configuration.run.seed, on: world
            ).requireHolomorphy(configuration)
        }
        let (optimisation, notes) = try Optimisation.make(configuration, on: world)
        for note in notes { progress.note("dist-vmc: \(note)") }
        var state = RunState(optimisation)
        var output = try openOutput(configuration, complexEnergy: optimisation.state.isComplex, on: world)
        try takeUp(output, into: &state, on: world, progress)

        let run = configuration.run
        while optimisation.step < run.steps {
            let report = try optimisation.advance()
            state.add(report.clock)
            try output?.append(report)
            if let note = report.fallbackNote { progress.note(note) }
            progress.report(report.figures(of: run.steps))
            let isDue = run.checkpointEvery > 0 && report.step % run.checkpointEvery == 0
            if isDue && report.step < run.steps { try save(state, configuration, output) }
        }
        try save(state, configuration, output)

        let summary = RunSummary(
            energy: try optimisation.estimateEnergy(samples: run.finalSamples), siteCount: optimisation.state.siteCount,
            steps: optimisation.step, isFinished: true, ranks: world.size, parameters: optimisation.state.layout.count,
            samplesPerStep: StepPlan.Samples(configuration).total, totalSeconds: state.totalSeconds,
            secondsByPhase: state.seconds)
        try output?.write(summary)
        progress.finish(summary.lines)
        return .done
    }

    private func outputPath(_ configuration: Configuration) -> String {
        output ?? configuration.run.output ?? arguments.inputFile.baseName
    }

    /// Whether there is a checkpoint to go on from. Collective.
    private func goesOn(_ configuration: Configuration, on world: Communicator) throws -> Bool {
        let found = try world.collectively {
            try world.rank == 0 && resume && Checkpoint.exists(in: outputPath(configuration))
        }
        return try world.broadcast(found ? 1 : 0) == 1
    }

    /// Rank 0 opens the files; what it cannot open is an error of all ranks. Collective.
    private func openOutput(
        _ configuration: Configuration, complexEnergy: Bool, on world: Communicator
    ) throws -> RunOutput? {
        try world.collectively {
            guard world.rank == 0 else { return nil }
            return try RunOutput(
                outputPath(configuration), name: arguments.inputFile.baseName, resuming: resume,
                configuration: configuration.resolved, complexEnergy: complexEnergy)
        }
    }

    /// Gives the checkpoint that rank 0 found to every rank. Collective.
    private func takeUp(
        _ output: RunOutput?, into state: inout RunState, on world: Communicator, _ progress: ProgressDisplay
    ) throws {
        let path = try world.broadcast(output?.loaded?.path ?? "")
        guard !path.isEmpty else { return }
        let bytes = try world.broadcast { try output?.loaded?.checkpoint.encoded() ?? [] }
        try world.collectively { try state.restore(Checkpoint(decoding: bytes, path: path), path: path) }
        if let problem = output?.loaded?.passedOver { progress.note("dist-vmc: \(problem); using \(path)") }
        progress.note("resuming after step \(state.optimisation.step) from \(path)")
    }

    /// Collective: the chains are gathered.
    private func save(_ state: RunState, _ configuration: Configuration, _ output: RunOutput?) throws {
        let checkpoint = try state.checkpoint(
            configuration: output?.configuration ?? "", seed: configuration.run.seed)
        if let checkpoint { try output?.write(checkpoint) }
    }
}
