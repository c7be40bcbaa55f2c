/// At which times an evolution stands still: its end, the times that are recorded, and, where steps have one size, their
/// multiples.
public struct EvolutionTimes: Sendable, Equatable {
    /// The size of the steps, or of the first one where it is chosen.
    public let step: Double
    public let end: Double
    /// Between two times that are recorded; nil where every step is.
    public let interval: Double?

    /// Times that differ by less, in units of a step, are one.
    private static let tolerance = 1e-6

    /// - Precondition: positive numbers.
    public init(step: Double, end: Double, interval: Double? = nil) {
        precondition(step > 0 && end > 0 && interval ?? 1 > 0)
        self.step = step
        self.end = end
        self.interval = interval
    }

    /// The next time that no step goes beyond.
    ///
    /// - Parameter isFixed: whether all steps have one size.
    public func stop(after time: Double, isFixed: Bool) -> Double {
        var stop = end
        if let interval { stop = min(stop, next(multipleOf: interval, after: time)) }
        if isFixed { stop = min(stop, next(multipleOf: step, after: time)) }
        // What would be left is no step.
        return end - stop < Self.tolerance * step ? end : stop
    }

    private func next(multipleOf unit: Double, after time: Double) -> Double {
        ((time / unit + Self.tolerance).rounded(.down) + 1) * unit
    }

    /// Whether observables are recorded at a time where a step has ended.
    public func isRecorded(_ time: Double) -> Bool {
        guard let interval else { return true }
        let place = time / interval
        return time >= end || time == 0 || abs(place - place.rounded()) * interval < Self.tolerance * step
    }

    /// Whether the evolution is over.
    public func isOver(_ time: Double) -> Bool { time >= end }
}
