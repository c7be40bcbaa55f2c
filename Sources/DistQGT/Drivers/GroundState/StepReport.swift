import Communication

/// What one optimisation step did.
public struct StepReport: Sendable {
    /// Completed steps, this one included.
    public let step: Int
    public let energy: EnergyEstimate
    /// Samples whose local energies the forces took as less far off than they are; nil where none are clipped.
    public let clippedSamples: Int?
    /// Over all ranks; nil where nothing is proposed.
    public let acceptances: Acceptance?
    /// Share of accepted proposals; nil for a full summation.
    public var acceptance: Double? { acceptances?.share }
    /// Over all ranks.
    public let samples: Int
    /// Nil where the update is the plain gradient.
    public let solution: ReconfigurationReport?
    public var solver: SolverReport? { solution?.solver }
    public let learningRate: Double
    public let diagonalShift: Double?
    /// Nil where the step was made without a look at its end.
    public let trial: StepTrial?
    /// Whether the step took back the one before, which had lost the state.
    public let isReturn: Bool
    /// What chose the learning rate or the shift, as the step left it; nil where both follow their schedules.
    public let control: StepControl?
    /// Norms of forces, update and parameters (after the update).
    public let forceNorm: Double
    public let updateNorm: Double
    public let parameterNorm: Double
    public let clock: PhaseClock
    public let collectives: CollectiveCounts
    /// How often this rank linearised a chunk of samples again, because a bound on the memory let it not be kept.
    public let relinearisations: Int
    /// Rank 0's answers to `GroundStateDriver.decide` and `wantsToStop`. The same on every rank.
    public let decisions: StepDecisions
    public var stopIsRequested: Bool { decisions.contains(.stop) }

    /// The V-score of the step's samples; NaN where their variance means nothing: of a single sample, and of equal local
    /// energies in chains that have not moved.
    public var trustedVScore: Double {
        acceptance == 0 && energy.variance == 0 ? .nan : energy.trustedVScore
    }
}

/// What was found of the energy at the end of a step before the step was made.
public struct StepTrial: Sendable, Equatable {
    /// The fall of the energy over η F·δ: see `StepControl.ratio`.
    public let ratio: Double
    /// The share of the samples that still counts there.
    public let effectiveShare: Double
    /// Shorter ones than these were made of steps that were rejected.
    public let rejections: Int
}

/// A step whose numbers stopped being finite, or became impossible. The same on every rank.
public struct DivergenceError: CollectiveError, CustomStringConvertible {
    public let step: Int
    public let quantity: String
    public let problem: String

    public init(step: Int, quantity: String, problem: String = "is not finite") {
        self.step = step
        self.quantity = quantity
        self.problem = problem
    }

    public var description: String { "step \(step): \(quantity) \(problem)" }
}
