import COpenBLAS
import Communication
import DistQGT
import Foundation

/// What every subcommand works with.
struct Session {
    /// All ranks.
    let world: Communicator
    let messages: Messages
    let results: Results
    /// Of a command that can end early.
    let interruption: Interruption?

    init(world: Communicator, interruption: Interruption?) {
        self.world = world
        self.interruption = interruption
        messages = Messages(rank: world.rank)
        results = Results(rank: world.rank)
    }

    /// Sets the BLAS threads of this rank: as the configuration asks, otherwise as
    /// OPENBLAS_NUM_THREADS asks, otherwise 1; and says so if a node then has more threads than
    /// cores. Collective.
    func setThreads(_ asked: Int?) throws {
        let threads = asked ?? Self.threadsOfEnvironment ?? 1
        openblas_set_num_threads(Int32(clamping: threads))
        let node = try world.splitByNode()
        let total = try node.allReduce(threads)
        let cores = try AllowedCores.count(on: node)
        try node.free()
        // The lowest rank of a node with too many of them knows the numbers.
        let rank = try world.allReduce(total > cores ? world.rank : world.size, .minimum)
        guard rank < world.size else { return }
        let numbers = try world.broadcast([total, cores], from: rank)
        messages.say(
            "a node has \(numbers[0]) threads (ranks times BLAS threads) on \(numbers[1]) "
                + "\(numbers[1] == 1 ? "core" : "cores") that they may use")
    }

    private static var threadsOfEnvironment: Int? {
        ProcessInfo.processInfo.environment["OPENBLAS_NUM_THREADS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }
}

/// A subcommand: its arguments are parsed before MPI starts, its work is done under MPI.
protocol SessionCommand {
    /// Whether signals are requests to end at the next chance, with exit status 75. Otherwise they end the process.
    static var canEndEarly: Bool { get }

    /// Does the work. Collective.
    ///
    /// - Returns: the exit status.
    func execute(in session: Session) throws -> ExitStatus

    /// Whether a job that was started wrongly (see `LaunchChecks`) is only told so.
    var runsWhereverStarted: Bool { get }
}

extension SessionCommand {
    static var canEndEarly: Bool { false }
    var runsWhereverStarted: Bool { false }
}

/// A subcommand that one process does, without MPI.
protocol LocalCommand {
    /// - Returns: the exit status.
    func execute(_ messages: Messages, _ results: Results) throws -> ExitStatus
}
