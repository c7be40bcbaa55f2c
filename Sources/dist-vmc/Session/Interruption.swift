import CSignals
import Communication
import DistQGT
import Foundation

/// What may end a command before its work is done, looked into before MPI starts: signals count from then on, and no
/// process is started under MPI.
struct Interruption {
    /// Seconds of the system's clock at the start of the program.
    let start: Double
    /// The job that the program runs in, on rank 0.
    let job: SlurmJob?

    /// Local.
    static func prepare() -> Interruption {
        let start = now
        // What can fail is a wrong signal number.
        precondition(csignals_install(ExitStatus.endedEarly.rawValue) == 0, "no handlers for signals")
        return Interruption(start: start, job: LauncherEnvironment.isFirstRank ? .current : nil)
    }

    static var now: Double { ProcessInfo.processInfo.systemUptime }

    /// The signal that asked this process to end; nil if none did.
    static var signal: String? {
        switch csignals_received() {
        case 0: nil
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        case SIGUSR1: "SIGUSR1"
        case let number: "signal \(number)"
        }
    }
}
