import ArgumentParser
import DistQGT
import RunFiles

/// `dist-vmc evaluate`
struct EvaluateCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure observables in the state of a run.",
        usage: """
            dist-vmc evaluate <dir> [--observables <file.yaml>] [--precision <p>]
                                     [--max-samples <n>] [--seed <s>] [--time-limit <seconds>]
                                     [--lanczos <steps>] [--output <file>] [--json]
            """,
        discussion: """
            Takes the state and the configuration from the checkpoint in the output directory of a run, finished or not, \
            and samples it until the standard error of every quantity is at most the precision, in the quantity's own \
            units; the energy counts per site, and the variance of the energy is reported with whatever error it has. \
            Where the configuration sums the basis (sampler.rule: full_sum) everything is exact.

            The chains go on from where the checkpoint has them, so that the same command gives the same numbers, on any \
            number of ranks; --seed gives them other random numbers. Operators are those before a rotation of the basis \
            by hamiltonian.sign_rule. A large R-hat says that the chains have not mixed and the errors are too small.

            Of a run with several states the energy is the sum of theirs. Beside it are the energy of each state, what is asked for in each of \
            them, and |<a|O|b>|^2 between any two: of strings of operators, and of what is diagonal in the basis.

            --lanczos 1 also gives the lowest energy of (1 + alpha H)|psi> over alpha, with its error at this alpha; per site \
            it is held to the precision of the energy. A sample then costs as many local energies as it has connected configurations, so \
            choose --max-samples accordingly. --lanczos 2 gives that of (1 + a1 H + a2 H^2)|psi>, for as many local energies as two \
            applications of H lead to configurations: a message says how many, and beyond \(Self.configurationLimit) it is refused.

            The results are printed as a table and written as JSON to evaluation.json in the directory, in place of an earlier \
            evaluation.

            SIGTERM, SIGINT or SIGUSR1 to any rank, a file STOP that is made in the directory, --time-limit and the end of a Slurm \
            job's time end the measurement after the samples it is at: what has been measured is written, marked as not \
            complete, with exit status 75. What is needed to go on lies beside the results, in a file of their name with .partial \
            behind it: the same command goes on from there, and gives what it would have given without the end. A second \
            signal ends it at once.

            Exit status: 0 all errors are as small as they were to be; 1 they are not, after --max-samples; 2 bad input; 75 ended \
            early, to be run again to go on.

            Fields of the JSON object: \(EvaluationReport.fields)

            The blocks of the observables file, each of which may be missing:

            \(Reference.text(blocks: Schema.observables))
            """)

    @Argument(help: ArgumentHelp("The output directory of a run.", valueName: "dir"))
    var directory: String

    @Option(help: ArgumentHelp("What to measure, in YAML (default: the energy).", valueName: "file.yaml"))
    var observables: String?

    @Option(help: ArgumentHelp("The largest standard error.", valueName: "p"))
    var precision = 1e-3

    @Option(help: ArgumentHelp("The most samples over all ranks.", valueName: "n"))
    var maxSamples = 1 << 22

    @Option(help: ArgumentHelp("Seed of the samples (default: run.seed).", valueName: "s"))
    var seed: Int?

    @Option(
        help: ArgumentHelp(
            "Seconds, from the start of the program, within which it ends (default: what Slurm leaves the job, if it runs in one).",
            valueName: "seconds"))
    var timeLimit: Double?

    @Option(help: ArgumentHelp("Lanczos steps whose energy is measured, too: 1 or 2.", valueName: "steps"))
    var lanczos: Int?

    @Option(help: ArgumentHelp("The file of results (default: evaluation.json in the directory).", valueName: "file"))
    var output: String?

    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    func validate() throws {
        guard precision > 0, precision.isFinite else { throw ValidationError("--precision: accepted: a number > 0.") }
        guard (1...Schema.maximumCount).contains(maxSamples) else {
            throw ValidationError("--max-samples: accepted: an integer from 1 to \(Schema.maximumCount).")
        }
        if let timeLimit, !(timeLimit > 0 && timeLimit.isFinite) {
            throw ValidationError("--time-limit: accepted: seconds, a number > 0.")
        }
        if let lanczos, lanczos != 1, lanczos != 2 { throw ValidationError("--lanczos: \(lanczos); accepted: 1 or 2.") }
        if let seed, seed < 0 { throw ValidationError("--seed: accepted: an integer >= 0.") }
    }

    static let canEndEarly = true

    func execute(in session: Session) throws -> ExitStatus {
        let world = session.world
        let stored = try StoredState(directory, mayBeOfSeveral: true, on: world)
        let configuration = stored.configuration
        try session.setThreads(configuration.run.threads)
        if let notice = stored.notice { session.messages.say(notice) }
        let file = output ?? "\(directory)/evaluation.json"
        try world.collectively { if world.rank == 0 { try requireReplaceable(file) } }
        let root = try ObservableRequest.read(observables, on: world)
        let isSummed = if case .fullSum = configuration.sampler.method { true } else { false }
        let single = try ObservableRequest(
            root, configuration: configuration, precision: precision, isSummed: isSummed)
        let ensemble = configuration.ensemble
        if ensemble.isOfSeveral, lanczos != nil {
            throw ConfigurationError(
                "--lanczos: the run has \(ensemble.count) states; accepted: Lanczos steps of a run with one state")
        }

        let state = try stored.state(on: world)
        let request = try single.ofEnsemble(root, state, configuration)
        let hamiltonian = ensemble.hamiltonian
        let measurement = StateMeasurement(
            state, hamiltonian: hamiltonian, observables: request.observables, subsystems: request.subsystems,
            lanczosSteps: lanczos ?? 0)
        if let lanczos, lanczos > 1 { try sayCost(of: lanczos, hamiltonian, in: state.space, session.messages) }
        let infiniteTemperatureEnergy = try hamiltonian.meanDiagonal(in: state.space).real
        let sampleSeed = seed ?? configuration.run.seed
        let remarks = try remarks(on: configuration.resolved["ansatz"])
        func evaluation(_ result: StateMeasurement.Result, isSummed: Bool) -> Evaluation {
            var evaluation = Evaluation(
                result, request, siteCount: state.waveFunction.siteCount,
                infiniteTemperatureEnergy: ensemble.isOfSeveral ? .nan : infiniteTemperatureEnergy, isSummed: isSummed)
            if !isSummed { evaluation.remarks = remarks }
            return evaluation
        }
        let found: Evaluation
        var partial: StateMeasurement.Progress?
        var isComplete = true
        let conditions = world.rank == 0 ? stopConditions(session) : nil
        let partialFile = "\(file).partial"
        let subject = stored.subject(seed: sampleSeed, lanczosSteps: lanczos ?? 0, observables: root)
        switch state.source {
        case .fullSummation(let basis):
            found = evaluation(try measurement.summed(basis), isSummed: true)
        case .metropolis, .direct:
            let chains = configuration.sampler.chains
            let least = StateMeasurement.minimumChainLength * chains
            guard maxSamples >= least else {
                throw ConfigurationError(
                    "--max-samples: \(maxSamples) for \(chains) chains; accepted: \(least) and more")
            }
            let plan = StateMeasurement.Plan(maximumSamples: maxSamples, seed: UInt64(sampleSeed)) {
                evaluation($0, isSummed: false).worstRatio
            }
            let outcome = try measurement.sampled(
                chains: stored.chains(), plan: plan,
                from: world.rank == 0 ? progress(in: partialFile, subject, session.messages) : nil
            ) { try StopConditions.areMet(conditions, on: world) }
            found = evaluation(outcome.result, isSummed: false)
            (partial, isComplete) = (outcome.progress, outcome.isComplete)
        }
        let report = EvaluationReport(
            evaluation: found, step: stored.step, method: configuration.sampler.method,
            siteCount: state.waveFunction.siteCount, precision: precision, maximumSamples: maxSamples,
            chains: found.isSummed ? nil : configuration.sampler.chains, seed: sampleSeed, isComplete: isComplete)
        try world.collectively {
            if world.rank == 0 {
                if let partial {
                    try PartialMeasurement(partial, of: subject).write(to: partialFile)
                } else {
                    try FileSystem.remove(partialFile)
                }
                try FileSystem.replace(file, with: JSONWriter.encode(report.json, style: .pretty) + [0x0a])
            }
        }
        session.results.write(json ? report.json.description + "\n" : report.text)
        found.warnings.forEach(session.messages.say)
        guard isComplete else {
            session.messages.say(
                "ended after \(found.result.samples) samples: \(conditions?.reason ?? ""); the same command goes on")
            return .endedEarly
        }
        guard try world.broadcast(found.isReached ? 1 : 0) == 1 else {
            let names = found.notReached
            session.messages.say(
                "the precision was not reached after \(found.result.samples) samples\(needed(found)): "
                    + names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : ""))
            return .failed
        }
        return .done
    }

    /// The most configurations whose local energies a sample may take.
    private static let configurationLimit = 1 << 22

    /// - Throws: `ConfigurationError` where Lanczos steps are out of reach.
    private func sayCost(
        of steps: Int, _ hamiltonian: any Operator, in space: HilbertSpace, _ messages: Messages
    ) throws {
        let bound = StateMeasurement.configurationBound(of: hamiltonian, in: space, lanczosSteps: steps)
        guard bound <= Double(Self.configurationLimit) else {
            throw ConfigurationError(
                "--lanczos: \(steps) applications of this Hamiltonian lead from one configuration to up to "
                    + "\(TerminalNumber.short(bound)); accepted: up to \(Self.configurationLimit); --lanczos 1 takes fewer"
            )
        }
        messages.say(
            "--lanczos \(steps): a sample takes the local energies of up to \(Int(bound)) configurations, and of what those with "
                + "small amplitudes lead to")
    }

    /// What samples of some states do not show.
    private func remarks(on ansatz: ConfigurationNode?) throws -> [String] {
        guard let lanczos, lanczos > 1, let ansatz, try AnsatzModel.hasOrbitals(ansatz) else { return [] }
        return [
            "near the nodes of determinants and pairs the moments of \(lanczos) Lanczos steps have long tails that samples "
                + "seldom show: their error may be several times too small"
        ]
    }

    /// Rank 0's reasons to end early. A file STOP that is there already has ended the run, not its evaluation.
    private func stopConditions(_ session: Session) -> StopConditions {
        if timeLimit == nil, let job = session.interruption?.job, case .unknown(let reason) = job.remaining {
            session.messages.say(
                "the time left to Slurm job \(job.id) is unknown (\(reason)); --time-limit sets a limit")
        }
        let stopFile = "\(directory)/STOP"
        return StopConditions(
            stopFile: (try? FileSystem.kind(of: stopFile)) == nil ? stopFile : nil,
            limit: session.interruption.flatMap { TimeLimit($0, configured: timeLimit, name: "--time-limit") })
    }

    /// What a measurement of the same that was ended had found; nil if there is none.
    private func progress(in file: String, _ subject: String, _ messages: Messages) -> StateMeasurement.Progress? {
        do {
            let progress = try PartialMeasurement.load(file, subject: subject).map {
                try StateMeasurement.Progress($0, path: file)
            }
            if let progress {
                messages.say(
                    "the measurement in \(file) goes on after \(progress.samplesOfChain) samples of each chain")
            }
            return progress
        } catch {
            messages.say("\(error); the measurement begins anew")
            return nil
        }
    }

    /// About how many samples the precision takes, in words. Errors fall with the square root of their number.
    private func needed(_ found: Evaluation) -> String {
        let samples = found.worstRatio * found.worstRatio * Double(found.result.samples)
        return samples.isFinite ? " and takes about \(TerminalNumber.short(samples))" : ""
    }

    /// - Throws: `ConfigurationError` where a file of another kind is in the way.
    private func requireReplaceable(_ path: String) throws {
        func reading<Result>(_ body: () throws -> Result) throws -> Result {
            do { return try body() } catch let error as FileSystemError { throw ConfigurationError(error.description) }
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard try reading({ try FileSystem.kind(of: folder) }) == .directory else {
            throw ConfigurationError("--output: there is no directory \(folder)")
        }
        guard let kind = try reading({ try FileSystem.kind(of: path) }) else { return }
        let isEvaluation = try kind == .file && reading { try FileSystem.read(path) }.isEvaluation
        guard isEvaluation else {
            throw ConfigurationError("\(path) is there and is no evaluation; choose another file with --output")
        }
    }
}

extension [UInt8] {
    fileprivate var isEvaluation: Bool {
        (try? JSONParser.parse(self))?["format"]?.string == EvaluationReport.format
    }
}
