import ArgumentParser
import Communication
import DistQGT
import RunFiles

/// The options of the commands that write an output directory step by step, and what they do with it.
struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The output directory (default: named after the configuration file).", valueName: "dir"))
    var output: String?

    @Flag(help: "Continue from the checkpoint in the output directory; without one, say so and start afresh.")
    var resume = false

    @Flag(help: "No progress display, only errors.")
    var quiet = false

    /// An output directory, and the name of the run in it.
    struct Place {
        let path: String
        let name: String

        /// That of the projection of a run.
        ///
        /// - Parameter output: as the user wants it; nil for one in the run's.
        static func projection(of run: String, _ output: String?) -> Place {
            Place(path: output ?? "\(run)/projection", name: "projection")
        }
    }

    /// Where a configuration's run writes.
    func place(_ configuration: Configuration, _ arguments: ConfigurationArguments) -> Place {
        let name = arguments.inputFile.baseName
        return Place(path: output ?? configuration.run.output ?? name, name: name)
    }

    /// Whether there is a checkpoint to go on from. Collective.
    func hasCheckpoint(in place: Place, on world: Communicator) throws -> Bool {
        let found = try world.collectively {
            // A directory that cannot be looked at is refused where it is opened.
            world.rank == 0 && resume && (try? Checkpoint.exists(in: place.path)) == true
        }
        return try world.broadcast(found ? 1 : 0) == 1
    }

    /// Rank 0 opens the files; what it cannot open is an error of all ranks. Collective.
    func openOutput(
        _ configuration: Configuration, _ place: Place, complexEnergy: Bool,
        hasObservables: Bool = false, in session: Session
    ) throws -> RunOutput? {
        try session.world.collectively {
            guard session.world.rank == 0 else { return nil }
            do {
                return try RunOutput(
                    place.path, name: place.name, resuming: resume,
                    configuration: configuration.resolved, complexEnergy: complexEnergy,
                    hasObservables: hasObservables, tell: session.messages.say)
            } catch {
                throw session.world.size > 1 ? OutputErrorOnHost.naming(MPIEnvironment.processorName, error) : error
            }
        }
    }

    /// Rank 0's reasons to end early.
    func stopConditions(
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

    /// Gives the checkpoint that rank 0 found to `restore` on every rank. Collective.
    ///
    /// - Returns: whether there is one.
    func restore(
        _ output: RunOutput?, on world: Communicator, _ progress: ProgressDisplay,
        _ restore: (Checkpoint, String) throws -> Void
    ) throws -> Bool {
        let path = try world.broadcast(output?.loaded?.path ?? "")
        guard !path.isEmpty else {
            // The directory may be on another host's disk.
            if resume, let output {
                let place = "\(output.directory.path) on \(MPIEnvironment.processorName)"
                progress.note("nothing to resume in \(place): the run starts at step 1")
            }
            return false
        }
        let bytes = try world.broadcast { try output?.loaded?.checkpoint.encoded() ?? [] }
        try world.collectively { try restore(Checkpoint(decoding: bytes, path: path), path) }
        if let problem = output?.loaded?.passedOver { progress.note("dist-vmc: \(problem); using \(path)") }
        return true
    }
}
