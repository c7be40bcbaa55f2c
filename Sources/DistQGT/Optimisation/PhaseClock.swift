/// Wall time by phase of a step.
public struct PhaseClock: Sendable {
    public enum Phase: String, Sendable, CaseIterable {
        case sample
        case localEnergy = "local_energy"
        case linearise, forces, solve, update
    }

    /// Seconds by phase.
    public private(set) var seconds: [Phase: Double] = [:]
    public private(set) var total = 0.0

    public init() {}

    mutating func time<Result>(_ phase: Phase, _ body: () throws -> Result) rethrows -> Result {
        let start = ContinuousClock.now
        let result = try body()
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        seconds[phase, default: 0] += elapsed
        total += elapsed
        return result
    }
}
