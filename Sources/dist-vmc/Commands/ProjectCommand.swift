import ArgumentParser
import Communication
import DistQGT
import RunFiles

/// `dist-vmc project`
struct ProjectCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "project",
        abstract: "Project the state of a run on the ground state.",
        usage: """
            dist-vmc project <dir> [--set <key.path=value> ...]
                                     [--output <dir>] [--resume] [--quiet]
            """,
        discussion: """
            Green's function Monte Carlo in continuous imaginary time, guided by the wave function in the checkpoint in the output \
            directory of a run, finished or not. Where no off-diagonal element psi(x') H_x'x/psi(x) is positive the energy is \
            exact, whatever guides the walkers; otherwise it is that of the lattice fixed node, an upper bound that is never \
            above the energy of the state. The summary says which. Elements with phases are refused. docs/projection.md says more.

            The block projection of the run's configuration says how many walkers there are, and how long they go; --set gives it, \
            and \(ProjectionConfiguration.runKeys.map { "run.\($0)" }.joined(separator: ", ")), other values.

            The output directory (--output; default: projection in that of the run) holds log.jsonl (one object for the start and \
            for each generation: step, time, energy, weight, moves, wrong_signs, seconds, collectives), projection.log (the same \
            in NetKet's JsonLog layout), checkpoint.h5, config.yaml and summary.json.

            It ends early as `dist-vmc run` does, with a checkpoint and exit status 75, and --resume goes on, bit for bit as if it \
            had not ended, on the same number of ranks, and with run.deterministic on any other. With --resume these keys may \
            differ: \(Continuation.changeable.filter { $0.hasPrefix("projection.") }.joined(separator: ", ")), run.threads, \
            run.time_limit.

            What is diagonal in the basis is measured in the projected state itself by forward walking (projection.observables).

            The keys of the block:

            \(Reference.text(blocks: [Schema.projection]))
            """)

    @Argument(help: ArgumentHelp("The output directory of a run.", valueName: "dir"))
    var directory: String

    @Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A value such as projection.walkers=4000; the value is YAML.", valueName: "key.path=value"))
    var overrides: [String] = []

    @OptionGroup var options: RunOptions

    static let canEndEarly = true

    func execute(in session: Session) throws -> ExitStatus {
        let world = session.world
        let stored = try StoredState(directory, overrides: overrides, for: .projection, on: world)
        let configuration = stored.configuration
        guard let settings = configuration.projection else {
            preconditionFailure("a configuration that is read for a projection has one")
        }
        try session.setThreads(configuration.run.threads)
        if !options.quiet { try session.reportSlowKernels() }
        if let notice = stored.notice { session.messages.say(notice) }
        let progress = ProgressDisplay(rank: world.rank, isQuiet: options.quiet)
        let state = try stored.state(on: world)
        let observables = try ProjectionObservables(configuration, state)
        let projection = GreensFunctionMonteCarlo(
            of: configuration.problem.hamiltonian, from: state, settings.plan,
            observables: observables?.observables ?? [])
        progress.note("dist-vmc: \(projection.cost.words)")
        let place = RunOptions.Place.projection(of: directory, options.output)
        // A state that cannot be projected is refused before anything is made.
        let first = try options.hasCheckpoint(in: place, on: world) ? nil : projection.begin()
        var run = ProjectionState(projection)
        let output = try options.openOutput(configuration, place, complexEnergy: false, in: session)
        if try options.restore(output, on: world, progress, { try run.restore($0, path: $1) }) {
            progress.note("resuming after generation \(projection.generation)")
        }
        guard !projection.isOver else {
            progress.note(
                "dist-vmc: all generations have been already; a larger projection.generations goes on")
            return .done
        }
        var projecting = ProjectionRun(
            configuration, settings, run, observables, output,
            output.map { options.stopConditions($0, configuration.run, session, progress) }, progress)
        guard let summary = try projecting.execute(after: first) else { return .endedEarly }
        progress.finish(summary.lines)
        for warning in summary.warnings { progress.note("dist-vmc: \(warning)") }
        return .done
    }
}
