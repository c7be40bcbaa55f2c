/// How a state is projected.
public struct ProjectionPlan: Sendable, Equatable {
    /// M, walkers over all ranks.
    public var walkers: Int
    /// Imaginary time between two branchings.
    public var interval: Double
    /// Generations before the first that is measured.
    public var equilibration: Int
    /// Generations that are measured.
    public var generations: Int
    /// Generations whose mean weights a measurement is multiplied with, at most.
    public var correctionLength: Int
    /// Generations that observables are carried along.
    public var forwardLength: Int
    public var seed: UInt64

    public init(
        walkers: Int, interval: Double, equilibration: Int, generations: Int, correctionLength: Int,
        forwardLength: Int = 1, seed: UInt64
    ) {
        self.walkers = walkers
        self.interval = interval
        self.equilibration = equilibration
        self.generations = generations
        self.correctionLength = correctionLength
        self.forwardLength = forwardLength
        self.seed = seed
    }

    /// Generations in all.
    public var lastGeneration: Int { equilibration + generations }

    /// The lengths at which energies are given: none, half, and the whole.
    public var correctionLengths: [Int] {
        [0, correctionLength / 2, correctionLength].reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
