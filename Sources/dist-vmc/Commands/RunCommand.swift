import ArgumentParser
import Communication
import DistQGT
import RunFiles

/// `dist-vmc run`
struct RunCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Optimise the ansatz of a configuration.",
        discussion: """
            The output directory holds log.jsonl (one object per step), NAME.log (the same history in \
            NetKet's JsonLog layout), checkpoint.h5, config.yaml (the configuration with every default \
            filled in) and summary.json.

            SIGTERM, SIGINT or SIGUSR1 to any rank, a file STOP in the output directory, \
            run.time_limit and the end of a Slurm job's time end the run after the step it is in, \
            with a checkpoint and exit status 75; --resume goes on. The estimate of the energy after the last step ends \
            likewise, between two portions of its samples, and --resume goes on with it. A second signal ends it at once. STOP keeps runs \
            from starting until it is removed. A lock keeps a second run out of the output directory; one that an \
            earlier start of the same Slurm job still has is waited for; if it does not end, the exit status is 75. Files that \
            cannot be written do not end a run: it says so, keeps what is missing and tries again; only if something \
            is still missing at the end, the exit status is 1.

            With --resume these keys may differ from those of the run that is continued, and no others: \
            \(Continuation.changeable.joined(separator: ", ")).

            The keys of a configuration:

            \(Reference.text())
            """)

    @OptionGroup var arguments: ConfigurationArguments

    @Option(help: ArgumentHelp("The output directory (default: named after the configuration file).", valueName: "dir"))
    var output: String?

    @Flag(help: "Continue from the checkpoint in the output directory; without one, say so and start afresh.")
    var resume = false

    @Flag(help: "No progress display, only errors.")
    var quiet = false

    static let canEndEarly = true

    func execute(in session: Session) throws -> ExitStatus {
        var configuration = try Configuration(
            file: arguments.inputFile, overrides: arguments.overrides, for: .optimisation, on: session.world)
        if try hasCheckpoint(configuration, on: session.world) { configuration.run.initialParameters = nil }
        try session.setThreads(configuration.run.threads)
        if !quiet {
            try session.reportSlowKernels()
            configuration.notices.forEach(session.messages.say)
        }

        let world = session.world
        let progress = ProgressDisplay(rank: world.rank, isQuiet: quiet)
        let waveFunction = try configuration.makeWaveFunction(on: world)
        try world.collectively { try AnsatzModel.requireAmplitudes(waveFunction, configuration) }
        if configuration.reconfiguration.claimsHolomorphy {
            try AnsatzChecks(
                waveFunction, space: configuration.problem.space, seed: configuration.run.seed, on: world
            ).requireHolomorphy(configuration)
        }
        let plan = try RunPlan.make(configuration, waveFunction, on: world)
        try plan.requireMemory(on: world)
        for note in plan.notes { progress.note("dist-vmc: \(note)") }
        var state = RunState(try plan.makeDriver(plan.makeState(waveFunction, on: world)))
        let output = try openOutput(configuration, complexEnergy: waveFunction.isComplex, in: session)
        try restore(output, into: &state, on: world, progress)
        var run = try OptimisationRun(
            configuration, state, output, output.map { stopConditions($0, configuration.run, session, progress) },
            progress, session.messages)
        guard let summary = try run.execute() else { return .endedEarly }
        progress.finish(summary.lines)
        for warning in summary.warnings { progress.note("dist-vmc: \(warning)") }
        return .done
    }

    private func outputPath(_ configuration: Configuration) -> String {
        output ?? configuration.run.output ?? arguments.inputFile.baseName
    }

    /// Whether there is a checkpoint to go on from. Collective.
    private func hasCheckpoint(_ configuration: Configuration, on world: Communicator) throws -> Bool {
        let path = outputPath(configuration)
        let found = try world.collectively {
            // A directory that cannot be looked at is refused where it is opened.
            world.rank == 0 && resume && (try? Checkpoint.exists(in: path)) == true
        }
        return try world.broadcast(found ? 1 : 0) == 1
    }

    /// Rank 0 opens the files; what it cannot open is an error of all ranks. Collective.
    private func openOutput(
        _ configuration: Configuration, complexEnergy: Bool, in session: Session
    ) throws -> RunOutput? {
        try session.world.collectively {
            guard session.world.rank == 0 else { return nil }
            do {
                return try RunOutput(
                    outputPath(configuration), name: arguments.inputFile.baseName, resuming: resume,
                    configuration: configuration.resolved, complexEnergy: complexEnergy, tell: session.messages.say)
            } catch {
                throw session.world.size > 1 ? OutputErrorOnHost.naming(MPIEnvironment.processorName, error) : error
            }
        }
    }

    /// Rank 0's reasons to end early.
    private func stopConditions(
        _ output: RunOutput, _ run: RunConfiguration, _ session: Session, _ progress: ProgressDisplay
    ) -> StopConditions {
        if run.timeLimit == nil, let job = session.interruption?.job, case .unknown(let reason) = job.remaining {
            progress.note(
                "dist-vmc: the time left to Slurm job \(job.id) is unknown (\(reason)); run.time_limit sets a limit")
        }
        return StopConditions(
            stopFile: output.directory.stopFile,
            limit: session.interruption.flatMap { TimeLimit($0, configured: run.timeLimit) })
    }

    /// Gives the checkpoint that rank 0 found to every rank. Collective.
    private func restore(
        _ output: RunOutput?, into state: inout RunState, on world: Communicator, _ progress: ProgressDisplay
    ) throws {
        let path = try world.broadcast(output?.loaded?.path ?? "")
        guard !path.isEmpty else {
            // The directory may be on another host's disk.
            if resume, let output {
                let place = "\(output.directory.path) on \(MPIEnvironment.processorName)"
                progress.note("nothing to resume in \(place): the run starts at step 1")
            }
            return
        }
        let bytes = try world.broadcast { try output?.loaded?.checkpoint.encoded() ?? [] }
        try world.collectively { try state.restore(Checkpoint(decoding: bytes, path: path), path: path) }
        if let problem = output?.loaded?.passedOver { progress.note("dist-vmc: \(problem); using \(path)") }
        progress.note("resuming after step \(state.driver.step) from \(path)")
    }
}
