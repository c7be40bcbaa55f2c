/// What the program's exit status says.
enum ExitStatus: Int32 {
    case done = 0
    /// The run failed, or a check did not hold.
    case failed = 1
    /// The command line, the configuration or an input file is wrong.
    case badInput = 2
    /// Ended early on request; to be run again.
    case endedEarly = 75
}
