internal import CMPI
import Foundation

/// MPI's lifetime in this process. MPI is initialised once, on the main thread, and finalised once;
/// after a failure it is aborted, never finalised.
public enum MPIEnvironment {
    /// How threads may call MPI.
    public enum ThreadLevel: Int, Sendable, Comparable {
        case single, funneled, serialized, multiple

        public static func < (left: ThreadLevel, right: ThreadLevel) -> Bool {
            left.rawValue < right.rawValue
        }

        fileprivate var code: cmpi_thread_level {
            switch self {
            case .single: CMPI_THREAD_SINGLE
            case .funneled: CMPI_THREAD_FUNNELED
            case .serialized: CMPI_THREAD_SERIALIZED
            case .multiple: CMPI_THREAD_MULTIPLE
            }
        }

        fileprivate init(_ code: cmpi_thread_level) {
            switch code {
            case CMPI_THREAD_MULTIPLE: self = .multiple
            case CMPI_THREAD_SERIALIZED: self = .serialized
            case CMPI_THREAD_FUNNELED: self = .funneled
            default: self = .single
            }
        }
    }

    /// Why MPI could not be initialised.
    public enum InitialisationError: Error, Equatable, CustomStringConvertible {
        case notOnMainThread
        case alreadyFinalised
        case threadLevel(required: ThreadLevel, provided: ThreadLevel)

        public var description: String {
            switch self {
            case .notOnMainThread: "MPI must be initialised on the main thread"
            case .alreadyFinalised: "MPI was finalised and cannot be initialised again"
            case .threadLevel(let required, let provided):
                "MPI provides the thread level '\(provided)'; '\(required)' is required"
            }
        }
    }

    /// Initialises MPI, unless that has been done, and returns the communicator of all processes.
    /// A process that no launcher started is alone in its world. Collective over all processes.
    ///
    /// - Parameter threadLevel: `.funneled` serves a program that calls MPI on the main thread only.
    /// - Throws: ``InitialisationError``; ``MPIError``.
    public static func initialise(threadLevel: ThreadLevel = .funneled) throws -> Communicator {
        guard Thread.isMainThread else { throw InitialisationError.notOnMainThread }
        guard !isFinalised else { throw InitialisationError.alreadyFinalised }
        var provided = CMPI_THREAD_SINGLE
        if isInitialised {
            try MPIError.check(cmpi_query_thread_level(&provided), "MPI_Query_thread")
        } else {
            try MPIError.check(cmpi_initialise(threadLevel.code, &provided), "MPI_Init_thread")
        }
        guard ThreadLevel(provided) >= threadLevel else {
            throw InitialisationError.threadLevel(
                required: threadLevel, provided: ThreadLevel(provided))
        }
        return try Communicator(adopting: cmpi_world(), sharesMemory: true)
    }

    /// Finalises MPI; without effect if MPI is not running. Collective over all processes; no
    /// communicator may be used afterwards.
    public static func finalise() throws(MPIError) {
        guard isRunning else { return }
        try MPIError.check(cmpi_finalise(), "MPI_Finalize")
    }

    /// Ends all processes of the job with an exit status, from any one of them.
    public static func abort(code: Int32) -> Never {
        fflush(nil)
        if isRunning { _ = cmpi_abort(cmpi_world(), code) }
        // MPI promises no more than its best attempt.
        _exit(code)
    }

    /// True from initialisation on, also after finalisation.
    public static var isInitialised: Bool {
        var flag: Int32 = 0
        return cmpi_is_initialised(&flag) == 0 && flag != 0
    }

    /// True after finalisation.
    public static var isFinalised: Bool {
        var flag: Int32 = 0
        return cmpi_is_finalised(&flag) == 0 && flag != 0
    }

    /// True between initialisation and finalisation.
    static var isRunning: Bool { isInitialised && !isFinalised }

    /// The thread level of the running MPI; nil if none is running.
    public static var threadLevel: ThreadLevel? {
        var provided = CMPI_THREAD_SINGLE
        guard isRunning, cmpi_query_thread_level(&provided) == 0 else { return nil }
        return ThreadLevel(provided)
    }

    /// The MPI library's name and version, in its own words: the first line, since MPICH goes on with how it was
    /// configured. Needs no initialised MPI.
    public static var libraryVersion: String {
        let text = CMPIText.read { cmpi_library_version($0, $1) }
        let line = text?.split(whereSeparator: \.isNewline).first
        return line.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") } ?? "unknown"
    }

    /// The name of this process's node, from MPI while it is running, otherwise from the system.
    public static var processorName: String {
        if isRunning, let name = CMPIText.read({ cmpi_processor_name($0, $1) }) { return name }
        return ProcessInfo.processInfo.hostName
    }

    /// Seconds since some moment in the past, for differences within one process. Needs a running
    /// MPI.
    public static var wallClock: Double { cmpi_wall_clock() }
}
