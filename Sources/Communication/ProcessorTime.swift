internal import CMPI

/// Processor time of this rank.
public enum ProcessorTime {
    /// Whether time in collectives is told apart from the rest, which takes a system call before and after each. Local.
    public static func tellWaitingApart(_ isWanted: Bool) { cmpi_count_waiting(isWanted ? 1 : 0) }

    /// Seconds so far, without those in collectives while these were told apart: in their messages and in waiting for
    /// other ranks. Local.
    public static var secondsAtWork: Double { cmpi_processor_seconds() - cmpi_waited_seconds() }
}
