/// What one optimisation step says about itself.
struct StepFigures {
    /// Counted from 1.
    var step: Int
    /// The number of steps of the whole run.
    var steps: Int
    /// Whether it may end before: that number is a bound.
    var endIsOpen = false
    /// The real part of the mean.
    var energy: Double
    /// The honest error of the mean; nil where there is no estimate.
    var error: Double?
    var variance: Double
    /// R̂; nil where it is undefined.
    var splitRHat: Double?
    /// The integrated autocorrelation time in sweeps; nil where there is no estimate.
    var autocorrelationTime: Double?
    /// The share of accepted proposals; nil under full summation.
    var acceptance: Double?
    /// The same by the kind of move; empty where there is one.
    var acceptanceByMove: [(name: String, share: Double)] = []
    /// Of the exchanges of neighbouring replicas of the chains; empty without.
    var swapAcceptance: [Double] = []
    /// Nil where no linear system was solved.
    var solverIterations: Int?
    /// Of several states that are sought together; empty for one.
    var stateEnergies: [Double] = []
    /// Nil where it follows its schedule.
    var chosenLearningRate: Double?
    /// Nil where there are as many in each step.
    var chosenSamples: Int?
    /// The time that an evolution has reached; nil for an optimisation.
    var time: Double?
    /// What the parameters of an evolution do not follow, over the variance.
    var residual: Double?
    /// Wall time of the step.
    var seconds: Double
    /// What the steps that are left may take at most; nil without a bound.
    var secondsLeft: Double?
}
