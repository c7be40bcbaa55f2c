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

    @OptionGroup var options: RunOptions

    static let canEndEarly = true

    func execute(in session: Session) throws -> ExitStatus {
        var configuration = try Configuration(
            file: arguments.inputFile, overrides: arguments.overrides, for: .optimisation, on: session.world)
        let place = options.place(configuration, arguments)
        if try options.hasCheckpoint(in: place, on: session.world) {
            configuration.run.initialParameters = nil
        }
        try session.setThreads(configuration.run.threads)
        if !options.quiet {
            try session.reportSlowKernels()
            configuration.notices.forEach(session.messages.say)
        }

        let world = session.world
        let progress = ProgressDisplay(rank: world.rank, isQuiet: options.quiet)
        let waveFunction = try configuration.makeWaveFunction(on: world) { text in
            if !options.quiet { session.messages.say(text) }
        }
        try world.collectively { try AnsatzModel.requireAmplitudes(waveFunction, configuration) }
        if configuration.reconfiguration.claimsHolomorphy {
            try AnsatzChecks(
                waveFunction, space: configuration.ensemble.space, seed: configuration.run.seed, on: world
            ).requireHolomorphy(configuration)
        }
        let plan = try RunPlan.make(configuration, waveFunction, on: world)
        try plan.requireMemory(on: world)
        for note in plan.notes { progress.note("dist-vmc: \(note)") }
        var state = RunState(
            try plan.makeDriver(plan.makeState(waveFunction, on: world)),
            RunCourse(configuration.run, samples: plan.samples), samplesPerStep: plan.samples.total)
        let output = try options.openOutput(
            configuration, place, complexEnergy: waveFunction.isComplex, in: session)
        if try options.restore(output, on: world, progress, { try state.restore($0, path: $1) }) {
            progress.note("resuming after step \(state.driver.step) from \(output?.loaded?.path ?? "")")
        }
        var run = try OptimisationRun(
            configuration, state, output,
            output.map { options.stopConditions($0, configuration.run, session, progress) },
            progress, session.messages)
        guard let summary = try run.execute() else { return .endedEarly }
        progress.finish(summary.lines)
        for warning in summary.warnings { progress.note("dist-vmc: \(warning)") }
        progress.close(ClosingParagraph(configuration.resolved, summary).lines())
        return .done
    }
}
