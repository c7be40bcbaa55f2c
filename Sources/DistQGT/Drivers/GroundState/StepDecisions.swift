/// What rank 0 decides about a run in the middle of a step. All ranks learn of it with the step's update.
public struct StepDecisions: OptionSet, Sendable, Hashable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The run is told to end after the step, as it stands.
    public static let stop = StepDecisions(rawValue: 1)
    /// The parameters that the step starts from are worth being kept.
    public static let keep = StepDecisions(rawValue: 2)
    /// The state is lost: the run is to go on from the kept parameters.
    public static let comeBack = StepDecisions(rawValue: 4)
    /// Energy and variance have stopped falling: the last stage begins.
    public static let converged = StepDecisions(rawValue: 8)
    /// The time that the run may take is nearly over: the last stage begins.
    public static let timeRunsOut = StepDecisions(rawValue: 16)
    /// It is over: the run ends after the step, with all that belongs to its end.
    public static let timeIsUp = StepDecisions(rawValue: 32)
}
