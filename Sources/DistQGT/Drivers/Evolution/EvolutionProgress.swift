/// What an evolution needs to go on beside its parameters, and its chains as `MonteCarloState.chainsBeforeDraw` has them.
public struct EvolutionProgress: Sendable, Equatable {
    /// Completed steps.
    public var step: Int
    public var time: Double
    /// The size of the next step, where it is chosen.
    public var nextSize: Double
    /// ⟨H⟩ at the start.
    public var firstEnergy: Double
    /// ∫ √residual dt so far, with the errors of steps.
    public var distance: Double

    public init(step: Int, time: Double, nextSize: Double, firstEnergy: Double, distance: Double) {
        self.step = step
        self.time = time
        self.nextSize = nextSize
        self.firstEnergy = firstEnergy
        self.distance = distance
    }
}
