import ArgumentParser
import Communication
import DistQGT
import Foundation
import LinearAlgebra

/// The program from its arguments to its exit status.
enum Program {
    /// Parses the arguments, before MPI is initialised: help and usage errors need no MPI. Every
    /// process of a job parses the same arguments; the one that the launcher calls rank 0 prints.
    static func start() -> Never {
        BLASKernels.startAgainWithFittingOnes()
        let command: any ParsableCommand
        do {
            command = try DistVMC.parseAsRoot()
        } catch {
            leave(with: error)
        }
        if let work = command as? any LocalCommand { doAlone(work) }
        guard let work = command as? any SessionCommand else {
            // Nothing but the program's name, or a request for help, which such a command throws.
            do {
                var command = command
                try command.run()
                exit(ExitStatus.done.rawValue)
            } catch {
                leave(with: error)
            }
        }
        let interruption = type(of: work).canEndEarly ? Interruption.prepare() : nil
        MPIEnvironment.run(programName: "dist-vmc") { world in
            MemoryExhaustion.end = { problem in
                let who = world.size == 1 ? "" : "rank \(world.rank) on \(MPIEnvironment.processorName): "
                FileHandle.standardError.write(Data("dist-vmc: \(who)\(problem)\n".utf8))
                if world.size > 1 { MPIEnvironment.abort(code: ExitStatus.failed.rawValue) }
                fflush(nil)
                _exit(ExitStatus.failed.rawValue)
            }
            let session = Session(world: world, interruption: interruption)
            if let problem = LaunchChecks.separateProcesses(.current, worldSize: world.size) {
                // Each of the processes is the first of its world; only one tells.
                if LauncherEnvironment.isFirstRank { session.messages.say(problem.text) }
                guard work.runsWhereverStarted else { return ExitStatus.badInput.rawValue }
            }
            for problem in try LaunchChecks.differences(on: world) {
                if problem.isFatal, !work.runsWhereverStarted { throw LaunchError(description: problem.text) }
                session.messages.say(problem.text)
            }
            let status = try work.execute(in: session)
            guard status == .endedEarly else { return status.rawValue }
            // Once a process has exited with another status than 0, launchers kill those that are about to exit, and
            // then report that: the status is rank 0's, which exits after the others.
            guard world.rank == 0 else { return ExitStatus.done.rawValue }
            atexit { usleep(500_000) }
            return status.rawValue
        }
    }

    /// Under a launcher the work is done once.
    private static func doAlone(_ work: any LocalCommand) -> Never {
        guard LauncherEnvironment.isFirstRank else { exit(ExitStatus.done.rawValue) }
        let messages = Messages(rank: 0)
        do {
            exit(try work.execute(messages, Results(rank: 0)).rawValue)
        } catch {
            messages.say(String(describing: error))
            exit((error as? any ExitStatusProviding)?.exitStatus ?? ExitStatus.failed.rawValue)
        }
    }

    private static func leave(with error: any Error) -> Never {
        let isClean = DistVMC.exitCode(for: error).isSuccess
        if LauncherEnvironment.isFirstRank {
            let text = DistVMC.fullMessage(for: error) + "\n"
            (isClean ? FileHandle.standardOutput : FileHandle.standardError).write(Data(text.utf8))
        }
        exit((isClean ? ExitStatus.done : .badInput).rawValue)
    }
}
