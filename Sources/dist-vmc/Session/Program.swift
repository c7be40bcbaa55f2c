import ArgumentParser
import DistQGT
import Foundation

/// The program from its arguments to its exit status.
enum Program {
    /// Parses the arguments, before MPI is initialised: help and usage errors need no MPI. Every
    /// process of a job parses the same arguments; the one that the launcher calls rank 0 prints.
    static func start() -> Never {
        let command: any ParsableCommand
        do {
            command = try DistVMC.parseAsRoot()
        } catch {
            leave(with: error)
        }
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
        MPIEnvironment.run(programName: "dist-vmc") { world in
            try work.execute(in: Session(world: world)).rawValue
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
