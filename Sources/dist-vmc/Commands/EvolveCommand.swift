import ArgumentParser
import Communication
import DistQGT
import RunFiles

/// `dist-vmc evolve`
struct EvolveCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "evolve",
        abstract: "Evolve the ansatz of a configuration in real or imaginary time.",
        discussion: """
            The time-dependent variational principle, as the block `dynamics` says: from random parameters, those of a run \
            (run.initial_parameters), or spins along x (dynamics.initial_state: x_up); under the Hamiltonian of the \
            configuration, or after a quench under dynamics.hamiltonian. Real time needs a network with a complex log psi.

            The output directory holds log.jsonl (one object for the start and for each step: step, time, step_size, step_error, \
            rejected, energy, energy_drift, residual {absolute, relative}, distance_bound, infidelity_bound, acceptance, \
            swap_acceptance, solver, \
            norms, seconds, collectives), NAME.log (the same in NetKet's JsonLog layout), observables.jsonl (what \
            dynamics.observables asks for, at the start and every dynamics.save_every), checkpoint.h5, config.yaml and \
            summary.json. docs/time-evolution.md says what the errors mean.

            It ends early as `dist-vmc run` does, with a checkpoint and exit status 75, and --resume goes on, bit for bit as if it \
            had not ended. With --resume these keys may differ, and no others: \(Continuation.changeable.joined(separator: ", ")).

            The keys of a configuration:

            \(Reference.text())
            """)

    @OptionGroup var arguments: ConfigurationArguments
    @OptionGroup var options: RunOptions

    static let canEndEarly = true

    func execute(in session: Session) throws -> ExitStatus {
        let world = session.world
        var configuration = try Configuration(
            file: arguments.inputFile, overrides: arguments.overrides, for: .evolution, on: world)
        // What cannot be measured is known before anything is made.
        let hasObservables = try EvolutionObservables.request(configuration) != nil
        let place = options.place(configuration, arguments)
        let isContinued = try options.hasCheckpoint(in: place, on: world)
        if isContinued { configuration.run.initialParameters = nil }
        try session.setThreads(configuration.run.threads)
        if !options.quiet {
            try session.reportSlowKernels()
            configuration.notices.forEach(session.messages.say)
        }

        let progress = ProgressDisplay(rank: world.rank, isQuiet: options.quiet)
        let waveFunction = try configuration.makeWaveFunction(on: world) { text in
            if !options.quiet { session.messages.say(text) }
        }
        try world.collectively { try AnsatzModel.requireAmplitudes(waveFunction, configuration) }
        try configuration.requirePhases(of: waveFunction)
        let plan = try RunPlan.make(configuration, waveFunction, on: world)
        try plan.requireMemory(on: world)
        for note in plan.notes { progress.note("dist-vmc: \(note)") }
        let driver = try plan.makeEvolutionDriver(plan.makeState(waveFunction, on: world))
        if !isContinued, let note = try configuration.checkedStart(driver.state) { progress.note("dist-vmc: \(note)") }
        var state = EvolutionState(driver)
        let output = try options.openOutput(
            configuration, place, complexEnergy: waveFunction.isComplex, hasObservables: hasObservables, in: session
        )
        if try options.restore(output, on: world, progress, { try state.restore($0, path: $1) }) {
            progress.note("resuming after step \(driver.step) at time \(TerminalNumber.short(driver.time))")
        }
        guard !driver.isOver else {
            progress.note("dist-vmc: the end is reached already; a later dynamics.end_time goes on")
            return .done
        }
        var run = EvolutionRun(
            configuration, state, try EvolutionObservables(configuration, driver), output,
            output.map { options.stopConditions($0, configuration.run, session, progress) }, progress)
        guard let summary = try run.execute() else { return .endedEarly }
        progress.finish(summary.lines)
        return .done
    }
}
