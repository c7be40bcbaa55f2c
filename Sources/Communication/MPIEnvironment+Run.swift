import Foundation

extension MPIEnvironment {
    /// Runs a whole program on all processes: initialises MPI, runs `body` on the world, finalises
    /// MPI and exits with the status that `body` returns.
    ///
    /// If `body` throws, a message goes to standard error, and the exit status is the error's own if
    /// it is ``ExitStatusProviding``, otherwise 1:
    /// - a ``CollectiveError``, which all ranks throw alike, is reported by rank 0 alone as
    ///   `program: error`, and all ranks finalise and exit;
    /// - any other error is reported as `program: rank R on HOST: error` by the rank that throws it,
    ///   which then aborts the job, since other ranks may be waiting for it.
    ///
    /// - Parameter programName: how messages begin; the name of the executable if nil.
    public static func run(
        threadLevel: ThreadLevel = .funneled, programName: String? = nil,
        _ body: (Communicator) throws -> Int32
    ) -> Never {
        let name = programName ?? executableName
        let world: Communicator
        do {
            world = try initialise(threadLevel: threadLevel)
        } catch {
            StandardError.write("\(name): \(error)\n")
            abort(code: 1)
        }
        do {
            let status = try body(world)
            try world.freeNodeMemory()
            try finalise()
            exit(status)
        } catch {
            let failure = CollectiveFailure(describing: error)
            guard error is any CollectiveError else {
                StandardError.write(
                    "\(name): rank \(world.rank) on \(processorName): \(failure.message)\n")
                abort(code: failure.exitStatus)
            }
            if world.rank == 0 { StandardError.write("\(name): \(failure.message)\n") }
            fflush(nil)
            do {
                try world.freeNodeMemory()
                try finalise()
            } catch { abort(code: failure.exitStatus) }
            exit(failure.exitStatus)
        }
    }

    private static var executableName: String {
        CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "process"
    }
}

/// Standard error, written to at once and in one piece, so that lines of several ranks stay whole.
enum StandardError {
    static func write(_ text: String) {
        // Where standard error is closed there is nobody left to tell.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
